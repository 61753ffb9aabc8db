"""Of somebody erased the words go and the counts stay; a copy of everything has their issues."""

import pytest
from canaries import found_in
from follow_up.following import (
    case_of,
    consent,
    deliver,
    figure,
    issue,
    make_topic,
    post,
    postbox,
    raised,
    resolve,
    tell,
)
from makers import make_field

__all__ = ["postbox"]
SAID = "Canaria Feathers cannot sleep"


@pytest.fixture
async def field(tenant):
    return await make_field(tenant, houses=2)


@pytest.fixture
async def topic(tenant):
    return await make_topic(tenant)


async def erase(tenant, person):
    return await post(await tenant.organizer(), f"/people/{person}/erasure", reason="asked")


async def every_word(tenant):
    async with tenant.transaction() as db:
        rows = await db.fetch(
            """
            select text from issue_report
             union all select text from case_note
             union all select reason from case_change
             union all select coalesce(reason, '') from issue_case
            """
        )
    return "\n".join(row["text"] for row in rows)


async def test_what_somebody_erased_raised_is_empty_and_still_counts(tenant, field, topic):
    organizer, person = await tenant.organizer(), field.street.person_ids[0]
    case = await raised(field.volunteer, topic, field.street.door_ids[0], person, text=SAID)
    await post(organizer, f"/cases/{case}/notes", text=f"{SAID}, says the neighbour")
    await resolve(organizer, case, reason="Feathers got new curtains.")
    await tell(tenant)
    before = await figure(tenant)
    await erase(tenant, person)
    assert found_in(await every_word(tenant)) == []
    found = await case_of(tenant, case)
    assert (found["status"], found["outcome"], found["raisers_count"]) == ("resolved", "fixed", 1)
    assert (found["reason"], found["notes"][0]["text"]) == ("Erased.", "Erased.")
    assert (await figure(tenant))[1] == before[1] == 1


async def test_what_others_raised_of_the_same_case_stays(tenant, field, topic):
    organizer = await tenant.organizer()
    cases = [
        await raised(field.volunteer, topic, door, person, text=text)
        for door, person, text in zip(
            field.street.door_ids, field.street.person_ids, (SAID, "Dark here"), strict=True
        )
    ]
    await post(organizer, f"/cases/{cases[0]}/merging", into_case_id=cases[1], reason="Same lamp")
    await post(organizer, f"/cases/{cases[1]}/notes", text="Order a lamp")
    name = (await organizer.get(f"/people/{field.street.person_ids[0]}/export")).json()
    family = name["people"][0]["family_name"]
    await post(organizer, f"/cases/{cases[1]}/notes", text=f"Ask {family} at noon")
    await erase(tenant, field.street.person_ids[0])
    found = await case_of(tenant, cases[1])
    assert [one["text"] for one in found["issues"]] == ["", "Dark here"]
    assert [one["text"] for one in found["notes"]] == ["Order a lamp", "Erased."]
    assert found["changes"][-1]["reason"] == "Same lamp"
    assert found["raisers_count"] == 2


async def test_what_was_said_at_a_door_of_one_goes_with_them(tenant, field, topic):
    case = await raised(field.volunteer, topic, field.street.door_ids[0], None, text="My roof")
    await erase(tenant, field.street.person_ids[0])
    assert [one["text"] for one in (await case_of(tenant, case))["issues"]] == [""]


async def test_an_objection_goes_with_who_made_it(tenant, field, topic, settings, postbox):
    person = field.street.person_ids[0]
    case = await raised(field.volunteer, topic, field.street.door_ids[0], person)
    await consent(await tenant.organizer(), person)
    await resolve(await tenant.organizer(), case)
    await tell(tenant)
    await deliver(tenant, settings)
    form = {"verdict": "not_solved", "text": SAID}
    await tenant.world.anonymous().post(f"/raised/{postbox.tokens()[0]}", data=form)
    assert SAID in await every_word(tenant)
    await erase(tenant, person)
    assert found_in(await every_word(tenant)) == []


async def test_a_letter_that_waits_is_not_sent_to_somebody_erased(
    tenant, field, topic, settings, postbox
):
    person = field.street.person_ids[0]
    case = await raised(field.volunteer, topic, field.street.door_ids[0], person)
    await consent(await tenant.organizer(), person)
    await resolve(await tenant.organizer(), case)
    await tell(tenant)
    await erase(tenant, person)
    assert await deliver(tenant, settings) == (0, 0, 0)
    assert postbox.letters == []
    assert await tell(tenant) == (0, 0, 0, 1)


async def test_who_is_erased_before_the_end_needs_not_be_told(tenant, field, topic):
    person = field.street.person_ids[0]
    case = await raised(field.volunteer, topic, field.street.door_ids[0], person)
    await erase(tenant, person)
    await resolve(await tenant.organizer(), case)
    assert await tell(tenant) == (0, 0, 1, 1)


async def test_a_phone_may_send_again_what_was_erased(tenant, field, topic):
    person = field.street.person_ids[0]
    body = issue(topic, field.street.door_ids[0], person)
    first = await post(field.volunteer, "/issues", **body)
    await erase(tenant, person)
    assert await post(field.volunteer, "/issues", **body) == first
    assert [one["text"] for one in (await case_of(tenant, first["case_id"]))["issues"]] == [""]


async def test_a_copy_of_everything_has_issues_and_messages(
    tenant, field, topic, settings, postbox
):
    organizer, person = await tenant.organizer(), field.street.person_ids[0]
    case = await raised(field.volunteer, topic, field.street.door_ids[0], person)
    await consent(organizer, person)
    await post(organizer, f"/cases/{case}/notes", text="Among ourselves")
    await resolve(organizer, case)
    await tell(tenant)
    await deliver(tenant, settings)
    copy = (await organizer.get(f"/people/{person}/export")).json()
    ((told,), (notice,)) = copy["issues"], copy["notices"]
    assert (told["text"], told["topic"]) == ("The lamp is broken", "Street lights")
    assert (told["outcome"], told["reason"]) == ("fixed", "There is a new lamp.")
    assert (notice["channel"], notice["state"]) == ("email", "sent")
    assert "Among ourselves" not in str(copy)


async def test_words_of_cases_that_ended_long_ago_go_by_a_rule(tenant, field, topic):
    organizer, owner = await tenant.organizer(), await tenant.owner()
    rule = {"rules": [{"kind": "issue_text", "months": 6}]}
    assert (await owner.put("/retention", json=rule)).is_success
    cases = []
    for house, months in ((0, 5), (1, 7)):
        case = await raised(field.volunteer, topic, field.street.door_ids[house], text=SAID)
        await post(organizer, f"/cases/{case}/notes", text=SAID)
        await resolve(organizer, case)
        async with tenant.transaction() as db:
            await db.execute(
                """
                update issue_case set resolved_at = now() - make_interval(months => $2)
                 where id = $1
                """,
                case,
                months,
            )
        cases.append(case)
    for dry_run, gone in ((True, 1), (False, 1), (False, 0)):
        answer = await owner.post("/retention/run", json={"dry_run": dry_run})
        assert answer.is_success, answer.text
        (count,) = [one["count"] for one in answer.json() if one["kind"] == "issue_text"]
        assert count == gone
    young, old = [await case_of(tenant, one) for one in cases]
    assert (young["issues"][0]["text"], young["notes"][0]["text"]) == (SAID, SAID)
    assert (old["issues"][0]["text"], old["notes"][0]["text"]) == ("", "")
    assert old["reason"] == "There is a new lamp."
