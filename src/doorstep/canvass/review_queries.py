"""Every statement about reviewing events, deciding about them, and looking at batches."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from doorstep.canvass.queries import KnownEvent
from doorstep.canvass.review_model import Conflict, Decision, ReviewItem
from doorstep.kit.db import Connection, columns, fetch_all, fetch_maybe, fetch_one


async def review_items(
    db: Connection, organization_id: UUID, status: str, limit: int, offset: int
) -> list[ReviewItem]:
    """Events of a status, the latest to come first."""
    return await fetch_all(
        db,
        ReviewItem,
        """
        select e.id, e.kind, e.status, e.review_reason as reason, e.batch_id, e.member_id,
               m.name as member_name, e.turf_id, t.name as turf_name, e.door_id,
               nullif(concat_ws(' ', a.street, a.house_number, nullif(d.unit, '')), '') as address,
               e.occurred_at, e.received_at, e.payload ->> 'result' as result,
               e.payload ->> 'text' as text
          from contact_event e
          join member m on m.organization_id = e.organization_id and m.id = e.member_id
          left join turf t on t.organization_id = e.organization_id and t.id = e.turf_id
          left join door d on d.organization_id = e.organization_id and d.id = e.door_id
          left join address a on a.organization_id = d.organization_id and a.id = d.address_id
         where e.organization_id = $1 and e.status = $2
         order by e.received_at desc, e.id desc
         limit $3 offset $4
        """,
        organization_id,
        status,
        limit,
        offset,
    )


async def conflicts(
    db: Connection, organization_id: UUID, status: str, limit: int, offset: int
) -> list[Conflict]:
    return await fetch_all(
        db,
        Conflict,
        """
        select c.event_id, encode(c.payload_hash, 'hex') as payload_hash, c.status,
               'Another event with this id is stored; it stands.' as reason, c.accepted_as,
               c.member_id, m.name as member_name, c.received_at,
               e.payload - 'value' - 'consent' as standing,
               c.payload - 'value' - 'consent' as told
          from event_conflict c
          join contact_event e on e.organization_id = c.organization_id and e.id = c.event_id
          join member m on m.organization_id = c.organization_id and m.id = c.member_id
         where c.organization_id = $1 and c.status = $2
         order by c.received_at desc, c.event_id desc
         limit $3 offset $4
        """,
        organization_id,
        status,
        limit,
        offset,
    )


class ReviewedEvent(KnownEvent, frozen=True, kw_only=True):
    """An event that is decided about."""

    device_id: UUID
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    payload: dict[str, Any]
    judged: bool
    """It counted before, so place and answer are stored already."""


async def lock_events(
    db: Connection, organization_id: UUID, event_ids: Sequence[UUID]
) -> list[ReviewedEvent]:
    return await fetch_all(
        db,
        ReviewedEvent,
        """
        select e.id, e.kind, e.payload_hash, e.target_id, e.turf_id, e.pass_id, e.door_id,
               e.building_id, e.person_id, e.member_id, e.status, e.device_id, e.occurred_at,
               e.recorded_at, e.payload,
               exists (
                 select from event_decision_item i
                   join event_decision n on n.organization_id = i.organization_id
                                        and n.id = i.decision_id
                  where i.organization_id = e.organization_id
                    and i.event_id = e.id
                    and n.kind = 'accept') as judged
          from contact_event e
         where e.organization_id = $1 and e.id = any($2)
         order by e.id
           for update of e
        """,
        organization_id,
        event_ids,
    )


async def events_of_batch(db: Connection, organization_id: UUID, batch_id: UUID) -> list[UUID]:
    """The events of a batch that count."""
    rows = await db.fetch(
        """
        select id
          from contact_event
         where organization_id = $1 and batch_id = $2 and status = 'accepted'
         order by id
        """,
        organization_id,
        batch_id,
    )
    return [row["id"] for row in rows]


async def batch_exists(db: Connection, organization_id: UUID, batch_id: UUID) -> bool:
    return await db.fetchval(
        "select exists (select from event_batch where organization_id = $1 and id = $2)",
        organization_id,
        batch_id,
    )


async def events_of_day(
    db: Connection, organization_id: UUID, member_id: UUID, day: dt.date
) -> list[UUID]:
    """What a member did on a day of the organization's calendar, as far as it counts."""
    rows = await db.fetch(
        """
        select e.id
          from contact_event e
          join organization o on o.id = e.organization_id
         where e.organization_id = $1
           and e.member_id = $2
           and e.occurred_at >= ($3::date)::timestamp at time zone o.time_zone
           and e.occurred_at < ($3::date + 1)::timestamp at time zone o.time_zone
           and e.status = 'accepted'
         order by e.id
        """,
        organization_id,
        member_id,
        day,
    )
    return [row["id"] for row in rows]


