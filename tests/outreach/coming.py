"""Events for the public, and people who come to them, for tests."""

import asyncio
import datetime as dt
import re
from ipaddress import IPv4Address
from urllib.parse import urlsplit

import httpx
from shifts import make_event, make_place, now, post

from doorstep.letters.model import Letter, LetterKind, Recipient
from doorstep.outreach.notices import renderers

PUBLIC_URL = "https://doorstep.example"
FIRST_ADDRESS = IPv4Address("11.0.0.0")


async def make_public_event(
    tenant, *, starts_in_h=240, lasts_h=2, rsvp=True, capacity=None, **more
):
    """A published event that anybody can come to: (id, slug)."""
    agenda = more.pop("agenda", "")
    made = await make_event(
        tenant, **{"kind": "town_hall", "title": "Town hall", "public": True} | more
    )
    event_id, slug = made["event"]["id"], made["event"]["slug"]
    starts_at = (now() + dt.timedelta(hours=starts_in_h)).replace(microsecond=0)
    body = {
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + dt.timedelta(hours=lasts_h)).isoformat(),
        "rsvp": rsvp,
        "capacity": capacity,
        "agenda": agenda,
    }
    answer = await (await tenant.coordinator()).put(f"/events/{event_id}/public", json=body)
    assert answer.is_success, answer.text
    return event_id, slug


async def make_office_hours(tenant, slots=3, **more):
    """A published event with slots of 20 minutes: (id, slug, ids of the slots)."""
    event_id, slug = await make_public_event(
        tenant, kind="office_hours", title="Office hours", rsvp=False, lasts_h=10, **more
    )
    coordinator = await tenant.coordinator()
    about = (await coordinator.get(f"/events/{event_id}/public")).json()
    starts_at = dt.datetime.fromisoformat(about["starts_at"])
    made = await post(
        coordinator, f"/events/{event_id}/slots",
        starts_at=starts_at.isoformat(),
        ends_at=(starts_at + dt.timedelta(minutes=20 * slots)).isoformat(),
        minutes=20, with_whom="Councillor",
    )  # fmt: skip
    return event_id, slug, [one["id"] for one in made]


def visitor(tenant, number=1):
    """Somebody's browser, at an address of its own: no two organizations share any."""
    address = FIRST_ADDRESS + tenant.id.int % 2**14 * 2**10 + number
    client = (str(address), 50000)
    transport = httpx.ASGITransport(tenant.world.app, raise_app_exceptions=False, client=client)
    return httpx.AsyncClient(transport=transport, base_url="http://doorstep.test")


def page_of(tenant, slug, rest=""):
    return f"/o/{tenant.slug}/events/{slug}{rest}"


async def rsvp(tenant, slug, number=1, **typed):
    """The answer to a form that was sent."""
    form = {"name": f"Guest {number}", "email": f"guest{number}@example.org"} | typed
    return await visitor(tenant, number).post(page_of(tenant, slug, "/rsvp"), data=form)


async def book(tenant, slug, slot_id, number=1, **typed):
    form = {"name": f"Guest {number}", "email": f"guest{number}@example.org"} | typed
    path = page_of(tenant, slug, f"/slots/{slot_id}/booking")
    return await visitor(tenant, number).post(path, data=form)


async def all_at_once(send, count):
    """The answers to that many forms, sent at the same time.

    A machine that has too much else to do asks to try again, before anything is taken in; so does
    whoever sent the form.
    """
    answers = list(await asyncio.gather(*(send(number) for number in range(count))))
    while late := [n for n, answer in enumerate(answers) if answer.status_code == 503]:
        for number in late:
            answers[number] = await send(number)
    return answers


async def on_list(tenant, event_id):
    """Who comes, in the order in which they asked."""
    path = f"/events/{event_id}/attendances"
    answer = await (await tenant.coordinator()).get(path, params={"limit": 500})
    assert answer.is_success, answer.text
    return answer.json()


async def states(tenant, event_id):
    return [one["state"] for one in await on_list(tenant, event_id)]


async def letters(tenant, kind=None, state="queued"):
    """Letters about events that wait: rows, the one that is due first comes first."""
    async with tenant.transaction() as db:
        return await db.fetch(
            """
            select id, kind, about, guest_id, person_id, purpose, key, facts, due_at, expires_at
              from letter
             where organization_id = $1 and state = $3 and ($2::text is null or kind = $2)
               and kind <> 'confirm_email'
             order by due_at, id
            """,
            tenant.id,
            kind,
            state,
        )


async def read(tenant, row):
    """A letter's words as they would be sent now, or None."""
    render = renderers(tenant.world.keyring, PUBLIC_URL)[LetterKind(row["kind"])]
    letter = Letter(
        organization_id=tenant.id,
        id=row["id"],
        kind=LetterKind(row["kind"]),
        about=row["about"],
        recipient=Recipient(guest_id=row["guest_id"], person_id=row["person_id"]),
        language=None,
        facts=row["facts"],
    )
    async with tenant.transaction() as db:
        return await render(db, letter)


async def link_in(tenant, row):
    """The path of the first link in a letter."""
    text = await read(tenant, row)
    return urlsplit(text.links[0].url).path


async def ticket_of(tenant, number=1):
    """The path of the newest ticket of a guest."""
    async with tenant.transaction() as db:
        row = await db.fetchrow(
            """
            select l.id, l.kind, l.about, l.guest_id, l.person_id, l.facts
              from letter l
              join guest g on g.organization_id = l.organization_id and g.id = l.guest_id
             where l.organization_id = $1 and l.kind in ('ticket', 'slot_booked', 'place_free')
               and g.email = $2
             order by l.id desc
             limit 1
            """,
            tenant.id,
            f"guest{number}@example.org",
        )
    return await link_in(tenant, row)


async def press(tenant, path, deed):
    """The page after a button of a ticket was pressed."""
    return await visitor(tenant).post(path, data={"do": deed})


def said(page):
    """What the page says of how the ticket stands."""
    return re.search(r'<p role="status"><b>(.*?)</b>', page.text)[1]


async def passed(tenant, event_id, hours=1, lasts_h=2):
    """Let an event have begun that many hours ago."""
    async with tenant.transaction() as db:
        await db.execute(
            """
            update public_event
               set starts_at = now() - make_interval(hours => $3),
                   ends_at = now() - make_interval(hours => $3) + make_interval(hours => $4)
             where organization_id = $1 and event_id = $2
            """,
            tenant.id,
            event_id,
            hours,
            lasts_h,
        )


__all__ = [
    "all_at_once", "book", "letters", "link_in", "make_event", "make_office_hours", "make_place",
    "make_public_event", "now", "on_list", "page_of", "passed", "post", "press", "read", "rsvp",
    "said", "states", "ticket_of", "visitor",
]  # fmt: skip
