"""The page for mobile developers, run: each request it shows is sent, each answer compared."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from makers import make_field

from doorstep.accounts import api as accounts_api
from doorstep.algorithms.projecting import Result
from doorstep.canvass.model import Outcome
from doorstep.kit import errors

PAGE = Path(__file__).parents[2] / "docs" / "mobile.md"
BLOCK = re.compile(r"^```http\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
ANY = "…"
QUESTIONS = [
    {"type": "yes_no", "key": "votes", "text": "Will you vote?"},
    {
        "type": "scale",
        "key": "support",
        "text": "How much do you support us?",
        "sensitive": True,
        "show_if": {"question": "votes", "equals": True},
        "low": 1,
        "high": 5,
    },
]


@dataclass
class Message:
    """One half of an exchange as the page shows it."""

    start: str
    headers: dict[str, str]
    body: str


def exchanges(text):
    """The requests of a page with the answers it shows for them."""
    return [
        tuple(map(message, re.split(r"^(?=HTTP/1\.1 )", block, maxsplit=1, flags=re.MULTILINE)))
        for block in BLOCK.findall(text)
    ]


def message(text):
    head, _, body = text.strip().partition("\n\n")
    start, *lines = head.splitlines()
    return Message(start, dict(line.split(": ", 1) for line in lines), body.strip())


def filled(text, known):
    return PLACEHOLDER.sub(lambda found: known[found[1]], text)


def compare(shown, got, known, at="answer"):
    """Check an answer: `…` stands for anything, a new {{name}} takes what is there."""
    if shown == ANY:
        return
    if isinstance(shown, str) and (named := PLACEHOLDER.fullmatch(shown)):
        assert known.setdefault(named[1], got) == got, f"{at} is not {shown}"
    elif isinstance(shown, dict):
        assert isinstance(got, dict), f"{at} is no object: {got!r}"
        named = shown.keys() - {ANY}
        assert named <= got.keys() if ANY in shown else named == got.keys(), f"{at}: {sorted(got)}"
        for name in sorted(named):
            compare(shown[name], got[name], known, f"{at}.{name}")
    elif isinstance(shown, list):
        assert isinstance(got, list), f"{at} is no list: {got!r}"
        first = shown[:-1] if shown[-1:] == [ANY] else shown
        assert len(first) <= len(got) if first != shown else len(first) == len(got), f"{at}: {got}"
        for place, one in enumerate(first):
            compare(one, got[place], known, f"{at}[{place}]")
    else:
        assert (type(shown), shown) == (type(got), got), f"{at} is {got!r}"


def check(shown, answer, known):
    status = int(shown.start.split()[1])
    assert answer.status_code == status, answer.text
    for name, value in shown.headers.items():
        compare(value, answer.headers.get(name), known, name)
    if shown.body:
        compare(json.loads(shown.body), answer.json(), known)
    else:
        assert answer.content == b""


async def send(client, shown, known):
    method, path = filled(shown.start, known).split()
    headers = {name: filled(value, known) for name, value in shown.headers.items()}
    if shown.body:
        headers.setdefault("Content-Type", "application/json")
    content = filled(shown.body, known).encode()
    return await client.request(method, path, headers=headers, content=content)


@pytest.fixture
async def field(tenant):
    made = await make_field(tenant, houses=4, units=2)
    organizer = await tenant.organizer()
    version = {"introduction": "Hello, I live round the corner.", "questions": QUESTIONS}
    answer = await organizer.post(f"/scripts/{made.script_id}/versions", json=version)
    assert answer.status_code == 201
    return made


@pytest.fixture
def mailed(monkeypatch):
    """What the page cannot capture from an answer, because it comes by mail."""
    known = {}

    async def send_mail(_, __, ___, text):
        known["code"] = re.search(r"\d{8}", text)[0]

    monkeypatch.setattr(accounts_api, "send_mail", send_mail)
    return known


async def invite_token(field):
    """An invite to the member who holds the turf, so that the page can go straight on to it."""
    organizer = await field.tenant.organizer()
    holder = (await organizer.get(f"/members/{field.volunteer_id}")).json()
    wanted = {"name": holder["name"], "email": holder["email"]}
    made = await organizer.post("/invites", json=wanted)
    return made.json()["link"].partition("#")[2]


async def test_the_page_is_what_the_server_does(world, field, mailed):
    known = mailed
    known["invite_token"] = await invite_token(field)
    known["email"] = "nobody@example.org"
    known["organization"] = field.tenant.slug
    _, partner = await field.tenant.member()
    known["partner_token"] = partner.headers["authorization"].removeprefix("Bearer ")
    shown = exchanges(PAGE.read_text(encoding="utf-8"))
    assert len(shown) > 20
    transport = httpx.ASGITransport(world.app, raise_app_exceptions=False, client=("192.0.2.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://doorstep.test") as client:
        client.headers = {}
        for request, answer in shown:
            got = await send(client, request, known)
            try:
                check(answer, got, known)
            except AssertionError as error:
                error.add_note(
                    f"{PAGE.name} shows {request.start}; the answer was {got.text[:2000]}"
                )
                raise


def test_every_outcome_result_and_problem_is_explained():
    text = PAGE.read_text(encoding="utf-8")
    kinds = ["attempt", "answer", "note", "correct", "void"]
    for name in (*Outcome, *Result, *kinds):
        assert f"`{name}`" in text, name
    for kind in errors.ProblemError.__subclasses__():
        assert f"| {kind.status} |" in text, kind


@pytest.mark.parametrize(
    ("shown", "got"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": 1}),
        ({"a": 1, ANY: ANY}, {"b": 2}),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1]}}),
        ([1, 2, ANY], [1]),
        ([], [1]),
        (True, 1),
        ("{{id}}", "another"),
    ],
)
def test_a_page_that_shows_something_else_is_noticed(shown, got):
    with pytest.raises(AssertionError):
        compare(shown, got, {"id": "one"})


def test_what_a_page_leaves_open_is_left_open():
    known = {}
    shown = {"id": "{{id}}", "at": ANY, "rows": [{"n": 1, ANY: ANY}, ANY], "same": "{{id}}"}
    compare(shown, {"id": "x", "at": 5, "rows": [{"n": 1, "m": 2}, 3], "same": "x"}, known)
    assert known == {"id": "x"}