async def member_exists(db: Connection, organization_id: UUID, member_id: UUID) -> bool:
    return await db.fetchval(
        "select exists (select from member where organization_id = $1 and id = $2)",
        organization_id,
        member_id,
    )


async def put_status(
    db: Connection, organization_id: UUID, statuses: Sequence[tuple[UUID, str]]
) -> None:
    await db.execute(
        """
        update contact_event e
           set status = wanted.status
          from unnest($2::uuid[], $3::text[]) as wanted (id, status)
         where e.organization_id = $1 and e.id = wanted.id
        """,
        organization_id,
        *columns(statuses, 2),
    )


class AcceptedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it counts from now on."""

    id: UUID
    kind: str
    target_id: UUID | None
    turf_id: UUID | None
    pass_id: UUID | None
    door_id: UUID | None
    building_id: UUID | None
    person_id: UUID | None
    payload: dict[str, Any]


async def accept_events(
    db: Connection, organization_id: UUID, events: Sequence[AcceptedEvent]
) -> None:
    await db.execute(
        """
        update contact_event e
           set status = 'accepted',
               kind = told.kind,
               target_id = told.target_id,
               turf_id = told.turf_id,
               pass_id = told.pass_id,
               door_id = told.door_id,
               building_id = told.building_id,
               person_id = told.person_id,
               payload = told.payload
          from unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[],
                      $8::uuid[], $9::uuid[], $10::jsonb[])
            as told (id, kind, target_id, turf_id, pass_id, door_id, building_id, person_id,
                     payload)
         where e.organization_id = $1 and e.id = told.id
        """,
        organization_id,
        *columns([msgspec.structs.astuple(event) for event in events], 9),
    )


async def marked_doors(
    db: Connection, organization_id: UUID, door_ids: Sequence[UUID]
) -> set[tuple[UUID, UUID]]:
    """Where somebody asked to be left alone: (pass, door)."""
    rows = await db.fetch(
        """
        select pass_id, door_id
          from door_state
         where organization_id = $1 and door_id = any($2) and do_not_contact
        """,
        organization_id,
        door_ids,
    )
    return {(row["pass_id"], row["door_id"]) for row in rows}


async def insert_decision(
    db: Connection,
    organization_id: UUID,
    decision_id: UUID,
    kind: str,
    decided_by: UUID,
    items: Sequence[tuple[UUID, str]],
) -> None:
    """A decision, with the events that it changes and the status they had."""
    await db.execute(
        """
        insert into event_decision (organization_id, id, kind, decided_by)
        values ($1, $2, $3, $4)
        """,
        organization_id,
        decision_id,
        kind,
        decided_by,
    )
    await db.execute(
        """
        insert into event_decision_item (organization_id, decision_id, event_id, status_before)
        select $1, $2, event_id, status
          from unnest($3::uuid[], $4::text[]) as item (event_id, status)
        """,
        organization_id,
        decision_id,
        *columns(items, 2),
    )


async def decisions(
    db: Connection, organization_id: UUID, limit: int, offset: int
) -> list[Decision]:
    return await fetch_all(
        db,
        Decision,
        """
        select n.id, n.kind, n.decided_by, n.decided_at, n.undone_by, n.undone_at,
               (select count(*) from event_decision_item i
                 where i.organization_id = n.organization_id
                   and i.decision_id = n.id) as events_count
          from event_decision n
         where n.organization_id = $1
         order by n.decided_at desc, n.id desc
         limit $2 offset $3
        """,
        organization_id,
        limit,
        offset,
    )


async def decision_by_id(db: Connection, organization_id: UUID, decision_id: UUID) -> Decision:
    return await fetch_one(
        db,
        Decision,
        """
        select n.id, n.kind, n.decided_by, n.decided_at, n.undone_by, n.undone_at,
               (select count(*) from event_decision_item i
                 where i.organization_id = n.organization_id
                   and i.decision_id = n.id) as events_count
          from event_decision n
         where n.organization_id = $1 and n.id = $2
           for update of n
        """,
        organization_id,
        decision_id,
    )


async def items_of_decision(
    db: Connection, organization_id: UUID, decision_id: UUID
) -> list[tuple[UUID, str]]:
    """The events that a decision changed, and the status they had before."""
    rows = await db.fetch(
        """
        select event_id, status_before
          from event_decision_item
         where organization_id = $1 and decision_id = $2
         order by event_id
        """,
        organization_id,
        decision_id,
    )
    return [(row["event_id"], row["status_before"]) for row in rows]


async def undo_decision(
    db: Connection, organization_id: UUID, decision_id: UUID, undone_by: UUID
) -> None:
    await db.execute(
        """
        update event_decision
           set undone_by = $3, undone_at = now()
         where organization_id = $1 and id = $2
        """,
        organization_id,
        decision_id,
        undone_by,
    )


class StoredConflict(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict that is decided about."""

    event_id: UUID
    payload: dict[str, Any]
    member_id: UUID
    device_id: UUID
    received_at: dt.datetime
    status: str
    accepted_as: UUID | None


