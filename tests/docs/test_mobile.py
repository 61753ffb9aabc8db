"""The page for mobile developers, run: each request it shows is sent, each answer compared."""

import re
from pathlib import Path

import pytest
from makers import make_field

from doorstep.accounts import api as accounts_api
from doorstep.algorithms.projecting import Result
from doorstep.canvass.model import Outcome
from doorstep.kit import errors

PAGE = Path(__file__).parents[2] / "docs" / "mobile.md"
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


async def test_the_page_is_what_the_server_does(run_page, field, mailed):
    known = mailed
    known["invite_token"] = await invite_token(field)
    known["email"] = "nobody@example.org"
    known["organization"] = field.tenant.slug
    _, partner = await field.tenant.member()
    known["partner_token"] = partner.headers["authorization"].removeprefix("Bearer ")
    assert await run_page("mobile.md", known) > 20


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
        ({"a": 1, "…": "…"}, {"b": 2}),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1]}}),
        ([1, 2, "…"], [1]),
        ([], [1]),
        (True, 1),
        ("{{id}}", "another"),
    ],
)
def test_a_page_that_shows_something_else_is_noticed(compare, shown, got):
    with pytest.raises(AssertionError):
        compare(shown, got, {"id": "one"})


def test_what_a_page_leaves_open_is_left_open(compare):
    known = {}
    shown = {"id": "{{id}}", "at": "…", "rows": [{"n": 1, "…": "…"}, "…"], "same": "{{id}}"}
    compare(shown, {"id": "x", "at": 5, "rows": [{"n": 1, "m": 2}, 3], "same": "x"}, known)
    assert known == {"id": "x"}
