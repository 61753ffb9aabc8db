"""Everybody who raised an issue is told how it ended: by name, or by going back to their door."""

import asyncio
import datetime as dt

import pytest
from follow_up.following import (
    case_of,
    consent,
    deliver,
    figure,
    issue,
    knock,
    make_topic,
    move,
    notices,
    post,
    postbox,
    raised,
    resolve,
    tell,
)
from makers import make_field, make_street

from doorstep.kit.auth import Role

__all__ = ["postbox"]


@pytest.fixture
async def field(tenant):
    return await make_field(tenant, houses=3)


@pytest.fixture
async def topic(tenant):
    return await make_topic(tenant)


async def ended(tenant, field, topic, house=0, **more):
    """A case of this house that was resolved: (case id, person id)."""
    person = field.street.person_ids[house]
    case = await raised(field.volunteer, topic, field.street.door_ids[house], person, **more)
    await resolve(await tenant.organizer(), case)
    return case, person


async def test_40_cases_by_37_people_become_32_letters_by_name_and_5_visits(
    tenant, settings, postbox
):
    made = await make_field(tenant, houses=37)
    topic, organizer = await make_topic(tenant), await tenant.organizer()
    people, doors = made.street.person_ids, made.street.door_ids
    cases = [
        await raised(made.volunteer, topic, doors[n % 37], people[n % 37], text=f"Lamp {n}")
        for n in range(40)
    ]
    assert len(set(cases)) == 40
    # Five have agreed to nothing; none of them raised two.
    for person in people[:32]:
        await consent(organizer, person)
    for case in cases:
        await resolve(organizer, case)
    assert await tell(tenant, dry_run=True) == (32, 5, 0, 0)
    assert await tell(tenant) == (32, 5, 0, 0)
    assert await tell(tenant) == (0, 0, 0, 0)
    revisits = (await organizer.get("/revisits")).json()
    assert {one["door_id"] for one in revisits} == {str(door) for door in doors[32:]}
    assert await deliver(tenant, settings) == (32, 0, 0)
    assert await deliver(tenant, settings) == (0, 0, 0)
    greetings = {text.splitlines()[0] for _, _, text in postbox.letters}
    assert len(postbox.letters) == len(greetings) == 32
    assert all(line.startswith("Dear Canaria Feathers ") for line in greetings)
    assert sum(len(postbox.tokens(n)) for n in range(32)) == 35
    # Sent is not told.
    assert await figure(tenant) == (0, 37, 0.0)
    for notice in await notices(tenant, notice_state="sent"):
        await post(organizer, f"/case-notices/{notice['id']}/outcome", 200, state="delivered")
    assert await figure(tenant) == (32, 37, pytest.approx(32 / 37))
    for told, door in enumerate(doors[32:], 33):
        await knock(made, door)
        await tell(tenant)
        assert (await figure(tenant))[0] == told
    assert await figure(tenant) == (37, 37, 1.0)
    assert {(await case_of(tenant, case))["status"] for case in cases} == {"told"}
    assert await tell(tenant) == (0, 0, 0, 0)
    assert (await organizer.get("/revisits")).json() == []


async def test_a_letter_says_who_listened_what_was_said_what_was_done_and_how_to_object(
    tenant, settings, postbox
):
    made, topic = await make_field(tenant, houses=2), await make_topic(tenant, "Lamps")
    _, person = await ended(tenant, made, topic, text="Dark at night")
    await consent(await tenant.organizer(), person)
    await tell(tenant)
    await deliver(tenant, settings)
    ((to, subject, text),) = postbox.letters
    assert to == "canary@example.org"
    assert subject == "What became of what you told us: Lamps"
    for words in (
        "Dear Canaria Feathers", "On 20 November 2026 you told Member ", " about Lamps:",
        "“Dark at night”", "it was put right", "There is a new lamp.",
        "http://127.0.0.1:8000/raised/", tenant.slug.title(),
    ):  # fmt: skip
        assert words in text
    assert "{" not in text


async def test_a_door_where_nobody_is_known_is_visited(tenant, field, topic):
    case = await raised(field.volunteer, topic, field.street.door_ids[1])
    await resolve(await tenant.organizer(), case)
    assert await tell(tenant) == (0, 1, 0, 0)
    await knock(field, field.street.door_ids[1])
    assert await tell(tenant) == (0, 0, 0, 1)


async def test_two_who_live_behind_one_door_are_visited_once(tenant, topic):
    made = await make_field(tenant, houses=1)
    door, person = made.street.door_ids[0], made.street.person_ids[0]
    for whom in (person, None):
        case = await raised(made.volunteer, topic, door, whom)
        await resolve(await tenant.organizer(), case)
    assert await tell(tenant) == (0, 1, 0, 0)
    (revisit,) = (await (await tenant.organizer()).get("/revisits")).json()
    assert (len(revisit["case_ids"]), revisit["person_ids"]) == (2, [str(person)])


@pytest.mark.parametrize("result", ["not_home", "moved"])
async def test_a_knock_without_a_contact_tells_nobody(tenant, field, topic, result):
    await ended(tenant, field, topic)
    await tell(tenant)
    await knock(field, field.street.door_ids[0], result)
    await tell(tenant)
    assert await figure(tenant) == (0, 1, 0.0)


