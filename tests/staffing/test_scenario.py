"""A coordinator's weeks, from the first shift to the last answer, through the API."""

import asyncio
import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from follow_up.following import consent, deliver, make_topic, notices, postbox, raised, resolve
from follow_up.following import tell as tell_raisers
from shifts import begun, make_event, make_place, now, post, run_out, sign_up, spell, told
from staffed import LAT, LON, accepted, make_turfs, past, proposed

from doorstep.events.service import look_after
from doorstep.kit.auth import Role

__all__ = ["postbox"]
HELSINKI = ZoneInfo("Europe/Helsinki")
TEAM = {"captain": 1, "driver": 2, "knocker": 17}
ROLES = [{"role": role, "capacity": capacity} for role, capacity in TEAM.items()]
AT_A_TIME = 40
"""Requests under way in one process; tests/events/test_crowd.py has all 200 at once."""


def wished(number):
    """What the people want to be: some captain or driver, most knocker."""
    return "captain" if number % 20 == 0 else "driver" if number % 20 in {1, 2} else "knocker"


async def crowd(tenant, count):
    """Members with a telephone: [(member id, client)]."""
    people = [await tenant.member() for _ in range(count)]
    async with tenant.transaction() as db:
        await db.execute(
            "update member set phone = '+15550199' || lpad((random() * 999)::int::text, 3, '0')"
            " where organization_id = $1",
            tenant.id,
        )
    return people


async def all_at_once(people, deed):
    """What a deed of everybody came to, in order of the people."""
    door = asyncio.Semaphore(AT_A_TIME)

    async def one(number, client):
        async with door:
            return await deed(number, client)

    return await asyncio.gather(*(one(at, client) for at, (_, client) in enumerate(people)))


async def weekends(tenant):
    """Four weekends, two shifts a day, three sites: (event id, its shifts in order)."""
    places = [
        await make_place(tenant, name, point={"lon": LON, "lat": LAT})
        for name in ("North", "East", "South")
    ]
    saturday = (now() + dt.timedelta(days=10)).astimezone(HELSINKI).date()
    shifts = []
    for hour in (10, 14):
        starts_at = dt.datetime.combine(saturday, dt.time(hour), HELSINKI)
        ends_at = starts_at + dt.timedelta(hours=3)
        shifts.append({"starts_at": spell(starts_at), "ends_at": spell(ends_at), "roles": ROLES})
    made = await make_event(tenant, place_id=places[0], shifts=shifts)
    event_id = made["event"]["id"]
    coordinator = await tenant.coordinator()
    body = {"days_later": [0, 7, 14, 21], "place_ids": places}
    body["shift_ids"] = [one["id"] for one in made["shifts"]]
    await post(coordinator, f"/events/{event_id}/copies", **body)
    return event_id, (await coordinator.get(f"/events/{event_id}")).json()["shifts"]


async def states(tenant, shift_id):
    found = (await (await tenant.coordinator()).get(f"/shifts/{shift_id}/signups")).json()
    return Counter(one["state"] for one in found), found


