"""Whatever is sent: an answer that says what to mend, never a failure of ours, nothing by half."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from makers import make_tenant
from samples import AREA, NOBODY, POLYGON, SAMPLES, filled, make_whole, operations, schema, snapshot
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from doorstep.app import create_app
from doorstep.kit.problems import PROBLEM_JSON

HELSINKI = Path(__file__).parents[1] / "geo" / "helsinki.osm.pbf"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
steady = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=8,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
every = pytest.mark.parametrize("operation", operations(), ids=lambda one: one.id)
with_body = pytest.mark.parametrize(
    "operation", [one for one in operations() if one.takes_body], ids=lambda one: one.id
)
with_json = pytest.mark.parametrize(
    "operation",
    [one for one in operations() if one.media_type == "application/json"],
    ids=lambda one: one.id,
)


@pytest.fixture(scope="module")
async def whole(world):
    return await make_whole(await make_tenant(world))


@pytest.fixture(scope="module")
def client_of(world, whole):
    """Who may send an operation; from an address of its own, since signing in counts those."""
    transport = httpx.ASGITransport(
        world.app, raise_app_exceptions=False, client=("203.0.113.7", 50000)
    )

    def find(operation):
        client = httpx.AsyncClient(transport=transport, base_url="http://doorstep.test")
        if operation.roles:
            client.headers.update(whole.client(operation.roles[0], operation).headers)
        return client

    return find


def is_refusal(answer, allowed=range(400, 500)):
    """A problem that names a field or says in words what to do."""
    assert answer.status_code in allowed, (answer.status_code, answer.text[:500])
    assert answer.headers["content-type"].startswith(PROBLEM_JSON)
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert all(one["field"] and one["detail"] for one in problem["errors"])
    assert len(problem["detail"]) > 10
    return True


# What the OpenAPI file promises, tried by schemathesis.


@pytest.fixture(scope="module")
async def stage(world, database_url, settings):
    """An application of its own, since schemathesis runs it on another loop, and its schema."""
    tried = await make_whole(await make_tenant(world))
    app = create_app(settings, database_url)
    api = schemathesis.openapi.from_dict(schema())
    api.app = app
    yield api, tried
    await asyncio.to_thread(shutdown_lifespans)


@pytest.mark.parametrize(
    ("operation", "mode"),
    [
        pytest.param(operation, mode, id=f"{operation.id}-{mode.value}")
        for operation in operations()
        for mode in GenerationMode
        # What takes nothing at all cannot be asked wrongly.
        if operation.roles or operation.takes_body or mode is GenerationMode.POSITIVE
    ],
)
def test_it_keeps_the_promises_of_the_openapi_file(stage, operation, mode):
    api, tried = stage
    client = tried.client(operation.roles[0], operation) if operation.roles else None
    token = client.headers["authorization"] if client else ""

    @steady
    @given(
        case=api.find_operation_by_id(operation.id).as_strategy(generation_mode=mode),
        real=st.booleans(),
        signed_in=st.sampled_from([True, True, True, False]),
    )
    def run(case, real, signed_in):
        if real:
            known = {name: tried.ids.get(name.removesuffix("_id")) for name in case.path_parameters}
            case.path_parameters |= {name: value for name, value in known.items() if value}
        response = case.call(headers={"authorization": token} if signed_in and token else {})
        case.validate_response(response, checks=CHECKS)

    run()


DIALECTS = {"pushRxdb", "pushWatermelon"}
ITEM_BY_ITEM = DIALECTS | {"sendEvents"}

# Bodies that no client sends by accident.

DEPTH = 3000
HOSTILE = {
    "nothing": b"",
    "half an object": b'{"name": "Au',
    "two values": b"{} {}",
    "an array": b"[]",
    "an array of objects": b"[{}, {}]",
    "a text": b'"name"',
    "null": b"null",
    "a number": b"12",
    "a huge number": b"9" * 400,
    "not a number": b'{"name": NaN}',
    "infinity": b'{"name": -Infinity}',
    "deep arrays": b"[" * DEPTH + b"]" * DEPTH,
    "deep objects": b'{"name":' * DEPTH + b"1" + b"}" * DEPTH,
    "depths never closed": b"[" * 100_000,
    "bad UTF-8": b'{"name": "\xff\xfe\xc3\x28"}',
    "UTF-16": '{"name": "Canaria"}'.encode("utf-16"),
    "NULs": bytes(5000),
    "an unknown field": b'{"is_admin": true}',
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
}


@pytest.mark.parametrize(
    # A part of a file may be any bytes; the whole is looked at when it is read.
    "operation",
    [one for one in operations() if one.takes_body and one.id != "putImportFilePart"],
    ids=lambda one: one.id,
)
async def test_a_hostile_body_is_refused_and_changes_nothing(whole, client_of, operation):
    before = await snapshot(whole.tenant)
    client = client_of(operation)
    for name, content in HOSTILE.items():
        answer = await operation.send(client, whole.ids, content)
        if operation.id in DIALECTS and answer.status_code == 200:
            # An empty push, or items that are answered one by one; nothing is stored all the same.
            continue
        assert is_refusal(answer), name
    answer = await client.request(
        operation.method,
        operation.url(whole.ids),
        params=filled(operation.sample.query, whole.ids),
        files={"file": ("a.json", b"{}")},
    )
    assert is_refusal(answer)
    assert await snapshot(whole.tenant) == before


@with_body
async def test_a_body_of_30_megabytes_is_too_large(whole, client_of, operation):
    size = 65 if operation.id == "importMap" else 30
    megabyte = b'"' + b"a" * (2**20 - 1)
    taken = []

    async def chunks():
        for number in range(2 * size):
            taken.append(number)
            yield megabyte

    before = await snapshot(whole.tenant)
    for content in (megabyte * size, chunks()):
        answer = await operation.send(client_of(operation), whole.ids, content)
        assert is_refusal(answer, [413])
    # Of what comes without a length, no more is taken in than shows that it is too much.
    assert len(taken) <= size
    assert await snapshot(whole.tenant) == before


def leaves(value, path=()):
    """The paths to everything in a JSON value that is neither array nor object."""
    match value:
        case dict():
            return [leaf for key in value for leaf in leaves(value[key], (*path, key))]
        case list():
            return [leaf for n, one in enumerate(value) for leaf in leaves(one, (*path, n))]
        case _:
            return [path]


MARK = "put-it-here"
VALUES = {
    "NUL": rb'"a\u0000b"',
    "half a character": rb'"a\ud83db"',
    "the other half": rb'"\udc00"',
    "a huge number": b"1" + b"0" * 400,
    "a huge exponent": b"1e400",
    "not a number": b"NaN",
    "infinity": b"Infinity",
    "depths": b"[" * DEPTH + b"]" * DEPTH,
    "an object": b'{"$ne": null}',
    "a megabyte": b'"' + b"a" * 2**20 + b'"',
}


def with_value(body, path, raw):
    changed = json.loads(json.dumps(body))
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = MARK
    return json.dumps(changed).encode().replace(json.dumps(MARK).encode(), raw)


@with_json
async def test_a_hostile_value_in_any_place_is_refused(whole, client_of, operation):
    before = await snapshot(whole.tenant)
    body, client = json.loads(operation.content(whole.ids)), client_of(operation)
    places = leaves(body)
    assert places
    for path in places:
        for name, raw in VALUES.items():
            answer = await operation.send(client, whole.ids, with_value(body, path, raw))
            if operation.id in ITEM_BY_ITEM and answer.status_code == 200:
                # Each event is answered by itself, and kept for review where it cannot count.
                continue
            assert is_refusal(answer), (path, name)
    if operation.id not in ITEM_BY_ITEM:
        assert await snapshot(whole.tenant) == before


@settings(steady, max_examples=300)
@given(
    operation=st.sampled_from([one for one in operations() if one.takes_body]),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3), st.integers(0, 9)), max_size=4),
)
async def test_damaged_bodies_never_break_it(whole, client_of, operation, cuts):
    ids = whole.ids | {"turf": NOBODY, "member": NOBODY, "campaign": NOBODY}
    content = operation.content(ids)
    for place, put, gone in cuts:
        at = int(place * len(content))
        content = content[:at] + put + content[at + gone :]
    answer = await operation.send(client_of(operation), ids, content)
    if not answer.is_success:
        is_refusal(answer)


def turf_operation(name="createTurf"):
    return next(one for one in operations() if one.id == name)


def turf_body(whole, polygon):
    return json.dumps(filled(SAMPLES["createTurf"].body, whole.ids) | {"polygon": polygon}).encode()


SHAPES = {
    "bow tie": {"coordinates": [[[10, 50], [10.1, 50.1], [10.1, 50], [10, 50.1], [10, 50]]]},
    "open ring": {"coordinates": [[*AREA[:-1], [10.0, 50.01]]]},
    "no area": {"coordinates": [[[10, 50], [10.1, 50.1], [10, 50], [10, 50]]]},
    "one point": {"coordinates": [[[10, 50]] * 5]},
    "hole outside": {"coordinates": [AREA, [[20, 50], [21, 50], [21, 51], [20, 50]]]},
    "off the globe": {"coordinates": [[[1000, 50], [1001, 50], [1001, 51], [1000, 50]]]},
    "nothing": {"coordinates": []},
    "empty ring": {"coordinates": [[]]},
    "huge": {"coordinates": [[[1e308, 1e308], [-1e308, 1e308], [0, -1e308], [1e308, 1e308]]]},
    "parts that overlap": {"type": "MultiPolygon", "coordinates": [[AREA], [AREA]]},
    "a line": {"type": "LineString", "coordinates": AREA},
    "spike": {"coordinates": [[*AREA[:2], [10.2, 50], *AREA[1:]]]},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
async def test_an_impossible_outline_is_refused_by_name(whole, client_of, shape):
    before = await snapshot(whole.tenant)
    polygon = {"type": "Polygon", **shape}
    operation = turf_operation()
    answer = await operation.send(client_of(operation), whole.ids, turf_body(whole, polygon))
    assert is_refusal(answer, [400, 422])
    assert "polygon" in answer.text
    layer = filled(SAMPLES["createTurfsFromLayer"].body, whole.ids)
    layer["features"][0]["geometry"] = polygon
    operation = turf_operation("createTurfsFromLayer")
    answer = await operation.send(client_of(operation), whole.ids, json.dumps(layer).encode())
    assert is_refusal(answer, [400, 422])
    assert "features[0].geometry" in answer.text
    assert await snapshot(whole.tenant) == before


@pytest.mark.parametrize("corners", [2_000_000, 1_600_000, 60_000])
async def test_an_outline_of_very_many_corners_is_refused(whole, client_of, corners):
    operation = turf_operation()
    body = turf_body(whole, POLYGON | {"coordinates": MARK})
    ring = b"[[" + b",".join([b"[1,1]"] * corners) + b"]]"
    body = body.replace(json.dumps(MARK).encode(), ring)
    answer = await operation.send(client_of(operation), whole.ids, body)
    assert is_refusal(answer, [400, 413, 422])


@pytest.mark.parametrize("share", [0.5, 0.02, 0.999])
async def test_a_map_file_cut_short_is_refused_and_leaves_nothing(whole, client_of, share):
    before = await snapshot(whole.tenant)
    whole_file = HELSINKI.read_bytes()
    operation = turf_operation("importMap")
    answer = await operation.send(
        client_of(operation), whole.ids, whole_file[: int(len(whole_file) * share)]
    )
    assert is_refusal(answer, [422])
    assert "map.osm.pbf" in answer.json()["detail"]
    assert await snapshot(whole.tenant) == before


# Paths, methods, queries and headers.

WEIRD = [
    "nan", "inf", "-1", "1e400", "9" * 400, "%00", "%ff%fe", "%F0%9F%A6", "a" * 5000,
    "' or 1=1 --", "$(id)", "../../etc/passwd", "", "\u202e", "null", "true",
]  # fmt: skip


@every
async def test_weird_queries_never_break_it(whole, client_of, operation):
    about = next(
        about
        for methods in schema()["paths"].values()
        for about in methods.values()
        if about["operationId"] == operation.id
    )
    names = [one["name"] for one in about.get("parameters", []) if one["in"] == "query"]
    client = client_of(operation)
    for name in names:
        others = {k: v for k, v in filled(operation.sample.query, whole.ids).items() if k != name}
        rest = "&".join(f"{key}={value}" for key, value in others.items())
        for weird in WEIRD:
            answer = await client.request(
                operation.method,
                f"{operation.url(whole.ids)}?{name}={weird}&{rest}",
                content=b"nonsense" if operation.takes_body else None,
            )
            if not answer.is_success:
                is_refusal(answer)
            if "image/" not in answer.headers.get("content-type", ""):
                assert b"NaN" not in answer.content


@every
async def test_weird_ids_are_not_found(whole, client_of, operation):
    if "$" not in operation.path:
        return
    client = client_of(operation)
    for weird in filter(None, WEIRD):
        answer = await client.request(
            operation.method, filled(operation.path, dict.fromkeys(whole.ids, weird))
        )
        assert is_refusal(answer, [404, 405, 414]), weird


@every
async def test_methods_it_does_not_take_are_refused(whole, client_of, operation):
    url = operation.url(whole.ids)
    taken = {one.method for one in operations() if one.url(whole.ids) == url}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - taken:
        answer = await client_of(operation).request(method, url)
        assert is_refusal(answer, [405]), method
        if "GET" in taken:
            assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/turfs/", "/turfs/not-an-id", "//", "/%00", "/%ff", "/admin", "/openapi/nothing",
     "/../etc/passwd", "/turfs/%2e%2e/bundle", "/" + "a" * 9000, "/.env", "/schema"],
)  # fmt: skip
async def test_an_unknown_path_is_a_problem_like_any_other(world, path):
    answer = await world.anonymous().get(path)
    assert is_refusal(answer, [401, 404, 405]), path


HEADERS = [
    {"authorization": "Bearer " + "a" * 9000},
    {"authorization": b"Bearer \xff\xfe"},
    {"authorization": "Bearer a.b.c"},
    {"authorization": "Bearer eyJhbGciOiJFZERTQSIsImtpZCI6Ii4uLy4uIn0.e30.AAAA"},
    {"authorization": "Bearer " + "eyJ9." * 3},
    {"authorization": "Basic YTpi"},
    {"authorization": ""},
]


@pytest.mark.parametrize("headers", HEADERS)
async def test_weird_tokens_are_no_tokens(world, headers):
    answer = await world.anonymous().get("/me", headers=headers)
    assert is_refusal(answer, [401])


@pytest.mark.parametrize("value", [b"\xff", b'W/"', b",,,;q=", b"a" * 9000, b"*;q=nan", b"\x01"])
@pytest.mark.parametrize(
    "name", ["accept-encoding", "if-none-match", "accept", "content-type", "cookie", "x-request-id"]
)
async def test_weird_headers_never_break_it(whole, name, value):
    answer = await whole.field.volunteer.get(
        f"/turfs/{whole.ids['turf']}/bundle", headers={name: value}
    )
    assert answer.status_code in {200, 304}
    operation = turf_operation("noteDoor")
    answer = await whole.field.volunteer.patch(
        operation.url(whole.ids), content=b'{"note": "Dog"}', headers={name: value}
    )
    if not answer.is_success:
        is_refusal(answer)
