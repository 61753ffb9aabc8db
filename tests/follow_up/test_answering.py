"""Whoever raised an issue has the last word, by a link that is theirs alone."""

import datetime as dt
import re

import pytest
from follow_up.following import (
    case_of,
    consent,
    deliver,
    make_topic,
    notices,
    post,
    postbox,
    raised,
    resolve,
    tell,
)
from makers import make_field

from doorstep.follow_up import answering
from doorstep.kit.auth import Role

__all__ = ["postbox"]
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def told(tenant, settings, postbox):
    """A case whose raiser got a letter: (case id, token)."""
    made, topic = await make_field(tenant, houses=2), await make_topic(tenant)
    person = made.street.person_ids[0]
    case = await raised(made.volunteer, topic, made.street.door_ids[0], person)
    await consent(await tenant.organizer(), person)
    await resolve(await tenant.organizer(), case)
    await tell(tenant)
    await deliver(tenant, settings)
    return case, postbox.tokens()[0]


@pytest.fixture
def later(monkeypatch):
    """The clock of links, set so many days ahead."""

    def set_days(days):
        now = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        monkeypatch.setattr(answering, "now", lambda: now)

    return set_days


async def say(tenant, token, verdict="not_solved", text="Dark again"):
    return await tenant.world.anonymous().post(
        f"/raised/{token}", data={"verdict": verdict, "text": text}
    )


async def test_an_objection_on_day_27_reopens_the_case_with_a_new_day(tenant, told, later):
    case, token = told
    later(27)
    answer = await say(tenant, token)
    assert answer.status_code == 200, answer.text
    assert "looking at it again" in answer.text
    found = await case_of(tenant, case)
    assert (found["status"], found["reopened_count"]) == ("reopened", 1)
    assert (found["outcome"], found["reason"], found["told_at"]) == (None, None, None)
    last = found["changes"][-1]
    assert (last["kind"], last["reason"], last["member_id"]) == ("reopened", "Dark again", None)
    assert last["person_id"] == found["issues"][0]["person_id"]
    owner = str(tenant.member_ids[Role.CASEWORKER])
    again = await post(await tenant.organizer(), f"/cases/{case}/owner", owner_id=owner)
    assert again["status"] == "assigned"


async def test_on_day_29_the_link_is_too_old(tenant, told, later):
    case, token = told
    later(29)
    for answer in (
        await say(tenant, token),
        await tenant.world.anonymous().get(f"/raised/{token}"),
    ):
        assert answer.status_code == 422
        assert "not valid" in answer.text
    assert (await case_of(tenant, case))["status"] == "resolved"


async def test_who_says_that_it_is_solved_has_had_the_letter_and_confirms(tenant, told):
    case, token = told
    assert (await notices(tenant))[0]["state"] == "sent"
    assert (await say(tenant, token, "solved", "")).status_code == 200
    assert (await notices(tenant))[0]["state"] == "delivered"
    found = await case_of(tenant, case)
    assert found["status"] == "confirmed"
    assert [one["kind"] for one in found["changes"]][-2:] == ["told", "confirmed"]


async def test_after_a_confirmation_one_may_still_object_and_once_is_enough(tenant, told):
    case, token = told
    await say(tenant, token, "solved", "")
    for _ in range(3):
        assert (await say(tenant, token)).status_code == 200
    found = await case_of(tenant, case)
    assert (found["status"], found["reopened_count"]) == ("reopened", 1)


@pytest.mark.parametrize("text", ["", "   ", "\0"])
async def test_an_objection_says_what_is_not_solved(tenant, told, text):
    case, token = told
    answer = await say(tenant, token, text=text)
    assert answer.status_code == 422
    assert "what is not solved" in answer.text
    assert (await case_of(tenant, case))["status"] == "resolved"


async def test_looking_changes_nothing_and_shows_nothing_of_others(tenant, told):
    case, token = told
    before = await case_of(tenant, case)
    await post(await tenant.organizer(), f"/cases/{case}/notes", text="Seems drunk")
    page = await tenant.world.anonymous().get(f"/raised/{token}")
    assert page.status_code == 200
    assert "It was put right." in page.text
    assert "There is a new lamp." in page.text
    for hidden in ("drunk", "Canaria", "Feathers", "canary@", "The lamp is broken"):
        assert hidden not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert not re.search(r"<script|style=\"|\bon[a-z]+=", page.text)
    assert (await case_of(tenant, case))["changes"] == before["changes"]


@pytest.mark.parametrize("damage", [lambda t: t[:-2] + "AA", lambda t: "x" + t, lambda t: "é" + t])
async def test_a_forged_link_is_refused_like_an_old_one(tenant, told, damage):
    _, token = told
    answer = await tenant.world.anonymous().get(f"/raised/{damage(token)}")
    assert answer.status_code == 422
    assert "This link is not valid, or not any more." in answer.text


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"verdict=x", b"&".join([b"a=1"] * 99)])
async def test_a_strange_form_is_refused(tenant, told, body):
    case, token = told
    client = tenant.world.anonymous()
    answer = await client.post(f"/raised/{token}", content=body, headers=FORM)
    assert answer.status_code == 422
    assert (await case_of(tenant, case))["status"] == "resolved"


async def test_somebody_erased_has_no_page_any_more(tenant, told):
    case, token = told
    person = (await case_of(tenant, case))["issues"][0]["person_id"]
    await post(await tenant.organizer(), f"/people/{person}/erasure", reason="asked")
    assert (await tenant.world.anonymous().get(f"/raised/{token}")).status_code == 404
