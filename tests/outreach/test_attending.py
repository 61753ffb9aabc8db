"""Asking for a place, waiting for one, tickets, and coming."""

import asyncio
import datetime as dt
import re
from collections import Counter
from uuid import UUID

import pytest
from makers import make_street
from outreach.coming import (
    all_at_once,
    letters,
    link_in,
    make_public_event,
    now,
    on_list,
    page_of,
    passed,
    post,
    press,
    read,
    rsvp,
    said,
    states,
    ticket_of,
    visitor,
)

from doorstep.kit import links
from doorstep.kit.ids import new_id
from doorstep.kit.links import Purpose
from doorstep.outreach.service import look_after

PEOPLE, PLACES = 200, 100


async def test_two_hundred_at_once_for_a_hundred_places_and_the_rest_wait_in_order(tenant):
    event_id, slug = await make_public_event(tenant, capacity=PLACES)
    answers = await all_at_once(lambda number: rsvp(tenant, slug, number), PEOPLE)
    assert Counter(one.status_code for one in answers) == {200: PEOPLE}
    found = await on_list(tenant, event_id)
    assert [one["position"] for one in found] == list(range(1, PEOPLE + 1))
    assert [one["state"] for one in found] == ["going"] * PLACES + ["waitlisted"] * PLACES
    assert len({one["guest_id"] for one in found}) == PEOPLE
    # Each is told what they have, and nothing else.
    assert Counter(one["kind"] for one in await letters(tenant)) == {
        "ticket": PEOPLE, "event_reminder": 2 * PLACES,
    }  # fmt: skip


async def test_nothing_tells_whether_an_address_is_known(tenant):
    event_id, slug = await make_public_event(tenant, capacity=1)
    pages = [await rsvp(tenant, slug, 1), await rsvp(tenant, slug, 1), await rsvp(tenant, slug, 2)]
    assert len({page.text for page in pages}) == 1
    assert await states(tenant, event_id) == ["going", "waitlisted"]
    assert len(await letters(tenant, "ticket")) == 2


async def test_who_gives_up_makes_room_for_whoever_waited_longest(tenant):
    event_id, slug = await make_public_event(tenant, capacity=1)
    for number in (1, 2, 3):
        await rsvp(tenant, slug, number)
    ticket = await ticket_of(tenant, 1)
    page = await press(tenant, ticket, "cancel")
    assert said(page) == "This was cancelled. Thank you for telling us."
    assert await states(tenant, event_id) == ["cancelled", "held", "waitlisted"]
    (free,) = await letters(tenant, "place_free")
    assert "kept until" in (await read(tenant, free)).paragraphs[0]
    assert {one["kind"] for one in await letters(tenant) if one["about"] == free["about"]} == {
        "place_free", "ticket",
    }  # fmt: skip
    kept = await link_in(tenant, free)
    assert said(await press(tenant, kept, "accept")) == "You have a place."
    # Pressed once more, nothing new happens; and the one who gave up stays out.
    assert said(await press(tenant, kept, "accept")) == "You have a place."
    assert await read(tenant, free) is None
    assert (await press(tenant, ticket, "confirm")).status_code == 409
    assert await states(tenant, event_id) == ["cancelled", "going", "waitlisted"]


async def test_a_kept_place_goes_to_the_next_when_nobody_takes_it(world, tenant):
    event_id, slug = await make_public_event(tenant, capacity=1)
    for number in (1, 2, 3):
        await rsvp(tenant, slug, number)
    await press(tenant, await ticket_of(tenant, 1), "cancel")
    kept = await ticket_of(tenant, 2)
    async with tenant.transaction() as db:
        await db.execute(
            "update attendance set held_until = now() - interval '1 s' where state = 'held'"
        )
    await look_after(world.pool, tenant.id)
    assert await states(tenant, event_id) == ["cancelled", "declined", "held"]
    # A late click takes nobody's place.
    assert (await press(tenant, kept, "accept")).status_code == 409
    held = next(one for one in await on_list(tenant, event_id) if one["state"] == "held")
    until = dt.datetime.fromisoformat(held["held_until"]) - now()
    assert dt.timedelta(hours=23) < until <= dt.timedelta(hours=24)


async def test_in_the_last_two_hours_nobody_is_kept_a_place_for(tenant):
    event_id, slug = await make_public_event(tenant, capacity=1, starts_in_h=1.5)
    for number in (1, 2):
        await rsvp(tenant, slug, number)
    await press(tenant, await ticket_of(tenant, 1), "cancel")
    assert await states(tenant, event_id) == ["cancelled", "waitlisted"]
    await rsvp(tenant, slug, 3)
    assert await states(tenant, event_id) == ["cancelled", "waitlisted", "waitlisted"]


