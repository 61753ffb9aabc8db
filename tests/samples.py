"""A good request for every operation, and an organization that has something of everything.

A new route needs a line in ``SAMPLES`` if it takes a body or must be given query parameters.
"""

import datetime as dt
import functools
import json
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import osmium
import shapely
from makers import QUESTIONS, Field, Tenant, make_field, make_pass, make_street, make_turf
from osmium.osm import mutable

from doorstep.commands.openapi import schema_text
from doorstep.imports import queries as import_queries
from doorstep.imports.model import ColumnUse, Mapping
from doorstep.imports.model import Field as ColumnField
from doorstep.kit.auth import Role
from doorstep.kit.ids import new_id
from doorstep.sheets import queries as sheet_queries
from doorstep.sheets.codes import new_code
from doorstep.sheets.queries import SheetRow
from doorstep.surveys.xlsform.workbook import write_sheets
from doorstep.turf import cut_queries
from doorstep.turf.cut_model import CutCreate, CutFound

AREA = [[10.0, 50.0], [10.1, 50.0], [10.1, 50.1], [10.0, 50.1], [10.0, 50.0]]
POLYGON = {"type": "Polygon", "coordinates": [AREA]}
CSV = (
    "external_id,street,house_number,longitude,latitude,given_name,family_name\n"
    "c1,Canary Lane,1,10.05,50.05,Canaria,Feathers\n"
    "c2,,2,10.05,50.05,Canaria,Feathers\n"
)


@dataclass(frozen=True)
class Sample:
    """What to send. ``$turf`` stands for the id of the turf that the organization has.

    ``unknown`` is what an id that is not there is answered with; ``holder`` sends it as the
    volunteer who holds the turf, where others have nothing to act on.
    """

    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    unknown: tuple[int, ...] = (404,)
    holder: bool = False


SCRIPT = {"introduction": "Hello", "questions": QUESTIONS}
OF_PASS = Sample(query={"pass_id": "$pass"})
UNIVERSE = {
    "type": "any_of",
    "any_of": [
        {
            "type": "last_result",
            "results": ["not_home"],
            "pass_id": "$pass",
            "campaign_id": "$campaign",
        },
        {"type": "in_turf", "turf_id": "$turf"},
        {"type": "imported", "import_id": "$import"},
        {
            "type": "answered",
            "question": "votes",
            "script_id": "$script",
            "test": {"op": "known"},
        },
    ],
}
IN_UNIVERSE = {"type": "in_universe", "universe_id": "$universe"}
NESTED = {"type": "all_of", "all_of": [UNIVERSE, IN_UNIVERSE]}
LAYER = {
    "type": "FeatureCollection",
    "features": [{"type": "Feature", "properties": {"name": "Another"}, "geometry": POLYGON}],
}
# The first was published, which made it a version newer; the other is a draft.
TURF = {"turf_id": "$turf", "cut_version": 2}
OTHER_TURF = {"turf_id": "$other_turf", "cut_version": 1}
OF_LAYER = {"layer": "Wards"}
KNOCK = {
    "id": "0198c0de-0000-7000-8000-0000000000aa",
    "kind": "attempt",
    "turf_id": "$turf",
    "door_id": "$door",
    "result": "not_home",
    "occurred_at": "2026-11-22T10:15:00Z",
}

