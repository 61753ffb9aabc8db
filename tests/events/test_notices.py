"""What people read, and the links in it."""

import datetime as dt
import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from shifts import begun, make_event, make_place, make_shift, now, post, run_out, shift, sign_up

from doorstep.events import wording
from doorstep.events.notices import KINDS, renderers
from doorstep.events.reminding import reminder_times
from doorstep.kit.ids import new_id
from doorstep.notify.model import Kind, Notification

HELSINKI = ZoneInfo("Europe/Helsinki")
ONE = [{"role": "knocker", "capacity": 1}]


def notification(tenant, kind, signup, locale="en"):
    facts = {"partner_id": signup["member_id"]} if kind is Kind.PARTNER_CHECKED_IN else {}
    return Notification(
        organization_id=tenant.id, id=new_id(), kind=kind, member_id=signup["member_id"],
        about=signup["id"], facts=facts, due_at=now(), expires_at=None, locale=locale,
        time_zone="UTC",
    )  # fmt: skip


async def rendered(world, tenant, kind, signup, locale="en"):
    render = renderers(world.keyring, "https://doorstep.example.org")[kind]
    async with tenant.transaction() as db:
        return await render(db, notification(tenant, kind, signup, locale))


def links(words):
    return {one.label: urlsplit(one.url)._replace(scheme="", netloc="").geturl() for one in
            words.links}  # fmt: skip


def test_every_language_says_everything():
    assert {str(kind) for kind in KINDS} == wording.ENGLISH.texts.keys()
    for language in (wording.ENGLISH, wording.GERMAN):
        assert language.texts.keys() == language.titles.keys() == wording.ENGLISH.texts.keys()
        assert language.states.keys() == wording.ENGLISH.states.keys()
        for kind, text in language.texts.items():
            assert set(re.findall(r"\{(\w+)\}", text)) == set(
                re.findall(r"\{(\w+)\}", wording.ENGLISH.texts[kind])
            )


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        # The clocks change on the 28th of March and the 31st of October.
        ("2027-03-30T10:00", {"4d": "03-26T08:00", "1d": "03-29T08:00", "2h": "03-30T05:00"}),
        ("2027-03-28T10:00", {"4d": "03-24T08:00", "1d": "03-27T09:00", "2h": "03-28T05:00"}),
        ("2027-11-01T10:00", {"4d": "10-28T07:00", "1d": "10-31T09:00", "2h": "11-01T06:00"}),
        ("2027-03-28T04:30", {"4d": "03-24T02:30", "1d": "03-27T09:00", "2h": "03-27T23:30"}),
    ],
)
def test_reminders_keep_to_the_clock_on_the_wall(starts, expected):
    at = dt.datetime.fromisoformat(starts).replace(tzinfo=HELSINKI).astimezone(dt.UTC)
    times = reminder_times(at, HELSINKI)
    assert {step: f"{due:%m-%dT%H:%M}" for step, due in times.items()} == expected


async def test_a_reminder_names_person_shift_place_and_buddy(world, tenant):
    place_id = await make_place(
        tenant, "Town hall", address="Canary Lane 1", staging_note="Ring at the side door.",
        staging_point={"lon": 24.95, "lat": 60.18},
    )  # fmt: skip
    starts = dt.datetime.combine(now().date() + dt.timedelta(days=20), dt.time(10), HELSINKI)
    times = {
        "starts_at": starts.isoformat(),
        "ends_at": (starts + dt.timedelta(hours=3)).isoformat(),
    }
    event = await make_event(
        tenant, place_id=place_id, shifts=[times | {"roles": [{"role": "knocker", "capacity": 9}]}]
    )
    shift_id = event["shifts"][0]["id"]
    one_id, one = await tenant.member(name="Aino")
    other_id, other = await tenant.member(name="Bo")
    signup = await sign_up(one, shift_id)
    await sign_up(other, shift_id)
    await one.put(f"/me/volunteer/buddies/{other_id}")
    alone = await rendered(world, tenant, Kind.SHIFT_REMINDER, signup)
    assert "Bo" not in alone.text
    await other.put(f"/me/volunteer/buddies/{one_id}")
    words = await rendered(world, tenant, Kind.SHIFT_REMINDER, signup)
    assert words.title == "Coming up: Saturday canvass"
    day = wording.ENGLISH.day(starts)
    assert words.text == (
        f"Hello Aino, see you as knocker. {day}, 10:00–13:00, Town hall, Canary Lane 1. "  # noqa: RUF001
        "Also coming: Bo. Ring at the side door."
    )
    assert list(links(words)) == ["Map", "I am coming", "I cannot come"]
    assert "mlat=60.18000&mlon=24.95000" in words.links[0].url
    german = await rendered(world, tenant, Kind.SHIFT_REMINDER, signup, "de-AT")
    assert german.text.startswith("Hallo Aino, wir sehen uns")
    other_words = await rendered(world, tenant, Kind.SHIFT_REMINDER, signup, "fi")
    assert other_words.title == words.title


