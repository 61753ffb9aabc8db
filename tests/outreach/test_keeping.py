"""What changes and time do: letters, once each, and what is over."""

import datetime as dt

from outreach.coming import (
    book,
    letters,
    make_event,
    make_office_hours,
    make_place,
    make_public_event,
    now,
    on_list,
    passed,
    post,
    press,
    read,
    rsvp,
    states,
    ticket_of,
    visitor,
)

from doorstep.outreach.service import look_after


async def put_time(tenant, event_id, **shift):
    coordinator, path = await tenant.coordinator(), f"/events/{event_id}/public"
    was = (await coordinator.get(path)).json()
    by = dt.timedelta(**shift)
    body = {
        name: (dt.datetime.fromisoformat(was[name]) + by).isoformat()
        for name in ("starts_at", "ends_at")
    }
    answer = await coordinator.put(path, json=body | {"capacity": was["capacity"]})
    assert answer.is_success, answer.text
    return answer.json()


async def calendar(tenant, slug):
    text = (await visitor(tenant).get(f"/o/{tenant.slug}/events/{slug}.ics")).text
    lines = dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)
    return lines["UID"], int(lines["SEQUENCE"]), lines["STATUS"]


async def test_a_move_and_a_cancellation_keep_the_uid_raise_the_sequence_and_are_told_once(
    world, tenant
):
    event_id, slug = await make_public_event(tenant, capacity=1)
    for number in (1, 2):
        await rsvp(tenant, slug, number)
    before = await letters(tenant, "event_reminder")
    assert await calendar(tenant, slug) == (event_id, 0, "CONFIRMED")
    assert (await put_time(tenant, event_id, days=1))["sequence"] == 1
    assert await calendar(tenant, slug) == (event_id, 1, "CONFIRMED")
    place_id = await make_place(tenant, "Library hall")
    await (await tenant.coordinator()).patch(f"/events/{event_id}", json={"place_id": place_id})
    for _ in range(2):
        await look_after(world.pool, tenant.id)
    # Both changes are in one letter to each.
    changed = await letters(tenant, "event_changed")
    assert len(changed) == 2
    assert "Library hall" in "\n".join((await read(tenant, changed[0])).paragraphs)
    after = await letters(tenant, "event_reminder")
    assert [b["due_at"] - a["due_at"] for a, b in zip(before, after, strict=True)] == [
        dt.timedelta(days=1)
    ] * 2
    reason = {"reason": "Storm <b>warning</b>"}
    await (await tenant.coordinator()).post(f"/events/{event_id}/cancellation", json=reason)
    assert await calendar(tenant, slug) == (event_id, 3, "CANCELLED")
    for _ in range(2):
        await look_after(world.pool, tenant.id)
    told = await letters(tenant)
    assert [one["kind"] for one in told] == ["event_cancelled"] * 2
    assert "Storm <b>warning</b>" in (await read(tenant, told[0])).paragraphs[0]
    assert await states(tenant, event_id) == ["cancelled", "cancelled"]
    page = await visitor(tenant).get(f"/o/{tenant.slug}/events/{slug}")
    assert "Storm &lt;b&gt;warning&lt;/b&gt;" in page.text


async def test_reminders_are_for_the_day_before_and_two_hours_before_and_none_after_cancelling(
    tenant,
):
    event_id, slug = await make_public_event(tenant)
    starts_at = dt.datetime.fromisoformat(
        (await (await tenant.coordinator()).get(f"/events/{event_id}/public")).json()["starts_at"]
    )
    await rsvp(tenant, slug, 1)
    day, hours = await letters(tenant, "event_reminder")
    assert hours["due_at"] == starts_at - dt.timedelta(hours=2)
    assert hours["expires_at"] == starts_at
    assert day["due_at"].date() == (starts_at - dt.timedelta(days=1)).date()
    assert "See you" in (await read(tenant, hours)).paragraphs[0]
    await press(tenant, await ticket_of(tenant, 1), "cancel")
    assert await letters(tenant, "event_reminder") == []
    # Though it were on its way already: it is not true any more.
    assert await read(tenant, hours) is None
    _, soon = await make_public_event(tenant, starts_in_h=3)
    await rsvp(tenant, soon, 2)
    assert [one["facts"]["step"] for one in await letters(tenant, "event_reminder")] == ["2h"]


async def test_a_reminder_of_an_appointment_is_for_its_own_time(tenant):
    _, slug, slots = await make_office_hours(tenant)
    await book(tenant, slug, slots[2], 1)
    (booked,) = await letters(tenant, "slot_booked")
    text = await read(tenant, booked)
    assert "Councillor" in text.paragraphs[0]
    (calendar_file,) = text.attachments
    assert f"UID:{booked['about']}".encode() in calendar_file.content
    (hours,) = [one for one in await letters(tenant) if one["facts"].get("step") == "2h"]
    assert hours["expires_at"] - hours["due_at"] == dt.timedelta(hours=2)
    async with tenant.transaction() as db:
        starts_at = await db.fetchval(
            "select starts_at from office_slot order by starts_at desc limit 1"
        )
    assert hours["expires_at"] == starts_at


async def test_what_is_over_is_closed_and_who_did_not_come_is_missed_only_if_somebody_came(
    world, tenant
):
    quiet_id, quiet = await make_public_event(tenant)
    event_id, slug = await make_public_event(tenant, capacity=2)
    await rsvp(tenant, quiet, 9)
    for number in (1, 2, 3):
        await rsvp(tenant, slug, number)
    for one in (quiet_id, event_id):
        await passed(tenant, one, hours=1)
    (first, *_) = await on_list(tenant, event_id)
    coordinator = await tenant.coordinator()
    await post(coordinator, f"/events/{event_id}/attendances/{first['id']}/check-in")
    await look_after(world.pool, tenant.id)
    assert await states(tenant, event_id) == ["attended", "going", "waitlisted"]
    for one in (quiet_id, event_id):
        await passed(tenant, one, hours=15)
    for _ in range(2):
        await look_after(world.pool, tenant.id)
    assert await states(tenant, event_id) == ["attended", "no_show", "declined"]
    assert await states(tenant, quiet_id) == ["going"]
    for one in (quiet_id, event_id):
        assert (await coordinator.get(f"/events/{one}")).json()["event"]["status"] == "held"


async def test_an_event_with_open_shifts_of_volunteers_is_not_held_yet(world, tenant):
    event = await make_event(tenant, public=True)
    assert event["shifts"] == []
    event_id, _ = await make_public_event(tenant, shifts=[volunteer_shift()])
    await passed(tenant, event_id, hours=15)
    await look_after(world.pool, tenant.id)
    answer = await (await tenant.coordinator()).get(f"/events/{event_id}")
    assert answer.json()["event"]["status"] == "published"


def volunteer_shift():
    starts_at = now() + dt.timedelta(days=1)
    return {
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + dt.timedelta(hours=1)).isoformat(),
        "roles": [{"role": "steward", "capacity": 2}],
    }