SAMPLES: dict[str, Sample] = {
    "splitTurf": Sample(TURF | {"parts": 2}),
    "mergeTurfs": Sample({"turfs": [TURF, OTHER_TURF]}),
    "moveDoors": Sample(
        {"to_turf": OTHER_TURF, "from_turfs": [TURF], "door_ids": ["$door"]}, unknown=(404, 422)
    ),
    "tradeDoors": Sample(
        {
            "one": TURF | {"door_ids": ["$door"]},
            "other": OTHER_TURF | {"door_ids": ["$other_door"]},
        },
        unknown=(404, 422),
    ),
    "freezeTurfs": Sample({"turfs": [TURF]}),
    # A step that is not the last cannot be taken back, be it there or not.
    "undoStep": Sample({"step_id": "$step"}, unknown=(404, 409)),
    "startCut": Sample(
        {"universe_id": "$universe", "boundary_id": "$boundary", "recut_of": "$earlier_pass"}
        | {"doors": 20}
    ),
    "drawBarrier": Sample(
        {"name": "Fence", "line": {"type": "LineString", "coordinates": AREA[:2]}}
    ),
    "allowCrossing": Sample({"from_node": 1, "to_node": 2}),
    "forbidCrossing": Sample(query={"from_node": "1", "to_node": "2"}),
    "putBoundaries": Sample(LAYER, query={"layer": "Beats"}),
    "deleteBoundaries": Sample(query=OF_LAYER),
    "addPerson": Sample({"given_name": "Canaria", "family_name": "Feathers"}),
    # Who is not one of the two of a match cannot be kept.
    "mergePeople": Sample({"other_person_id": None, "keep_id": "$person"}, unknown=(404, 422)),
    "acceptHandover": Sample({"code": "$code"}, unknown=(422,)),
    "addConsentWording": Sample({"purpose": "news", "text": "May we write to you?"}),
    "addScriptVersion": Sample(SCRIPT),
    # A member of another organization is no member: the same refusal as for nobody at all.
    "assignTurf": Sample({"member_ids": ["$caseworker"], "hours": 2}, unknown=(404, 422)),
    "changeMember": Sample({"name": "Another"}),
    "changeOrganization": Sample({"name": "Another", "time_zone": "Europe/Helsinki"}),
    "changeTurf": Sample({"name": "Another"}),
    "changeUniverse": Sample({"name": "Another", "expression": UNIVERSE}, unknown=(404, 422)),
    "clearDoNotContact": Sample({"reason": "They asked"}),
    "compareScriptVersions": Sample(query={"from": "1", "to": "1"}),
    "countPeople": Sample({"expression": NESTED}, unknown=(422,)),
    "createImportFile": Sample({"file_name": "people.csv"}),
    "createCampaign": Sample({"name": "Autumn"}),
    "createInvite": Sample(
        {"name": "New", "email": "new@example.org", "roles": ["volunteer"]}
        | {"campaign_id": "$campaign"}
    ),
    "createPass": Sample({"campaign_id": "$campaign", "name": "Another", "script_id": "$script"}),
    "createScript": Sample({"campaign_id": "$campaign", "name": "Another", **SCRIPT}),
    "createTurf": Sample({"pass_id": "$pass", "name": "Another", "polygon": POLYGON}),
    "createTurfsFromLayer": Sample(LAYER),
    "createUniverse": Sample({"name": "Another", "expression": NESTED}, unknown=(422,)),
    "downloadDoorsCsv": OF_PASS,
    "downloadChart": OF_PASS,
    "downloadDoorsGeojson": OF_PASS,
    "downloadExport": OF_PASS,
    "downloadFieldDay": OF_PASS,
    "downloadFigureRows": OF_PASS,
    "downloadMap": OF_PASS,
    "downloadPeople": Sample(query={"universe_id": "$universe"}),
    "downloadReachedMap": OF_PASS,
    "getCrosstab": Sample({"pass_id": "$pass", "rows": "question:votes", "columns": "age"}),
    "getDataQuality": OF_PASS,
    "getUniverseProgress": Sample(query={"pass_id": "$pass", "universe_id": "$universe"}),
    "listFigureRows": OF_PASS,
    "erasePerson": Sample({"reason": "asked"}),
    "getAnswers": OF_PASS,
    "getProgress": OF_PASS,
    "handTurfBack": Sample(holder=True),
    "putImportFilePart": Sample(CSV),
    "readImportFile": Sample({"layer": "People"}, unknown=(404, 422)),
    "startImport": Sample({"file_id": "$file", "dry_run": True}),
    "importMap": Sample(query={"file_name": "map.osm.pbf"}),
    "importPeople": Sample(CSV, query={"file_name": "people.csv"}),
    # A filter for what is not there leaves nothing over.
    "listPasses": Sample(query={"campaign_id": "$campaign"}, unknown=(200,)),
    "listScripts": Sample(query={"campaign_id": "$campaign"}, unknown=(200,)),
    "listTurfs": OF_PASS,
    "markDoNotContact": Sample({"door_id": "$door", "person_id": "$person"}, unknown=(404, 422)),
    "noteAccess": Sample({"access_note": "Ring twice"}),
    "noteDoor": Sample({"note": "Dog"}),
    "offerHandover": Sample({"as_pair": True, "hours": 2}),
    "recordConsent": Sample({"purpose": "news", "channel": "email", "wording": "May we write?"}),
    # The door says in which order options are shown, and need not be there.
    "previewScript": Sample({"language": "und", "door_id": "$door"}, unknown=(200, 404)),
    "readXlsform": Sample(),
    "refreshTokens": Sample({"refresh_token": "x" * 43, "nonce": "one-nonce"}),
    "requestSignInCode": Sample({"organization": "nobody", "email": "nobody@example.org"}),
    "runRetention": Sample({"dry_run": False}),
    "searchSuppressions": Sample({"phone": "+15550100199"}),
    # Answered event by event, see test_routes.
    "sendEvents": Sample(
        {
            "sent_at": "2026-11-22T10:15:00Z",
            "events": [
                {
                    "id": "0198c0de-0000-7000-8000-000000000001",
                    "kind": "answer",
                    "turf_id": "$turf",
                    "door_id": "$door",
                    "person_id": "$person",
                    "script_id": "$script",
                    "script_version": 1,
                    "question": "votes",
                    "value": True,
                    "occurred_at": "2026-11-22T10:15:00Z",
                },
                {
                    "id": "0198c0de-0000-7000-8000-000000000002",
                    "kind": "attempt",
                    "turf_id": "$turf",
                    "building_id": "$building",
                    "mark": "locked",
                    "occurred_at": "2026-11-22T10:15:00Z",
                },
                {
                    "id": "0198c0de-0000-7000-8000-000000000003",
                    "kind": "void",
                    "target_id": "$event",
                    "occurred_at": "2026-11-22T10:15:00Z",
                },
            ],
        },
        unknown=(200,),
    ),
    "setRetention": Sample({"rules": [{"kind": "note_text", "months": 6}]}),
    "signIn": Sample(
        {"request_id": "$code_request", "code": "12345678", "device_name": "Phone"},
        unknown=(401,),
    ),
    "signOutMyDevice": Sample(holder=True),
    "startInvite": Sample({"token": "x" * 43}),
    "suppressContact": Sample({"kind": "email", "value": "other@example.org"}),
    "decideConflicts": Sample(
        {"verdict": "reject", "conflicts": [{"event_id": "$event", "payload_hash": "$hash"}]}
    ),
    "decideEvents": Sample({"verdict": "reject", "event_ids": ["$event"]}),
    "listBatches": Sample(query={"member_id": "$member"}, unknown=(200,)),
    "pushRxdb": Sample([{"newDocumentState": KNOCK}], unknown=(200,)),
    "pushWatermelon": Sample(
        {"contact_events": {"created": [KNOCK | {"occurred_at": 1_795_342_500_000}]}},
        unknown=(200,),
    ),
    "rollBackDay": Sample({"day": "2026-11-22"}),
    "getBaseTile": Sample(query={"campaign_id": "$campaign"}),
    "getBoundariesTile": Sample(query={"campaign_id": "$campaign"}),
    "getDoorsTile": OF_PASS,
    "getTurfsTile": OF_PASS,
    "keyWalkSheet": Sample(
        {
            "sheet_code": "$sheet_code",
            "walked_at": "2026-11-22T10:15:00Z",
            "results": [{"line": 1, "result": "not_home"}],
        }
    ),
    "printWalkSheets": Sample({"turf_ids": ["$turf"]}),
    "withdrawConsent": Sample({"withdrawn_how": "phone"}),
}