async def test_a_coordinators_weeks_from_the_first_shift_to_the_last_answer(  # noqa: C901, PLR0912, PLR0915 -- one story
    world, tenant, settings, postbox
):
    coordinator = await tenant.coordinator()

    # 1. Four weekends of two shifts at three sites, twenty places each.
    event_id, shifts = await weekends(tenant)
    assert len(shifts) == 4 * 2 * 3
    assert {sum(role["capacity"] for role in one["roles"]) for one in shifts} == {20}
    starts = [dt.datetime.fromisoformat(one["starts_at"]).astimezone(HELSINKI) for one in shifts]
    assert {start.hour for start in starts} == {10, 14}
    shift_id = shifts[0]["id"]

    # 2. Two hundred want to come: twenty are booked, the rest wait in order.
    people = await crowd(tenant, 200)

    async def join(number, client):
        return await client.post(f"/shifts/{shift_id}/signups", json={"role": wished(number)})

    answers = await all_at_once(people, join)
    assert Counter(one.status_code for one in answers) == {201: 200}
    counted, signups = await states(tenant, shift_id)
    assert counted == {"booked": 20, "waitlisted": 180}
    assert sorted(one["position"] for one in signups) == list(range(1, 201))
    client_of = {str(member_id): client for member_id, client in people}

    # 3. Who is booked cannot be elsewhere at the same time, unless there is a reason.
    booked = [one for one in signups if one["state"] == "booked"]
    elsewhere = next(
        one for one in shifts[1:] if one["starts_at"] == shifts[0]["starts_at"]
    )["id"]  # fmt: skip
    busy = booked[0]["member_id"]
    await post(client_of[busy], f"/shifts/{elsewhere}/signups", 409, role="knocker")
    why = {"override_reason": "Opens both sites"}
    both = await sign_up(coordinator, elsewhere, member_id=busy, role="knocker", **why)
    assert both["override_reason"] == "Opens both sites"
    await post(client_of[busy], f"/signups/{both['id']}/cancellation")

    # 4. Three reminders for each who is booked, each once, though the worker looks again.
    for _ in range(2):
        await look_after(world.pool, tenant.id)
    mine = [
        one["due_at"]
        for one in await told(tenant, "shift_reminder")
        if str(one["about"]) == booked[1]["id"]
    ]
    start = starts[0]
    day_before = dt.datetime.combine(start.date() - dt.timedelta(days=1), dt.time(11), HELSINKI)
    assert mine == [start - dt.timedelta(days=4), day_before, start - dt.timedelta(hours=2)]

    # 5. Five cancel: the next five are asked, with two hours each, and then the next.
    knockers = [one for one in booked if one["role"] == "knocker"]
    for one in knockers[:5]:
        await post(client_of[one["member_id"]], f"/signups/{one['id']}/cancellation")
    await look_after(world.pool, tenant.id)
    counted, signups = await states(tenant, shift_id)
    assert counted == {"booked": 15, "held": 5, "waitlisted": 175, "cancelled": 5}
    held = [one for one in signups if one["state"] == "held"]
    waiting = [one["position"] for one in signups if one["state"] == "waitlisted"]
    assert max(one["position"] for one in held) < min(
        one["position"]
        for one in signups
        if one["state"] == "waitlisted" and one["role"] == "knocker"
    )
    assert len(waiting) == 175
    for one in held:
        lasts = dt.datetime.fromisoformat(one["held_until"]) - now()
        assert dt.timedelta(minutes=115) < lasts <= dt.timedelta(hours=2)
    for one in held[1:]:
        await post(client_of[one["member_id"]], f"/signups/{one['id']}/acceptance")
    await run_out(tenant, held[0]["id"])
    await look_after(world.pool, tenant.id)
    _, signups = await states(tenant, shift_id)
    (late,) = [one for one in signups if one["state"] == "held"]
    assert late["id"] != held[0]["id"]
    await post(client_of[late["member_id"]], f"/signups/{late['id']}/acceptance")
    counted, signups = await states(tenant, shift_id)
    assert counted["booked"] == 20
    booked = [one for one in signups if one["state"] == "booked"]

    # 6. Of the organization's past, six of ten came: eight turfs are to be prepared.
    await past(tenant)
    forecast = (await coordinator.get(f"/shifts/{shift_id}/forecast")).json()
    assert forecast["line"] == (
        "20 booked, 12 expected (9 to 15): prepare 8 turfs: 6 pairs + 2 spare"
    )
    pass_id, turf_ids, streets = await make_turfs(tenant, 8)

    # 7. On the day eleven scan the code, three walk in, and nine are missing.
    await begun(tenant, shift_id, minutes=175)
    code = (await coordinator.get(f"/shifts/{shift_id}/check-in-code")).json()["token"]
    on_time = spell(now() - dt.timedelta(minutes=175))
    booked.sort(key=lambda one: one["role"])
    here, missing = booked[:11], booked[11:]
    for number, one in enumerate(here):
        client = client_of[one["member_id"]]
        if number < 7:
            car = {"transport": "car", "seats_count": 4} if one["role"] == "driver" else {}
            answer = await client.put("/me/volunteer", json={"skills": ["trainer"]} | car)
            assert answer.is_success, answer.text
        for _ in range(2):
            await post(client, "/check-ins", token=code, occurred_at=on_time)
    for number in range(3):
        begun_at = now()
        await post(
            coordinator,
            f"/shifts/{shift_id}/walk-ins",
            name=f"Walker {number}",
            phone=f"+1555010016{number}",
            role="knocker",
        )
        assert now() - begun_at < dt.timedelta(seconds=30)
    board = (await coordinator.get(f"/shifts/{shift_id}/board")).json()
    assert (board["booked_count"], board["here_count"], board["missing_count"]) == (23, 14, 9)
    to_call = [one for one in board["people"] if one["presence"] == "missing"]
    assert {one["member_id"] for one in to_call} == {one["member_id"] for one in missing}
    assert all(one["phone"].startswith("+1555") for one in to_call)

    # 8. Seven pairs, each new one with somebody who knows the work, within three kilometres.
    found = await proposed(tenant, shift_id, pass_id, within_km=3, minutes=120)
    assert found["proposal"]["found"]["gap"] < 0.01
    assert len(found["crews"]) == 7
    for crew in found["crews"]:
        assert (len(crew["facts"]["guides"]), len(crew["facts"]["newcomers"])) == (1, 1)
        assert crew["facts"]["way_km"] <= 3
    crews = await accepted(tenant, found)
    board = (await coordinator.get(f"/shifts/{shift_id}/board")).json()
    assert Counter(one["presence"] for one in board["people"]) == {"missing": 9, "out": 14}
    assert [one["where"] for one in board["crews"]] == ["out"] * 7

    # At the doors: each pair is asked for something twice.
    topic = await make_topic(tenant)
    organizer = await tenant.organizer()
    cases = []
    for crew in found["crews"]:
        street = streets[turf_ids.index(crew["turf_id"])]
        client = client_of[crew["facts"]["guides"][0]]
        for door_id, person_id in list(zip(street.door_ids, street.person_ids, strict=True))[:2]:
            cases.append(await raised(client, topic, door_id, person_id, f"Lamp of {door_id}"))
            await consent(organizer, person_id)
    for crew in crews:
        assert (await coordinator.post(f"/crews/{crew['id']}/returning")).status_code == 200

    # 9. Five book again; the shift is closed: 45 % did not come.
    later = next(one for one in shifts if one["starts_at"] > shifts[0]["starts_at"])
    later = next(one for one in shifts if one["starts_at"][:10] > later["starts_at"][:10])["id"]
    for one in here[:5]:
        await sign_up(client_of[one["member_id"]], later, role="knocker")
    closed = await post(coordinator, f"/shifts/{shift_id}/closing")
    assert (closed["attended_count"], closed["no_show_count"]) == (14, 9)
    report = (await coordinator.get(f"/shifts/{shift_id}/close-out")).json()
    assert (report["booked_count"], report["no_shows_count"]) == (20, 9)
    assert report["no_show_rate"] == pytest.approx(0.45)
    assert (report["attended_count"], report["walk_ins_count"]) == (14, 3)
    assert report["rebook_rate"] == pytest.approx(5 / 14, abs=1e-4)
    assert (report["crews_count"], report["first_timers_count"]) == (7, 14)
    # Eleven were there for 175 minutes.
    assert report["hours"] == pytest.approx(11 * 175 / 60, abs=1.0)
    assert report["impact"].startswith("14 of us gave 3")
    whole = (await coordinator.get(f"/events/{event_id}/close-out")).json()
    # The event's past shifts count as well.
    assert whole["no_shows_count"] == 9 + 12 * 8

    # Fourteen requests have an owner and a day; all are answered, and every answer is sent.
    assert len(set(cases)) == 14
    owner = str(tenant.member_ids[Role.CASEWORKER])
    for case_id in cases:
        case = (await organizer.get(f"/cases/{case_id}")).json()
        assert case["owner_id"] == owner
        assert case["due_on"] is not None
        await resolve(organizer, case_id)
    await tell_raisers(tenant)
    await deliver(tenant, settings)
    sent = await notices(tenant)
    assert Counter(one["state"] for one in sent) == {"sent": 14}
    assert len(postbox.letters) == 14
    # Whoever got a letter says so, and the figure of those told is whole.
    for number in range(14):
        (token,) = set(postbox.tokens(number))
        form = {"verdict": "solved", "text": ""}
        answer = await world.anonymous().post(f"/raised/{token}", data=form)
        assert answer.status_code == 200, answer.text
    figures = (await coordinator.get("/follow-up/figures")).json()
    (told_share,) = [one for one in figures if one["figure"] == "raisers_told"]
    assert (told_share["counted_count"], told_share["rows_count"]) == (14, 14)