async def test_parties_are_counted_by_heads(tenant):
    event_id, slug = await make_public_event(tenant, capacity=5)
    assert "room for 5 only" in (await rsvp(tenant, slug, 9, seats="6")).text
    for number, count in ((1, 4), (2, 3), (3, 1)):
        await rsvp(tenant, slug, number, seats=str(count))
    assert await states(tenant, event_id) == ["going", "waitlisted", "going"]
    await press(tenant, await ticket_of(tenant, 1), "cancel")
    assert await states(tenant, event_id) == ["cancelled", "held", "going"]
    public = (await (await tenant.volunteer()).get(f"/events/{event_id}/public")).json()
    assert (public["taken_count"], public["capacity"]) == (4, 5)


async def test_more_room_is_for_those_who_wait_and_less_than_is_taken_is_refused(tenant):
    event_id, slug = await make_public_event(tenant, capacity=1)
    for number in (1, 2, 3):
        await rsvp(tenant, slug, number)
    coordinator, path = await tenant.coordinator(), f"/events/{event_id}/public"
    was = (await coordinator.get(path)).json()
    body = {"starts_at": was["starts_at"], "ends_at": was["ends_at"], "capacity": 2}
    assert (await coordinator.put(path, json=body)).json()["taken_count"] == 2
    assert await states(tenant, event_id) == ["going", "held", "waitlisted"]
    answer = await coordinator.put(path, json=body | {"capacity": 1})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "capacity")


async def test_a_scan_twice_is_one_who_came(tenant):
    event_id, slug = await make_public_event(tenant, starts_in_h=1)
    await rsvp(tenant, slug, 1)
    token = (await ticket_of(tenant, 1)).rsplit("/", 1)[1]
    volunteer, path = await tenant.volunteer(), f"/events/{event_id}/attendances/check-in"
    first = await post(volunteer, path, token=token)
    again = await asyncio.gather(*(post(volunteer, path, token=token) for _ in range(5)))
    assert (first["state"], first["check_in_how"]) == ("attended", "qr")
    assert {one["checked_in_at"] for one in again} == {first["checked_in_at"]}
    earlier = (now() - dt.timedelta(minutes=7)).isoformat()
    offline = await post(volunteer, path, token=token, occurred_at=earlier)
    assert dt.datetime.fromisoformat(offline["checked_in_at"]) == dt.datetime.fromisoformat(earlier)
    assert await states(tenant, event_id) == ["attended"]
    assert await letters(tenant, "event_reminder") == []


async def test_forged_strange_and_foreign_tickets_open_nothing(tenant, stranger):
    event_id, slug = await make_public_event(tenant, starts_in_h=1)
    other_id, _ = await make_public_event(tenant, starts_in_h=1)
    their_id, _ = await make_public_event(stranger, starts_in_h=1)
    await rsvp(tenant, slug, 1)
    ticket = await ticket_of(tenant, 1)
    token = ticket.rsplit("/", 1)[1]
    (one,) = await on_list(tenant, event_id)
    late, soon = now() - dt.timedelta(seconds=1), now() + dt.timedelta(hours=1)
    bad = [
        token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        links.sign(
            tenant.world.keyring, Purpose.TICKET, tenant.id, UUID(one["id"]), expires_at=late
        ),
        links.sign(
            tenant.world.keyring, Purpose.FEEDBACK, tenant.id, UUID(one["id"]), expires_at=soon
        ),
        "x" * 60,
    ]
    volunteer = await tenant.volunteer()
    told = {
        (await post(volunteer, f"/events/{event_id}/attendances/check-in", 422, token=each))[
            "detail"
        ]
        for each in bad
    }
    theirs = await stranger.volunteer()
    path = f"/events/{their_id}/attendances/check-in"
    told.add((await post(theirs, path, 422, token=token))["detail"])
    assert told == {links.NOT_VALID}
    pages = [await visitor(tenant).get(f"/o/{tenant.slug}/tickets/{each}") for each in bad]
    pages.append(await visitor(tenant).get(ticket.replace(tenant.slug, stranger.slug)))
    assert {(page.status_code, page.text) for page in pages} == {(422, pages[0].text)}
    path = f"/events/{other_id}/attendances/check-in"
    assert "another event" in (await post(volunteer, path, 422, token=token))["detail"]
    assert await states(tenant, event_id) == ["going"]