@dataclass(frozen=True)
class Operation:
    """One operation of the OpenAPI file with its sample."""

    id: str
    method: str
    path: str
    roles: tuple[Role, ...]
    security: list[dict[str, Any]] | None
    media_type: str | None
    sample: Sample

    @property
    def placeholders(self) -> list[str]:
        """The kinds of ids in the request, such as ``turf``."""
        text = json.dumps([self.path, self.sample.query, self.sample.body])
        return sorted(set(re.findall(r"\$([a-z_]+)", text)))

    @property
    def takes_body(self) -> bool:
        return self.media_type is not None

    def url(self, ids: dict[str, str]) -> str:
        return filled(self.path, ids)

    def content(self, ids: dict[str, str]) -> bytes:
        if self.id == "importMap":
            return small_map()
        if self.id == "readXlsform":
            return small_form()
        body = filled(self.sample.body, ids)
        return body.encode() if isinstance(body, str) else json.dumps(body).encode()

    async def send(
        self, client: httpx.AsyncClient, ids: dict[str, str], content: bytes | None = None
    ) -> httpx.Response:
        """The sample with these ids, or other content in its place."""
        headers = {"content-type": self.media_type} if self.media_type else {}
        if content is None and self.takes_body:
            content = self.content(ids)
        return await client.request(
            self.method,
            self.url(ids),
            params=filled(self.sample.query, ids),
            content=content,
            headers=headers,
        )