async def test_the_confirm_link_asks_first_and_needs_no_sign_in(world, tenant):
    shift_id = await make_shift(tenant)
    volunteer = await tenant.volunteer()
    signup = await sign_up(volunteer, shift_id)
    words = await rendered(world, tenant, Kind.SHIFT_BOOKED, signup)
    link, anonymous = links(words)["I am coming"], world.anonymous()
    for _ in range(2):
        page = await anonymous.get(link)
        assert page.headers["content-type"].startswith("text/html")
        assert '<form method="post"><button>I am coming</button></form>' in page.text
        assert "<script" not in page.text
        assert "no-store" in page.headers["cache-control"]
    assert (await volunteer.get(f"/signups/{signup['id']}")).json()["state"] == "booked"
    for _ in range(2):
        done = await anonymous.post(link)
        assert "see you there" in done.text
    assert (await volunteer.get(f"/signups/{signup['id']}")).json()["state"] == "confirmed"


async def test_the_cancel_link_frees_the_place_and_the_accept_link_takes_it(world, tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    _, one = await tenant.member()
    _, other = await tenant.member()
    first, second = await sign_up(one, shift_id), await sign_up(other, shift_id)
    anonymous = world.anonymous()
    cancel = links(await rendered(world, tenant, Kind.SHIFT_BOOKED, first))["I cannot come"]
    assert "Cancelled." in (await anonymous.post(cancel)).text
    hold = await rendered(world, tenant, Kind.WAITLIST_HOLD, second)
    assert "is kept for you until" in hold.text
    accept = links(hold)["Take the place"]
    assert "You have the place" in (await anonymous.post(accept)).text
    assert (await other.get(f"/signups/{second['id']}")).json()["state"] == "booked"


async def test_a_link_for_a_hold_that_ran_out_says_so(world, tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    _, one = await tenant.member()
    _, other = await tenant.member()
    first, second = await sign_up(one, shift_id), await sign_up(other, shift_id)
    await post(one, f"/signups/{first['id']}/cancellation")
    accept = links(await rendered(world, tenant, Kind.WAITLIST_HOLD, second))["Take the place"]
    await run_out(tenant, second["id"])
    late = await world.anonymous().post(accept)
    assert (late.status_code, "next one" in late.text) == (409, True)


async def test_links_that_are_forged_swapped_or_too_old_say_the_same(world, tenant):
    shift_id = await make_shift(tenant)
    signup = await sign_up(await tenant.volunteer(), shift_id)
    confirm = links(await rendered(world, tenant, Kind.SHIFT_BOOKED, signup))["I am coming"]
    old_id = await make_shift(tenant, starts_in_h=400)
    old = await sign_up(await tenant.volunteer(), old_id)
    await begun(tenant, old_id, minutes=600)
    too_old = links(await rendered(world, tenant, Kind.SHIFT_BOOKED, old))["I am coming"]
    told = set()
    for odd in (
        confirm.replace("/confirm/", "/cancel/"),
        confirm.replace("/confirm/", "/check-in-signup/"),
        confirm.replace("/confirm/", "/nonsense/"),
        confirm[:-2],
        too_old,
    ):
        for verb in ("GET", "POST"):
            answer = await world.anonymous().request(verb, odd)
            told.add((answer.status_code, answer.text))
    assert len(told) == 1
    assert next(iter(told))[0] == 422


async def test_a_cancelled_shift_is_told_with_its_reason_and_no_links(world, tenant):
    event = await make_event(tenant, shifts=[shift()])
    signup = await sign_up(await tenant.volunteer(), event["shifts"][0]["id"])
    path = f"/shifts/{event['shifts'][0]['id']}/cancellation"
    await post(await tenant.coordinator(), path, reason="A storm is coming.")
    words = await rendered(world, tenant, Kind.SHIFT_CANCELLED, signup)
    assert words.text.endswith("does not take place. A storm is coming.")
    assert words.links == ()