async def test_looking_at_a_ticket_does_nothing_and_shows_a_code_and_a_calendar(tenant):
    event_id, slug = await make_public_event(tenant)
    await rsvp(tenant, slug, 1, name="Canaria Feathers")
    ticket = await ticket_of(tenant, 1)
    page = await visitor(tenant).get(ticket)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "<svg" in page.text
    assert "Canaria Feathers" in page.text
    assert await states(tenant, event_id) == ["going"]
    calendar = await visitor(tenant).get(f"{ticket}.ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert f"UID:{event_id}" in calendar.text
    assert said(await press(tenant, ticket, "confirm")).startswith("You have a place, and said")
    assert (await press(tenant, ticket, "explode")).status_code == 422
    async with tenant.transaction() as db:
        # Whoever has the link got the letter.
        assert await db.fetchval("select confirmed_at is not null from guest")


async def test_walk_ins_are_counted_with_and_without_a_name(tenant):
    event_id, slug = await make_public_event(tenant, starts_in_h=1)
    await rsvp(tenant, slug, 1)
    volunteer, path = await tenant.volunteer(), f"/events/{event_id}/attendances/walk-in"
    nobody = {"id": str(new_id()), "seats": 2}
    assert (await post(volunteer, path, **nobody))["name"] == ""
    assert (await post(volunteer, path, **nobody))["seats"] == 2
    contact = {"name": "Canaria", "email": "guest2@example.org", "purposes": ["news"]}
    named = await post(volunteer, path, id=str(new_id()), contact=contact)
    assert (named["name"], named["source"]) == ("Canaria", "walk_in")
    known = {"name": "Guest 1", "email": "GUEST1@example.org"}
    ticked = await post(volunteer, path, id=str(new_id()), contact=known)
    assert (ticked["source"], ticked["state"]) == ("web", "attended")
    assert await states(tenant, event_id) == ["attended"] * 3
    assert (
        "UUIDv7"
        in (await post(volunteer, path, 422, id="7f2c4a2e-0000-4000-8000-000000000000"))["detail"]
    )
    assert len(await letters(tenant, "feedback")) == 2


async def test_a_tick_at_the_desk_can_be_taken_back(tenant):
    event_id, slug = await make_public_event(tenant, starts_in_h=1)
    await rsvp(tenant, slug, 1)
    (one,) = await on_list(tenant, event_id)
    path = f"/events/{event_id}/attendances/{one['id']}/check-in"
    coordinator = await tenant.coordinator()
    assert (await post(coordinator, path))["check_in_how"] == "desk"
    assert (await coordinator.delete(path)).json()["state"] == "going"
    assert (await coordinator.delete(path)).status_code == 409
    assert await letters(tenant, "feedback") == []


async def test_one_cannot_come_to_what_is_far_away_in_time(tenant):
    event_id, slug = await make_public_event(tenant, starts_in_h=48)
    await rsvp(tenant, slug, 1)
    (one,) = await on_list(tenant, event_id)
    path = f"/events/{event_id}/attendances/{one['id']}/check-in"
    problem = await post(await tenant.coordinator(), path, 422)
    assert problem["errors"][0]["field"] == "occurred_at"


async def test_a_person_of_the_lists_is_put_on_the_list_or_invited_if_they_allow_it(tenant):
    event_id, _ = await make_public_event(tenant, capacity=1)
    street = await make_street(tenant, houses=3)
    path, coordinator = f"/events/{event_id}/attendances", await tenant.coordinator()
    first, second, third = (str(one) for one in street.person_ids)
    assert (await post(coordinator, path, person_id=first, seats=1))["state"] == "going"
    asked = await post(coordinator, path, person_id=second, invite=True)
    assert asked["state"] == "invited"
    # Without a consent nobody is invited by letter; who asked for a place is written to.
    assert [str(one["person_id"]) for one in await letters(tenant, "ticket")] == [first]
    assert (await post(coordinator, path, 422, person_id=third, name="X"))["errors"]
    assert (await post(coordinator, path, 422))["errors"][0]["field"] == "name"
    await post(coordinator, path, 404, person_id=str(new_id()))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": " "}, "Tell us your name"),
        ({"email": "nobody"}, "no e-mail address"),
        ({"seats": "7"}, "1 to 6"),
        ({"seats": "-1"}, "1 to 6"),
    ],
)
async def test_what_is_wrong_is_said_beside_what_was_typed(tenant, typed, words):
    event_id, slug = await make_public_event(tenant)
    page = await rsvp(tenant, slug, 1, **{"name": 'Ann "Lee" <b>', **typed})
    assert page.status_code == 422
    assert words in page.text
    if "name" not in typed:
        assert 'value="Ann &quot;Lee&quot; &lt;b&gt;"' in page.text
    assert await states(tenant, event_id) == []


async def test_programs_that_fill_in_everything_and_floods_get_nowhere(tenant):
    event_id, slug = await make_public_event(tenant)
    page = await rsvp(tenant, slug, 1, website="https://spam.example")
    assert page.status_code == 200
    assert await states(tenant, event_id) == []
    client = visitor(tenant, 77)
    path = page_of(tenant, slug, "/rsvp")
    answers = [await client.post(path, data={"website": "1"}) for _ in range(30)]
    assert {one.status_code for one in answers} == {200}
    # The longer it takes, the more tries there are again.
    while (last := await client.post(path, data={"website": "1"})).status_code == 200:
        answers.append(last)
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) > 0
    assert len(answers) < 60


async def test_after_it_began_or_was_cancelled_nobody_asks_for_a_place(tenant):
    event_id, slug = await make_public_event(tenant)
    await passed(tenant, event_id)
    assert (await rsvp(tenant, slug)).status_code == 409
    _, slug = await make_public_event(tenant, rsvp=False)
    assert (await rsvp(tenant, slug)).status_code == 409
    event_id, slug = await make_public_event(tenant)
    reason = {"reason": "Storm"}
    await (await tenant.coordinator()).post(f"/events/{event_id}/cancellation", json=reason)
    page = await rsvp(tenant, slug)
    assert page.status_code == 409
    assert "was cancelled" in page.text
    assert not re.search("<form", page.text)