async def test_a_contact_before_the_visit_was_asked_for_tells_nobody(tenant, field, topic):
    await knock(field, field.street.door_ids[0])
    await ended(tenant, field, topic)
    await tell(tenant)
    assert (await figure(tenant))[0] == 0


async def test_who_asked_to_be_left_alone_is_left_alone_and_it_is_recorded(tenant, field, topic):
    organizer = await tenant.organizer()
    case, person = await ended(tenant, field, topic)
    other, _ = await ended(tenant, field, topic, 1)
    await consent(organizer, person)
    mark = {"door_id": str(field.street.door_ids[0]), "person_id": str(person)}
    await post(organizer, "/do-not-contact", **mark)
    await post(organizer, "/do-not-contact", door_id=str(field.street.door_ids[1]))
    assert await tell(tenant) == (0, 0, 2, 2)
    for one in (case, other):
        assert (await case_of(tenant, one))["status"] == "told"


async def test_who_took_every_consent_back_is_left_alone(tenant, field, topic):
    organizer = await tenant.organizer()
    _, person = await ended(tenant, field, topic)
    given = await consent(organizer, person, channel=None)
    await post(organizer, f"/consents/{given}/withdrawal", withdrawn_how="phone")
    assert await tell(tenant) == (0, 0, 1, 1)


@pytest.mark.parametrize(
    "allowed",
    [
        {"purpose": "news"},
        {"channel": "sms"},
        {"given_at": "2025-01-01T00:00:00Z", "expires_at": "2025-06-01T00:00:00Z"},
    ],
)
async def test_consent_for_something_else_or_long_ago_is_none(tenant, field, topic, allowed):
    _, person = await ended(tenant, field, topic)
    await consent(await tenant.organizer(), person, **allowed)
    assert await tell(tenant) == (0, 1, 0, 0)


async def test_who_agreed_to_calls_is_put_on_the_list_of_calls(tenant, field, topic):
    organizer = await tenant.organizer()
    case, person = await ended(tenant, field, topic)
    await consent(organizer, person, "phone")
    await tell(tenant)
    (call,) = await notices(tenant, channel="phone")
    assert (call["phone"], call["state"], call["case_ids"]) == ("+15550100199", "queued", [case])
    await post(organizer, f"/case-notices/{call['id']}/outcome", 200, state="delivered")
    assert (await case_of(tenant, case))["status"] == "told"
    await post(organizer, f"/case-notices/{call['id']}/outcome", 200, state="delivered")


async def test_who_could_not_be_reached_is_tried_by_the_next_way(
    tenant, field, topic, settings, postbox
):
    organizer = await tenant.organizer()
    case, person = await ended(tenant, field, topic)
    for channel in ("email", "phone"):
        await consent(organizer, person, channel)
    assert await tell(tenant) == (1, 0, 0, 0)
    await deliver(tenant, settings)
    (letter,) = await notices(tenant)
    await post(organizer, f"/case-notices/{letter['id']}/outcome", 200, state="failed")
    assert await tell(tenant) == (1, 0, 0, 0)
    (call,) = await notices(tenant, notice_state="queued")
    assert call["channel"] == "phone"
    await post(organizer, f"/case-notices/{call['id']}/outcome", 200, state="failed")
    assert await tell(tenant) == (0, 1, 0, 0)
    assert await tell(tenant) == (0, 0, 0, 0)
    await knock(field, field.street.door_ids[0])
    assert await tell(tenant) == (0, 0, 0, 1)
    assert (await case_of(tenant, case))["told_count"] == 1


async def test_a_stop_between_queueing_and_sending_sends_nothing(
    tenant, field, topic, settings, postbox
):
    organizer = await tenant.organizer()
    _, person = await ended(tenant, field, topic)
    given = await consent(organizer, person, channel=None)
    await tell(tenant)
    await post(organizer, f"/consents/{given}/withdrawal", withdrawn_how="web")
    assert await deliver(tenant, settings) == (0, 0, 1)
    assert postbox.letters == []
    assert await tell(tenant) == (0, 0, 0, 1)


async def test_without_consent_for_mail_any_more_the_door_is_visited(
    tenant, field, topic, settings, postbox
):
    organizer = await tenant.organizer()
    _, person = await ended(tenant, field, topic)
    given = await consent(organizer, person, "email")
    await tell(tenant)
    await post(organizer, f"/consents/{given}/withdrawal", withdrawn_how="web")
    assert await deliver(tenant, settings) == (0, 1, 0)
    assert postbox.letters == []
    assert await tell(tenant) == (0, 1, 0, 0)


async def test_a_mail_server_that_refuses_is_asked_three_times(
    tenant, field, topic, settings, postbox
):
    _, person = await ended(tenant, field, topic)
    await consent(await tenant.organizer(), person)
    await tell(tenant)
    postbox.takes = False
    for last in (False, False, True):
        assert await deliver(tenant, settings) == (0, int(last), 0)
        assert await deliver(tenant, settings) == (0, 0, 0)
        async with tenant.transaction() as db:
            await db.execute("update case_notice set retry_at = now()")
    (letter,) = await notices(tenant)
    assert (letter["state"], letter["why"]) == ("failed", "refused")


