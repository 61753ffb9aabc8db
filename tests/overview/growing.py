"""Volunteers with a past, written straight into the database: shifts they came to or missed."""

import datetime as dt

from shifts import make_place

from doorstep.kit.auth import Role
from doorstep.kit.ids import new_id


def now():
    return dt.datetime.now(dt.UTC)


async def make_past_event(tenant, kind="canvass", topic=""):
    """An event that shifts of the past belong to."""
    place_id = await make_place(tenant, f"Place {new_id()}")
    event_id = new_id()
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into civic_event
              (organization_id, id, kind, title, topic, place_id, time_zone, slug, status,
               created_by, published_at)
            values ($1, $2, $3, 'Past', $4, $5, 'UTC', $6, 'published', $7, now())
            """,
            tenant.id,
            event_id,
            kind,
            topic,
            place_id,
            f"past-{event_id.hex}",
            tenant.member_ids[Role.COORDINATOR],
        )
    return event_id


async def was_at(tenant, event_id, member_id, starts_at, state="attended", role="knocker"):
    """A sign-up for a shift of three hours that began then: its id and the shift's."""
    shift_id, signup_id = new_id(), new_id()
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into shift (organization_id, id, event_id, starts_at, ends_at, status, closed_at)
            values ($1, $2, $3, $4::timestamptz, $4::timestamptz + interval '3 hours',
                    case when $4::timestamptz < now() then 'closed' else 'open' end,
                    case when $4::timestamptz < now() then $4 + interval '4 hours' end)
            """,
            tenant.id,
            shift_id,
            event_id,
            starts_at,
        )
        await db.execute(
            """
            insert into shift_role (organization_id, shift_id, role, capacity)
            values ($1, $2, $3, 5)
            """,
            tenant.id,
            shift_id,
            role,
        )
        came_at = starts_at if state == "attended" else None
        await db.execute(
            """
            insert into signup
              (organization_id, id, shift_id, role, member_id, state, position, signed_up_at,
               checked_in_at, check_in_how)
            values ($1, $2, $3, $4, $5, $6, 1, $7::timestamptz - interval '2 days', $8::timestamptz,
                    case when $8::timestamptz is not null then 'desk' end)
            """,
            tenant.id,
            signup_id,
            shift_id,
            role,
            member_id,
            state,
            starts_at,
            came_at,
        )
    return signup_id, shift_id


async def get(client, path, status=200, **query):
    answer = await client.get(path, params=query)
    assert answer.status_code == status, (path, answer.status_code, answer.text)
    return answer.json()


async def knocked(made, door_id, result, at):
    """A knock at a door at that time, by a phone whose clock is right."""
    event = {
        "id": str(new_id()),
        "kind": "attempt",
        "turf_id": str(made.turf_id),
        "door_id": str(door_id),
        "result": result,
        "occurred_at": at,
    }
    body = {"sent_at": now().isoformat(), "events": [event]}
    answer = await made.volunteer.post("/sync/events", json=body)
    assert answer.json()["results"][0]["outcome"] == "accepted", answer.text
