"""Calendars as four libraries read them that know nothing of each other."""

import asyncio
import datetime as dt
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from calendars_in_node import starts_in_node
from shifts import make_event, make_shift, now, post, shift, sign_up

from doorstep.events.calendar_queries import CalendarEntry
from doorstep.events.calendars import calendar
from doorstep.kit.ids import new_id

ZONES = ("Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")


def entry(starts_at, zone, **more):
    made = {
        "id": new_id(), "title": "Canvass; with, commas \\ and ünïcode\nlines", "summary": "",
        "starts_at": starts_at, "ends_at": starts_at + dt.timedelta(hours=3), "time_zone": zone,
        "place_name": "Library", "address": "Canary Lane 1", "lon": 24.94, "lat": 60.17,
        "cancelled": False, "tentative": False, "sequence": 0, "changed_at": starts_at,
    }  # fmt: skip
    return CalendarEntry(**made | more)


@pytest.fixture(scope="module")
def entries():
    """Noon of every day of a year in five zones, and each hour around the clock changes."""
    made = []
    for zone in ZONES:
        for day in range(0, 365, 3):
            noon = dt.datetime(2027, 1, 1, 12, tzinfo=ZoneInfo(zone)) + dt.timedelta(days=day)
            made.append(entry(noon.astimezone(dt.UTC), zone))
    for zone, month, day in (
        ("Europe/Helsinki", 3, 28), ("Europe/Helsinki", 10, 31),
        ("America/New_York", 3, 14), ("America/New_York", 11, 7),
    ):  # fmt: skip
        first = dt.datetime(2027, month, day, tzinfo=dt.UTC) - dt.timedelta(hours=6)
        made += [entry(first + dt.timedelta(hours=n), zone) for n in range(24)]
    return made


def expected(entries):
    return {str(one.id): int(one.starts_at.timestamp()) for one in entries}


def test_icalendar_reads_the_same_starts(entries):
    read = icalendar.Calendar.from_ical(calendar("Shifts", entries))
    found = {str(one["uid"]): int(one["dtstart"].dt.timestamp()) for one in read.walk("VEVENT")}
    assert found == expected(entries)


def test_vobject_reads_the_same_starts(entries):
    read = vobject.readOne(calendar("Shifts", entries).decode())
    found = {one.uid.value: int(one.dtstart.value.timestamp()) for one in read.contents["vevent"]}
    assert found == expected(entries)


def test_ical_js_and_node_ical_read_the_same_starts(entries):
    found = starts_in_node(calendar("Shifts", entries))
    assert found == {"ical.js": expected(entries), "node-ical": expected(entries)}


def test_the_same_shifts_give_the_same_bytes_and_texts_come_back_whole(entries):
    body = calendar("Shifts", entries)
    assert body == calendar("Shifts", entries)
    read = icalendar.Calendar.from_ical(body)
    assert {str(one["summary"]) for one in read.walk("VEVENT")} == {entries[0].title}
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert icalendar.Calendar.from_ical(calendar("None", [])).walk("VEVENT") == []


async def fetch(world, url, **headers):
    path = url.partition("127.0.0.1:8000")[2]
    return await world.anonymous().get(path, headers=headers)


async def shown(world, url):
    body = (await fetch(world, url)).content
    return {
        str(one["uid"]): (str(one["status"]), int(one["sequence"]))
        for one in icalendar.Calendar.from_ical(body).walk("VEVENT")
    }


async def test_a_volunteers_calendar_follows_what_becomes_of_their_shifts(world, tenant):
    roles = [{"role": "knocker", "capacity": 1}]
    event = await make_event(tenant, shifts=[shift(roles=roles), shift(300), shift(400)])
    mine, other, third = (one["id"] for one in event["shifts"])
    _, first = await tenant.member()
    volunteer, coordinator = await tenant.volunteer(), await tenant.coordinator()
    taken = await sign_up(first, mine)
    signups = [await sign_up(volunteer, one) for one in (mine, other, third)]
    url = (await post(volunteer, "/me/calendar-feed"))["url"]
    seen = await shown(world, url)
    assert {uid: status for uid, (status, _) in seen.items()} == {
        mine: "TENTATIVE", other: "CONFIRMED", third: "CONFIRMED",
    }  # fmt: skip
    await post(first, f"/signups/{taken['id']}/cancellation")
    await post(volunteer, f"/signups/{signups[0]['id']}/acceptance")
    await post(volunteer, f"/signups/{signups[1]['id']}/cancellation")
    await post(coordinator, f"/shifts/{third}/cancellation", reason="Storm")
    then = await shown(world, url)
    assert {uid: status for uid, (status, _) in then.items()} == {
        mine: "CONFIRMED", other: "CANCELLED", third: "CANCELLED",
    }  # fmt: skip
    assert all(then[uid][1] > seen[uid][1] for uid in seen)
    await sign_up(volunteer, other)
    again = await shown(world, url)
    assert again[other][0] == "CONFIRMED"
    assert again[other][1] > then[other][1]


async def test_an_events_calendar_keeps_what_was_moved_and_cancelled(world, tenant):
    coordinator = await tenant.coordinator()
    event = await make_event(tenant, shifts=[shift(), shift(300)])
    moved, cancelled = (one["id"] for one in event["shifts"])
    path = f"/events/{event['event']['id']}/calendar-feed"
    url = (await post(coordinator, path))["url"]
    later = (now() + dt.timedelta(days=20)).replace(microsecond=0)
    times = {
        "starts_at": later.isoformat(),
        "ends_at": (later + dt.timedelta(hours=1)).isoformat(),
    }
    assert (await coordinator.patch(f"/shifts/{moved}", json=times)).is_success
    await post(coordinator, f"/shifts/{cancelled}/cancellation", reason="Storm")
    assert await shown(world, url) == {moved: ("CONFIRMED", 1), cancelled: ("CANCELLED", 1)}
    assert (await coordinator.delete(path)).status_code == 204
    assert (await fetch(world, url)).status_code == 404


async def test_a_calendar_that_did_not_change_is_not_sent_again(world, tenant):
    volunteer = await tenant.volunteer()
    signup = await sign_up(volunteer, await make_shift(tenant))
    url = (await post(volunteer, "/me/calendar-feed"))["url"]
    first = await fetch(world, url)
    assert first.headers["content-type"].startswith("text/calendar")
    tag = {"if-none-match": first.headers["etag"]}
    await asyncio.sleep(0.01)
    again = await fetch(world, url, **tag)
    assert (again.status_code, again.content) == (304, b"")
    await post(volunteer, f"/signups/{signup['id']}/confirmation")
    assert (await fetch(world, url, **tag)).status_code == 200


async def test_a_new_address_ends_the_one_before_and_so_does_leaving(world, tenant, stranger):
    member_id, volunteer = await tenant.member()
    old = (await post(volunteer, "/me/calendar-feed"))["url"]
    new = (await post(volunteer, "/me/calendar-feed"))["url"]
    assert (await fetch(world, old)).status_code == 404
    assert (await fetch(world, new)).status_code == 200
    theirs = (await post(await stranger.volunteer(), "/me/calendar-feed"))["url"]
    # The secret of one organization is none in another.
    mixed = theirs.split(".")[0] + "." + new.split(".", 4)[-1]
    for odd in (mixed, new.replace("/shifts", "x/shifts"), "127.0.0.1:8000/calendars/é/shifts.ics"):
        assert (await fetch(world, odd)).status_code == 404
    assert (await (await tenant.organizer()).delete(f"/members/{member_id}")).is_success
    assert (await fetch(world, new)).status_code == 404