async def test_without_a_mail_server_letters_wait(tenant, field, topic):
    _, person = await ended(tenant, field, topic)
    await consent(await tenant.organizer(), person)
    await tell(tenant)
    run = await post(await tenant.organizer(), "/case-notices/sending")
    assert set(run.values()) == {0}
    assert [one["state"] for one in await notices(tenant)] == ["queued"]


@pytest.mark.parametrize(("days", "state"), [(4, "sent"), (6, "delivered")])
async def test_mail_that_did_not_come_back_for_five_days_has_arrived(
    tenant, field, topic, settings, postbox, days, state
):
    _, person = await ended(tenant, field, topic)
    await consent(await tenant.organizer(), person)
    await tell(tenant)
    await deliver(tenant, settings)
    async with tenant.transaction() as db:
        await db.execute("update case_notice set sent_at = now() - $1::interval",
                         dt.timedelta(days=days))  # fmt: skip
    await tell(tenant)
    assert [one["state"] for one in await notices(tenant)] == [state]


async def test_what_was_interrupted_is_not_sent_twice(tenant, field, topic, settings, postbox):
    _, person = await ended(tenant, field, topic)
    await consent(await tenant.organizer(), person)
    await tell(tenant)
    async with tenant.transaction() as db:
        await db.execute(
            "update case_notice set state = 'sending', retry_at = now() - interval '2 hours'"
        )
    assert await tell(tenant) == (0, 1, 0, 0)
    assert await deliver(tenant, settings) == (0, 0, 0)
    assert postbox.letters == []


async def test_after_a_reopening_everybody_is_told_anew(tenant, field, topic):
    organizer = await tenant.organizer()
    case, _ = await ended(tenant, field, topic)
    await tell(tenant)
    await knock(field, field.street.door_ids[0])
    await tell(tenant)
    await move(organizer, case, "reopened", reason="Dark again")
    await post(organizer, f"/cases/{case}/owner", owner_id=str(tenant.member_ids[Role.CASEWORKER]))
    await resolve(organizer, case)
    assert await figure(tenant) == (0, 1, 0.0)
    assert await tell(tenant) == (0, 1, 0, 0)


async def test_who_raised_a_duplicate_is_told_by_the_case_it_was_merged_into(tenant, field, topic):
    organizer = await tenant.organizer()
    doors, people = field.street.door_ids, field.street.person_ids
    kept, gone = [
        await raised(field.volunteer, topic, doors[n], people[n]) for n in range(2)
    ]  # fmt: skip
    await post(organizer, f"/cases/{gone}/merging", into_case_id=kept, reason="The same lamp")
    found = await case_of(tenant, kept)
    assert {one["person_id"] for one in found["issues"]} == {str(one) for one in people[:2]}
    duplicate = await case_of(tenant, gone)
    assert (duplicate["outcome"], duplicate["duplicate_of_id"]) == ("duplicate", kept)
    await resolve(organizer, kept)
    assert await tell(tenant) == (0, 2, 0, 0)


async def test_two_runs_at_once_tell_nobody_twice(tenant, field, topic):
    for house in range(3):
        await ended(tenant, field, topic, house)
    runs = await asyncio.gather(*(tell(tenant) for _ in range(6)))
    assert sum(run[1] for run in runs) == 3
    assert len((await (await tenant.organizer()).get("/revisits")).json()) == 3


async def test_another_organization_tells_nobody_here(tenant, stranger, field, topic):
    await ended(tenant, field, topic)
    assert await tell(stranger) == (0, 0, 0, 0)
    await make_street(stranger)
    assert (await (await stranger.organizer()).get("/revisits")).json() == []


async def test_an_issue_is_owned_and_due_within_five_seconds_of_its_sync(tenant, field, topic):
    started = dt.datetime.now(dt.UTC)
    body = issue(topic, field.street.door_ids[0])
    case = (await post(field.volunteer, "/issues", **body))["case_id"]
    found = await case_of(tenant, case)
    assert found["owner_id"] == str(tenant.member_ids[Role.CASEWORKER])
    assert found["due_on"] == str(started.date() + dt.timedelta(days=14))
    assert dt.datetime.now(dt.UTC) - started < dt.timedelta(seconds=5)


async def test_doors_to_go_back_to_come_first_on_the_next_walk_list(tenant, field, topic):
    await ended(tenant, field, topic)
    await ended(tenant, field, topic, 2)
    await tell(tenant)
    organizer = await tenant.organizer()
    asked = {"expression": {"type": "revisit"}}
    counted = await post(organizer, "/universes/count", 200, **asked)
    assert (counted["doors_count"], counted["people_count"]) == (2, 2)
    saved = await post(organizer, "/universes", name="Go back", **asked)
    assert "are to be told in person what became of their issue" in saved["description"]
    await knock(field, field.street.door_ids[0])
    await tell(tenant)
    assert (await post(organizer, "/universes/count", 200, **asked))["doors_count"] == 1