def filled(template: Any, ids: dict[str, str]) -> Any:
    """The template with ids in place of their kinds."""
    match template:
        case str():
            return re.sub(r"\$([a-z_]+)", lambda found: ids[found[1]], template)
        case dict():
            return {key: filled(value, ids) for key, value in template.items()}
        case list():
            return [filled(value, ids) for value in template]
        case _:
            return template


@functools.cache
def schema() -> dict[str, Any]:
    """The OpenAPI file of the application."""
    return json.loads(schema_text())


@functools.cache
def operations() -> tuple[Operation, ...]:
    """Every operation of the application."""
    return tuple(
        _operation(path, method, about)
        for path, methods in schema()["paths"].items()
        for method, about in methods.items()
    )


def _operation(path: str, method: str, about: dict[str, Any]) -> Operation:
    kinds = (
        re.sub(r"\{([a-z_]+?)(?:_id)?\}", r"$\1", path)
        .replace("$version", "1")
        .replace("$number", "1")
        .replace("$collection", "events")
        .replace("$z/$x/$y", "14/8647/5492")
        .replace("$layer", "turfs")
    )
    return Operation(
        id=about["operationId"],
        method=method.upper(),
        path=kinds,
        roles=tuple(Role(role) for role in about["x-roles"]),
        security=about.get("security"),
        media_type=next(iter(about.get("requestBody", {}).get("content", {})), None),
        sample=SAMPLES.get(about["operationId"], Sample()),
    )


