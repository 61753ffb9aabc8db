"""What a phone would send, and what the server made of it."""

import datetime as dt
import json

from doorstep.kit.ids import new_id

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def at(minutes):
    return (NOON + dt.timedelta(minutes=minutes)).isoformat()


def attempt(field, door=0, result="not_home", minute=0, **more):
    return {
        "id": str(new_id()),
        "kind": "attempt",
        "turf_id": field.turf_id,
        "door_id": str(field.street.door_ids[door]),
        "result": result,
        "occurred_at": at(minute),
        **more,
    }


def mark(field, building=0, mark="locked", minute=0):
    return {
        "id": str(new_id()),
        "kind": "attempt",
        "turf_id": field.turf_id,
        "building_id": str(field.street.building_ids[building]),
        "mark": mark,
        "occurred_at": at(minute),
    }


def answer(field, question="votes", value=True, door=0, minute=0, **more):
    return {
        "id": str(new_id()),
        "kind": "answer",
        "turf_id": field.turf_id,
        "door_id": str(field.street.door_ids[door]),
        "person_id": str(field.street.person_ids[door]),
        "script_id": field.script_id,
        "script_version": 1,
        "question": question,
        "value": value,
        "occurred_at": at(minute),
        **more,
    }


def note(field, text, door=0):
    return {
        "id": str(new_id()),
        "kind": "note",
        "turf_id": field.turf_id,
        "door_id": str(field.street.door_ids[door]),
        "text": text,
        "occurred_at": at(0),
    }


def void(target, minute=1):
    return {
        "id": str(new_id()),
        "kind": "void",
        "target_id": target["id"],
        "occurred_at": at(minute),
    }


def correct(target, minute=1, **more):
    return {
        "id": str(new_id()),
        "kind": "correct",
        "target_id": target["id"],
        "occurred_at": at(minute),
        **more,
    }


async def send(client, *events, sent_at=None):
    """The results of a batch, by order of its events."""
    body = {"sent_at": sent_at or dt.datetime.now(dt.UTC).isoformat(), "events": list(events)}
    return await send_raw(client, json.dumps(body).encode())


async def send_raw(client, body):
    got = await client.post(
        "/sync/events", content=body, headers={"content-type": "application/json"}
    )
    assert got.status_code == 200, got.text
    return got.json()["results"]


async def outcomes(client, *events, **more):
    return [result["outcome"] for result in await send(client, *events, **more)]


async def stored(field):
    """Every stored event as (id, kind, status), in order of its number."""
    async with field.tenant.transaction() as db:
        rows = await db.fetch("select id, kind, status from contact_event order by received_at, id")
    return [(str(row["id"]), row["kind"], row["status"]) for row in rows]


async def states(field):
    """Where each door of the street stands, by its place in the street."""
    async with field.tenant.transaction() as db:
        rows = await db.fetch(
            """
            select door_id, status, last_result, attempts_count, contacts_count, do_not_contact
              from door_state
            """
        )
    places = {door_id: place for place, door_id in enumerate(field.street.door_ids)}
    return {places[row["door_id"]]: tuple(row.values())[1:] for row in rows}


async def values(field):
    """The answers that count, as (question, value), sorted."""
    async with field.tenant.transaction() as db:
        rows = await db.fetch("select question_key, value from survey_answer where standing")
    return sorted((row["question_key"], row["value"]) for row in rows)