async def lock_conflict(
    db: Connection, organization_id: UUID, event_id: UUID, payload_hash: bytes
) -> StoredConflict | None:
    return await fetch_maybe(
        db,
        StoredConflict,
        """
        select event_id, payload, member_id, device_id, received_at, status, accepted_as
          from event_conflict
         where organization_id = $1 and event_id = $2 and payload_hash = $3
           for update
        """,
        organization_id,
        event_id,
        payload_hash,
    )


async def put_conflict(
    db: Connection,
    organization_id: UUID,
    event_id: UUID,
    payload_hash: bytes,
    status: str,
    accepted_as: UUID | None,
) -> None:
    await db.execute(
        """
        update event_conflict
           set status = $4, accepted_as = $5
         where organization_id = $1 and event_id = $2 and payload_hash = $3
        """,
        organization_id,
        event_id,
        payload_hash,
        status,
        accepted_as,
    )


class BatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """A batch, before anybody looked at it."""

    id: UUID
    member_id: UUID
    member_name: str
    device_id: UUID
    sent_at: dt.datetime
    received_at: dt.datetime
    clock_offset_ms: int
    events_count: int
    rolled_back_count: int


async def batches(
    db: Connection, organization_id: UUID, member_id: UUID | None, limit: int, offset: int
) -> list[BatchRow]:
    """Batches with knocks, the latest first."""
    return await fetch_all(
        db,
        BatchRow,
        """
        select b.id, b.member_id, m.name as member_name, b.device_id, b.sent_at, b.received_at,
               b.clock_offset_ms, b.events_count,
               (select count(*) from contact_event e
                 where e.organization_id = b.organization_id and e.batch_id = b.id
                   and e.status = 'rolled_back') as rolled_back_count
          from event_batch b
          join member m on m.organization_id = b.organization_id and m.id = b.member_id
         where b.organization_id = $1 and ($2::uuid is null or b.member_id = $2)
         order by b.received_at desc, b.id desc
         limit $3 offset $4
        """,
        organization_id,
        member_id,
        limit,
        offset,
    )


class Knock(msgspec.Struct, frozen=True, kw_only=True):
    """A knock as far as it can look odd."""

    id: UUID
    batch_id: UUID
    pass_id: UUID
    address_id: UUID
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    result: str
    lon: float
    lat: float


async def knocks_of_batches(
    db: Connection, organization_id: UUID, batch_ids: Sequence[UUID]
) -> list[Knock]:
    """The knocks of batches in the order of time, also those taken back."""
    return await fetch_all(
        db,
        Knock,
        """
        select e.id, e.batch_id, e.pass_id, a.id as address_id, e.occurred_at, e.recorded_at,
               e.payload ->> 'result' as result, a.lon, a.lat
          from contact_event e
          join door d on d.organization_id = e.organization_id and d.id = e.door_id
          join address a on a.organization_id = d.organization_id and a.id = d.address_id
         where e.organization_id = $1
           and e.batch_id = any($2)
           and e.kind = 'attempt'
           and e.pass_id is not null
           and e.status in ('accepted', 'rolled_back')
           and e.payload ->> 'result' is not null
         order by e.occurred_at, e.id
        """,
        organization_id,
        batch_ids,
    )


async def contact_rates(
    db: Connection, organization_id: UUID, pass_ids: Sequence[UUID]
) -> dict[UUID, tuple[int, int]]:
    """Knocks and talks in each pass."""
    rows = await db.fetch(
        """
        select pass_id, sum(attempts_count) as knocks, sum(contacts_count) as talks
          from door_state
         where organization_id = $1 and pass_id = any($2)
         group by pass_id
        """,
        organization_id,
        pass_ids,
    )
    return {row["pass_id"]: (int(row["knocks"]), int(row["talks"])) for row in rows}