@functools.cache
def small_map() -> bytes:
    """A file with one address on one street."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "town.osm.pbf"
        with osmium.SimpleWriter(path) as writer:
            for number, place in enumerate([(10.0, 50.0), (10.001, 50.0)], 1):
                writer.add(mutable.Node(id=number, location=place, version=1))
            tags = {"addr:street": "Canary Lane", "addr:housenumber": "9"}
            writer.add(mutable.Node(id=3, location=(10.0005, 50.0001), version=1, tags=tags))
            street = {"highway": "residential", "name": "Canary Lane"}
            writer.add(mutable.Way(id=1, nodes=[1, 2], version=1, tags=street))
        return path.read_bytes()


@functools.cache
def small_form() -> bytes:
    """A spreadsheet with one question."""
    rows = [{"type": "text", "name": "wish", "label": "What do you wish for?"}]
    return write_sheets({"survey": rows})


@dataclass(frozen=True)
class Whole:
    """An organization that has something of everything, by kind."""

    tenant: Tenant
    field: Field
    ids: dict[str, str]

    def client(self, role: Role, operation: Operation) -> httpx.AsyncClient:
        """Who sends the sample when a member of this role does."""
        if role is Role.VOLUNTEER or operation.sample.holder:
            return self.field.volunteer
        return self.tenant.clients[role]


ABSENT = {"code": "AAAAAAAAAA", "hash": "0" * 64, "sheet_code": "ABCDEFG9"}
NOBODY = "0198c0de-dead-7000-8000-000000000000"


def absent(kind: str) -> str:
    """An id of this kind that nobody has."""
    return ABSENT.get(kind, NOBODY)


async def make_whole(tenant: Tenant) -> Whole:
    """Fills an organization through the API with something of every kind."""
    made = await make_field(tenant, houses=3)
    free = await make_street(tenant, houses=1, lon=10.02)
    other = await make_street(tenant, houses=2, lon=24.95)
    other_turf = await make_turf(tenant, made.pass_id, other.box, "Turf 2")
    async with tenant.transaction() as db:
        # One more house, inside the outline that the samples cut.
        await db.execute("update address set lat = 50.05 where lon = 10.02")
    organizer = await tenant.organizer()
    for role in Role:
        await tenant.client(role)
    door, person = str(made.street.door_ids[0]), str(made.street.person_ids[0])
    ids = {
        "campaign": str(tenant.campaign_id),
        "pass": made.pass_id,
        "script": made.script_id,
        "turf": made.turf_id,
        "member": str(made.volunteer_id),
        "caseworker": str(tenant.member_ids[Role.CASEWORKER]),
        "building": str(made.street.building_ids[0]),
        "door": door,
        "person": person,
        "code_request": NOBODY,
        "other_turf": other_turf["id"],
        "other_door": str(other.door_ids[0]),
        "cut": await _cut(tenant, made.pass_id, free.door_ids[0]),
    }
    ids["earlier_pass"], _ = await make_pass(tenant, "Earlier")
    ids["step"] = (await organizer.get(f"/passes/{made.pass_id}/steps")).json()[0]["id"]
    ids |= await _ground(tenant)
    await _post(organizer, "/matches/search")
    matches = (await organizer.get("/matches")).json()
    ids["match"] = next(one["id"] for one in matches if one["person"]["id"] == person)
    ids["import"] = (await _post(organizer, "/imports?file_name=a.csv", content=CSV))["id"]
    ids["mark"] = (await _post(organizer, "/do-not-contact", json={"door_id": door}))["id"]
    await _post(organizer, f"/campaigns/{tenant.campaign_id}/map", content=small_map())
    crossing = {"from_node": 1, "to_node": 2}
    await organizer.put(f"/campaigns/{tenant.campaign_id}/crossings", json=crossing)
    wanted = {"name": "Canaria", "email": "canary@example.org", "campaign_id": ids["campaign"]}
    ids["invite"] = (await _post(organizer, "/invites", json=wanted))["invite"]["id"]
    path = f"/turfs/{made.turf_id}/handovers"
    ids["code"] = (await _post(organizer, path, json={"as_pair": True}))["code"]
    allowed = {"purpose": "events", "wording": "May we invite you?"}
    ids["consent"] = (await _post(organizer, f"/people/{person}/consents", json=allowed))["id"]
    number = {"kind": "phone", "value": "+15550100199"}
    ids["suppression"] = (await _post(organizer, "/suppressions", json=number))["id"]
    file = (await _post(organizer, "/import-files", json={"file_name": "a.csv"}))["id"]
    await organizer.put(f"/import-files/{file}/parts/1", content=CSV)
    ids["file"] = file
    ids["mapping"] = await _mapping(tenant)
    saved = {"name": "Phones", "expression": {"type": "reachable", "by": "phone"}}
    ids["universe"] = (await _post(organizer, "/universes", json=saved))["id"]
    ids["device"] = (await made.volunteer.get("/me")).json()["device_id"]
    ids["event"] = await _knock(made)
    ids["hash"], ids["batch"] = await _conflict(made, ids["event"])
    refused = {"verdict": "reject", "event_ids": [ids["event"]]}
    ids["decision"] = (await _post(organizer, "/decisions", json=refused))["id"]
    ids["sheet_code"], ids["feature"] = await _sheet(made), made.turf_id
    return Whole(tenant, made, ids)


async def _sheet(made: Field) -> str:
    """The code of a sheet as if it had been printed."""
    now = dt.datetime.now(dt.UTC)
    sheet = SheetRow(
        id=new_id(),
        pass_id=UUID(made.pass_id),
        turf_id=UUID(made.turf_id),
        turf_name="Turf 1",
        code=new_code(),
        script_id=None,
        script_version=None,
        door_ids=made.street.door_ids,
        person_ids=[],
        person_door_ids=[],
        printed_at=now,
    )
    async with made.tenant.transaction() as db:
        await sheet_queries.insert_sheet(db, made.tenant.id, sheet, None)
    return sheet.code


async def _post(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(path, **body)
    assert answer.is_success, answer.text
    return answer.json()


async def _mapping(tenant: Tenant) -> str:
    mapping = Mapping(columns=[ColumnUse(column="where", field=ColumnField.ADDRESS)])
    mapping_id = new_id()
    async with tenant.transaction() as db:
        await import_queries.put_mapping(
            db, tenant.id, mapping_id, "Register", mapping, ["where"], None
        )
    return str(mapping_id)


async def _cut(tenant: Tenant, pass_id: str, door_id: UUID) -> str:
    """A cut that proposes a turf of one door."""
    cut_id = new_id()
    wanted = CutCreate(doors=1)
    found = CutFound(
        turfs_count=1, doors_count=1, walk_m=0, minutes=2, undersized=[], left_over_count=0,
        left_over=[], notes=[], figures={}, churn=None,
    )  # fmt: skip
    shape = shapely.to_wkb(shapely.Point(10.02, 50.05).buffer(1e-4))
    made_by = tenant.member_ids[Role.ORGANIZER]
    async with tenant.transaction() as db:
        await cut_queries.insert_cut(
            db, tenant.id, cut_id, UUID(pass_id), "auto", wanted, made_by, 3600
        )
        await cut_queries.propose(db, tenant.id, cut_id, [(0, "Free", shape, 0, 2, [door_id])])
        await cut_queries.end_cut(db, tenant.id, cut_id, found, 3600)
    return str(cut_id)


async def _ground(tenant: Tenant) -> dict[str, str]:
    """A barrier and a boundary of the campaign."""
    organizer, path = await tenant.organizer(), f"/campaigns/{tenant.campaign_id}"
    line = {"type": "LineString", "coordinates": AREA[:2]}
    fence = await _post(organizer, f"{path}/drawn-barriers", json={"name": "Wall", "line": line})
    kept = await organizer.put(f"{path}/boundaries", params=OF_LAYER, json=LAYER)
    assert kept.is_success, kept.text
    return {"barrier": fence["id"], "boundary": kept.json()["boundaries"][0]["id"]}


async def _knock(made: Field) -> str:
    event = {
        "id": str(UUID(int=UUID(made.turf_id).int + 1)),
        "kind": "attempt",
        "turf_id": made.turf_id,
        "door_id": str(made.street.door_ids[1]),
        "result": "not_home",
        "occurred_at": "2026-11-22T10:00:00Z",
    }
    body = {"sent_at": "2026-11-22T10:00:00Z", "events": [event]}
    answer = await _post(made.volunteer, "/sync/events", json=body)
    assert answer["results"][0]["outcome"] == "accepted"
    return event["id"]


async def _conflict(made: Field, event_id: str) -> tuple[str, str]:
    """The hash of another event under an id that is taken, and the batch of the first."""
    event = {"id": event_id, "kind": "void", "target_id": event_id}
    event["occurred_at"] = "2026-11-22T10:00:00Z"
    body = {"sent_at": "2026-11-22T10:00:00Z", "events": [event]}
    await _post(made.volunteer, "/sync/events", json=body)
    async with made.tenant.transaction() as db:
        payload_hash = await db.fetchval("select payload_hash from event_conflict")
        return payload_hash.hex(), str(await db.fetchval("select id from event_batch"))


async def snapshot(tenant: Tenant) -> dict[str, str]:
    """A fingerprint of every table's rows that belong to the organization."""
    async with tenant.transaction() as db:
        tables = await db.fetch(
            """
            select c.relname
              from pg_class c
              join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
             where c.relkind = 'r'
               and c.relnamespace = 'public'::regnamespace
             order by c.relname
            """
        )
        # What is packed for counting is made anew whenever it is asked for.
        names = [row["relname"] for row in tables if not row["relname"].startswith("fact_")]
        parts = [
            f"select '{name}' as name, count(*) || ' ' || coalesce("  # noqa: S608 -- the catalog's
            f"md5(string_agg(t::text, '|' order by t::text)), '') as rows from {name} t"
            for name in [*names, "organization"]
        ]
        found = await db.fetch(" union all ".join(parts))
    return {row["name"]: row["rows"] for row in found}
