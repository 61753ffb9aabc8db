"""Every statement about contact events and what follows from them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from doorstep.algorithms.projecting import EventKind, Fact, Result, counts_as_contact
from doorstep.canvass.model import HistoryEntry
from doorstep.kit.db import Connection, columns, fetch_all


async def enter_sync(db: Connection, organization_id: UUID, *, alone: bool) -> None:
    """Begin to take events in.

    Batches of one organization run beside each other, but one with a reply to an event that is
    not there yet runs ``alone``: else neither might see the other.
    """
    await db.execute(
        """
        select begin_sync(),
               case when $2 then pg_advisory_xact_lock(hashtextextended($1::text, 0))
                    else pg_advisory_xact_lock_shared(hashtextextended($1::text, 0)) end
        """,
        str(organization_id),
        alone,
    )


class KnownEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is stored, as far as later ones depend on it."""

    id: UUID
    kind: str
    payload_hash: bytes
    target_id: UUID | None
    turf_id: UUID | None
    pass_id: UUID | None
    door_id: UUID | None
    building_id: UUID | None
    person_id: UUID | None
    member_id: UUID
    status: str


async def events_behind(
    db: Connection, organization_id: UUID, event_ids: Sequence[UUID]
) -> dict[UUID, KnownEvent]:
    """The events, and those they reply to, down to the first of each chain that is stored."""
    rows = await fetch_all(
        db,
        KnownEvent,
        """
        with recursive chain as (
          select e.id, e.target_id
            from contact_event e
           where e.organization_id = $1 and e.id = any($2)
           union
          select e.id, e.target_id
            from chain
            join contact_event e on e.organization_id = $1 and e.id = chain.target_id
        )
        select e.id, e.kind, e.payload_hash, e.target_id, e.turf_id, e.pass_id, e.door_id,
               e.building_id, e.person_id, e.member_id, e.status
          from chain
          join contact_event e on e.organization_id = $1 and e.id = chain.id
        """,
        organization_id,
        event_ids,
    )
    return {row.id: row for row in rows}


class LockedDoor(msgspec.Struct, frozen=True, gc=False):
    """A door held until its state is written."""

    id: UUID
    building_id: UUID


async def lock_doors(
    db: Connection, organization_id: UUID, door_ids: Sequence[UUID], building_ids: Sequence[UUID]
) -> list[LockedDoor]:
    """The doors, and all doors of the buildings; always in one order, so none waits in a circle."""
    return await fetch_all(
        db,
        LockedDoor,
        """
        with wanted as (
          select unnest($2::uuid[]) as id
           union
          select unit.id
            from address a
            join door unit on unit.organization_id = $1 and unit.address_id = a.id
           where a.organization_id = $1 and a.building_id = any($3)
        )
        select d.id, a.building_id
          from door d
          join address a on a.organization_id = $1 and a.id = d.address_id
         where d.organization_id = $1
           and d.id = any(array(select id from wanted))
         order by d.id
           for no key update of d
        """,
        organization_id,
        door_ids,
        building_ids,
    )


async def doors_of_turfs(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID], door_ids: Sequence[UUID]
) -> set[tuple[UUID, UUID]]:
    """Which of the doors are in which of the turfs, or were: (turf, door)."""
    rows = await db.fetch(
        """
        select turf_id, door_id
          from turf_door
         where organization_id = $1 and turf_id = any($2) and door_id = any($3)
        union
        select turf_id, door_id
          from left_door
         where organization_id = $1 and turf_id = any($2) and door_id = any($3)
        """,
        organization_id,
        turf_ids,
        door_ids,
    )
    return {(row["turf_id"], row["door_id"]) for row in rows}


async def people_meant(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> dict[UUID, tuple[UUID, UUID | None]]:
    """Whom ids stand for since people were merged, and where who had them lived.

    The door is None for those who were erased.
    """
    rows = await db.fetch(
        "select id, person_id, door_id from people_meant($1, $2)", organization_id, person_ids
    )
    return {row["id"]: (row["person_id"], row["door_id"]) for row in rows}


class StoredFact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An accepted event as the projection takes it."""

    id: UUID
    kind: EventKind
    occurred_at: dt.datetime
    target_id: UUID | None
    pass_id: UUID | None
    door_id: UUID | None
    building_id: UUID | None
    person_id: UUID | None
    result: Result | None
    mark: Literal["locked", "open"] | None
    has_value: bool

    def fact(self) -> Fact:
        """The same for ``algorithms``."""
        return Fact(
            id=self.id,
            kind=self.kind,
            occurred_at=self.occurred_at,
            target_id=self.target_id,
            door_id=self.door_id,
            person_id=self.person_id,
            building_id=self.building_id,
            result=self.result,
            building_mark=self.mark,
            has_value=self.has_value,
        )


async def facts_about(
    db: Connection,
    organization_id: UUID,
    door_ids: Sequence[UUID],
    building_ids: Sequence[UUID],
    event_ids: Sequence[UUID],
) -> list[StoredFact]:
    """What was accepted about doors and buildings, and every reply to it or to ``event_ids``."""
    return await fetch_all(
        db,
        StoredFact,
        """
        select id, kind, occurred_at, target_id, pass_id, door_id, building_id, person_id, result,
               mark, has_value
          from facts_about($1, $2, $3, $4)
        """,
        organization_id,
        door_ids,
        building_ids,
        event_ids,
    )


class StoredState(msgspec.Struct, frozen=True, gc=False):
    """Where a door stands in a pass."""

    status: str
    last_result: str | None
    last_attempt_at: dt.datetime | None
    attempts_count: int
    contacts_count: int
    do_not_contact: bool
    latest_event_id: UUID | None
    last_attempt_id: UUID | None = None
    latest_at: dt.datetime | None = None
    """When the latest event was; None where replies or marks bear on the door, so that its whole
    past is to be read before another event counts."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about batches, their doors held."""

    stored: dict[UUID, bytes]
    """The events that are there already, and their hashes."""
    awaited: set[UUID]
    """Those that are not, though something is about them."""
    doors: list[LockedDoor]
    marked: set[UUID]
    """The buildings of the doors that somebody marked."""
    turf_doors: set[tuple[UUID, UUID]]
    """Which of the doors are in which of the turfs, or were: (turf, door)."""
    tangled: set[UUID]
    """The doors to whose states nothing can be added: their past is to be read."""
    held: dict[tuple[UUID, UUID], bool]
    """Who ever held the turfs, and whether now as well: (turf, member)."""
    seq: int
    """How far changes are numbered."""
    devices: dict[UUID, tuple[UUID, frozenset[str]]]
    """The devices that are signed in: their member, and the member's roles."""
    offsets: dict[UUID, list[dt.timedelta]]
    """How wrong each device's clock was found with its last batches, the latest first."""


async def take_in(
    db: Connection,
    organization_id: UUID,
    device_ids: Sequence[UUID],
    event_ids: Sequence[UUID],
    door_ids: Sequence[UUID],
    building_ids: Sequence[UUID],
    turf_ids: Sequence[UUID],
) -> Taken:
    """Hold the doors of batches, and all doors of their buildings, and read what is there."""
    row = await db.fetchrow(
        """
        select stored_ids, stored_hashes, awaited_ids, door_ids, door_building_ids,
               marked_building_ids, in_turf_ids, in_door_ids, tangled_door_ids, holder_turf_ids,
               holder_member_ids, holders_hold, top_seq, device_ids, device_member_ids,
               device_roles, clock_device_ids, clock_offsets_ms
          from take_in($1, $2, $3, $4, $5, $6)
        """,
        organization_id,
        device_ids,
        event_ids,
        door_ids,
        building_ids,
        turf_ids,
    )
    assert row is not None  # noqa: S101 - the function gives one
    offsets: defaultdict[UUID, list[dt.timedelta]] = defaultdict(list)
    for device_id, offset_ms in _rows(row, "clock_device_ids", "clock_offsets_ms"):
        offsets[device_id].append(dt.timedelta(milliseconds=offset_ms))
    holders = _rows(row, "holder_turf_ids", "holder_member_ids", "holders_hold")
    devices = _rows(row, "device_ids", "device_member_ids", "device_roles")
    return Taken(
        stored=dict(_rows(row, "stored_ids", "stored_hashes")),
        awaited=set(row["awaited_ids"] or ()),
        doors=[LockedDoor(*door) for door in _rows(row, "door_ids", "door_building_ids")],
        marked=set(row["marked_building_ids"] or ()),
        turf_doors=set(_rows(row, "in_turf_ids", "in_door_ids")),
        tangled=set(row["tangled_door_ids"] or ()),
        held={(turf_id, member_id): holds for turf_id, member_id, holds in holders},
        seq=row["top_seq"],
        devices={
            device_id: (member_id, frozenset(roles.split(",")))
            for device_id, member_id, roles in devices
        },
        offsets=offsets,
    )


def _rows(row: asyncpg.Record, *names: str) -> Iterator[tuple[Any, ...]]:
    """Columns that came as arrays; of no rows at all the database makes null."""
    return zip(*(row[name] or () for name in names), strict=True)


async def upsert_door_states(
    db: Connection,
    organization_id: UUID,
    states: Sequence[tuple[UUID, UUID, StoredState]],
) -> None:
    """Write where doors stand: (pass, door, state)."""
    rows = [(pass_id, door_id, *msgspec.structs.astuple(one)) for pass_id, door_id, one in states]
    await db.execute(
        """
        insert into door_state
          (organization_id, pass_id, door_id, status, last_result, last_attempt_at,
           attempts_count, contacts_count, do_not_contact, latest_event_id, last_attempt_id,
           latest_at)
        select $1, pass_id, door_id, status, last_result, last_attempt_at,
               attempts_count, contacts_count, do_not_contact, latest_event_id, last_attempt_id,
               latest_at
          from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[],
                      $7::int[], $8::int[], $9::boolean[], $10::uuid[], $11::uuid[],
                      $12::timestamptz[])
            as state (pass_id, door_id, status, last_result, last_attempt_at,
                      attempts_count, contacts_count, do_not_contact, latest_event_id,
                      last_attempt_id, latest_at)
            on conflict (organization_id, pass_id, door_id) do update
           set status = excluded.status,
               last_result = excluded.last_result,
               last_attempt_at = excluded.last_attempt_at,
               attempts_count = excluded.attempts_count,
               contacts_count = excluded.contacts_count,
               do_not_contact = excluded.do_not_contact,
               latest_event_id = excluded.latest_event_id,
               last_attempt_id = excluded.last_attempt_id,
               latest_at = excluded.latest_at
        """,
        organization_id,
        *columns(rows, 11),
    )


class AnswerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A value as it is stored."""

    event_id: UUID
    answer_id: UUID
    standing: bool
    pass_id: UUID
    door_id: UUID
    script_id: UUID
    script_version: int
    question_key: str
    value: Any
    sensitive: bool
    consent_id: UUID | None


async def answers_by_id(
    db: Connection, organization_id: UUID, event_ids: Sequence[UUID]
) -> dict[UUID, AnswerRow]:
    rows = await fetch_all(
        db,
        AnswerRow,
        """
        select event_id, answer_id, standing, pass_id, door_id, script_id, script_version,
               question_key, value, sensitive, consent_id
          from survey_answer
         where organization_id = $1 and event_id = any($2)
        """,
        organization_id,
        event_ids,
    )
    return {row.event_id: row for row in rows}


async def insert_answers(
    db: Connection, organization_id: UUID, answers: Sequence[AnswerRow]
) -> None:
    # As text: of values that are lists themselves, asyncpg would make a dimension of the array.
    rows = [
        msgspec.structs.replace(answer, value=msgspec.json.encode(answer.value).decode())
        for answer in answers
    ]
    await db.execute(
        """
        insert into survey_answer
          (organization_id, event_id, answer_id, standing, pass_id, door_id, script_id,
           script_version, question_key, value, sensitive, consent_id)
        select $1, event_id, answer_id, standing, pass_id, door_id, script_id,
               script_version, question_key, value::jsonb, sensitive, consent_id
          from unnest($2::uuid[], $3::uuid[], $4::boolean[], $5::uuid[], $6::uuid[], $7::uuid[],
                      $8::int[], $9::text[], $10::text[], $11::boolean[], $12::uuid[])
            as answer (event_id, answer_id, standing, pass_id, door_id, script_id,
                       script_version, question_key, value, sensitive, consent_id)
            on conflict (organization_id, event_id) do nothing
        """,
        organization_id,
        *columns([msgspec.structs.astuple(row) for row in rows], 11),
    )


async def stand_answers(
    db: Connection, organization_id: UUID, door_ids: Sequence[UUID], standing: Sequence[UUID]
) -> None:
    """Say again which values at these doors count."""
    await db.execute(
        """
        update survey_answer
           set standing = not standing
         where organization_id = $1
           and door_id = any($2)
           and standing <> (event_id = any($3))
        """,
        organization_id,
        door_ids,
        standing,
    )


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is stored."""

    batch_id: UUID
    id: UUID
    kind: str
    status: str
    review_reason: str | None
    target_id: UUID | None
    turf_id: UUID | None
    pass_id: UUID | None
    door_id: UUID | None
    building_id: UUID | None
    person_id: UUID | None
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    payload: dict[str, Any]
    payload_hash: bytes


class BatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as it is stored."""

    id: UUID
    member_id: UUID
    device_id: UUID
    sent_at: dt.datetime
    received_at: dt.datetime
    clock_offset_ms: int
    events_count: int


CONTACTS = [result.value for result in Result if counts_as_contact(result)]


async def insert_events(
    db: Connection,
    organization_id: UUID,
    batches: Sequence[BatchRow],
    doors: Sequence[tuple[UUID, UUID]],
    events: Sequence[EventRow],
    stated: Sequence[UUID],
) -> set[UUID]:
    """The ids that were new, of events of batches that bear on doors: (batch, door).

    Events that count are added to where their doors stand, but at doors whose states were
    ``stated`` already: what was last comes from the latest event by time, then by id, as in
    `project_door`. Every turf that has one of the doors now is noted for the feed: phones learn of
    the batch.
    """
    # In one order, so that batches that share ids do not wait in a circle.
    rows = [msgspec.structs.astuple(row) for row in sorted(events, key=lambda row: row.id.int)]
    stored = await db.fetch(
        """
        with batch as materialized (
          select id, member_id, device_id, sent_at, received_at, clock_offset_ms, events_count
            from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[],
                        $7::bigint[], $8::int[])
              as batch (id, member_id, device_id, sent_at, received_at, clock_offset_ms,
                        events_count)
        ),
        noted as (
          insert into event_batch
            (organization_id, id, member_id, device_id, sent_at, received_at, clock_offset_ms,
             events_count)
          select $1, id, member_id, device_id, sent_at, received_at, clock_offset_ms, events_count
            from batch
        ),
        told as (
          insert into feed_pending (organization_id, scope_id, kind, thing_id)
          select distinct $1::uuid, td.turf_id, 'batch', bearing.batch_id
            from unnest($9::uuid[], $10::uuid[]) as bearing (batch_id, door_id)
            join turf_door td on td.organization_id = $1 and td.door_id = bearing.door_id
           where td.live
        ),
        event as materialized (
          select *
            from unnest($11::uuid[], $12::uuid[], $13::text[], $14::text[], $15::text[],
                        $16::uuid[], $17::uuid[], $18::uuid[], $19::uuid[], $20::uuid[],
                        $21::uuid[], $22::timestamptz[], $23::timestamptz[], $24::jsonb[],
                        $25::bytea[])
              as event (batch_id, id, kind, status, review_reason, target_id, turf_id, pass_id,
                        door_id, building_id, person_id, occurred_at, recorded_at, payload,
                        payload_hash)
        ),
        plain as (
          select pass_id, door_id, id, occurred_at,
                 case when kind = 'attempt' then payload ->> 'result' end as result
            from event
           where status = 'accepted'
             and pass_id is not null
             and door_id is not null
             and not exists (select from unnest($26::uuid[]) as one (id) where one.id = door_id)
        ),
        door as (
          select pass_id, door_id, count(result) as attempts_count,
                 count(*) filter (where result = any($27)) as contacts_count,
                 coalesce(bool_or(result = 'do_not_contact'), false) as do_not_contact,
                 max(occurred_at) as latest_at,
                 (array_agg(id order by occurred_at desc, id desc))[1] as latest_event_id,
                 max(occurred_at) filter (where result is not null) as last_attempt_at,
                 (array_agg(id order by occurred_at desc, id desc)
                   filter (where result is not null))[1] as last_attempt_id,
                 (array_agg(result order by occurred_at desc, id desc)
                   filter (where result is not null))[1] as last_result
            from plain
           group by pass_id, door_id
        ),
        added as (
          insert into door_state as s
            (organization_id, pass_id, door_id, status, last_result, last_attempt_at,
             attempts_count, contacts_count, do_not_contact, latest_event_id, last_attempt_id,
             latest_at)
          select $1, pass_id, door_id, coalesce(last_result, 'open'), last_result, last_attempt_at,
                 attempts_count, contacts_count, do_not_contact, latest_event_id, last_attempt_id,
                 latest_at
            from door
              on conflict (organization_id, pass_id, door_id) do update
             set (status, last_result, last_attempt_at, last_attempt_id) = (
                   select case when later then excluded.status else s.status end,
                          case when later then excluded.last_result else s.last_result end,
                          case when later then excluded.last_attempt_at else s.last_attempt_at end,
                          case when later then excluded.last_attempt_id else s.last_attempt_id end
                     from (select excluded.last_attempt_id is not null
                                  and coalesce((excluded.last_attempt_at, excluded.last_attempt_id)
                                               > (s.last_attempt_at, s.last_attempt_id), true)
                                  as later) _),
                 (latest_at, latest_event_id) = (
                   select case when later then excluded.latest_at else s.latest_at end,
                          case when later then excluded.latest_event_id else s.latest_event_id end
                     from (select (excluded.latest_at, excluded.latest_event_id)
                                  > (s.latest_at, s.latest_event_id) as later) _),
                 attempts_count = s.attempts_count + excluded.attempts_count,
                 contacts_count = s.contacts_count + excluded.contacts_count,
                 do_not_contact = s.do_not_contact or excluded.do_not_contact
        )
        insert into contact_event
          (organization_id, batch_id, member_id, device_id, received_at, clock_offset_ms,
           id, kind, status, review_reason, target_id, turf_id, pass_id, door_id, building_id,
           person_id, occurred_at, recorded_at, payload, payload_hash)
        select $1, batch.id, batch.member_id, batch.device_id, batch.received_at,
               batch.clock_offset_ms,
               event.id, kind, status, review_reason, target_id, turf_id, pass_id, door_id,
               building_id, person_id, occurred_at, recorded_at, payload, payload_hash
          from event
          join batch on batch.id = event.batch_id
         order by event.id
            on conflict (organization_id, id) do nothing
        returning id
        """,
        organization_id,
        *columns([msgspec.structs.astuple(batch) for batch in batches], 7),
        *columns(doors, 2),
        # Of columns shorter than others `unnest` makes nulls; reading as many costs more.
        *([] if one.count(None) == len(one) else one for one in columns(rows, 15)),
        stated,
        CONTACTS,
    )
    return {row["id"] for row in stored}


async def insert_conflicts(
    db: Connection,
    organization_id: UUID,
    member_id: UUID,
    device_id: UUID,
    received_at: dt.datetime,
    conflicts: Sequence[tuple[UUID, bytes, dict[str, Any]]],
) -> None:
    """Keep what came under an id that was taken: (id, hash, item)."""
    await db.execute(
        """
        insert into event_conflict
          (organization_id, member_id, device_id, received_at, event_id, payload_hash, payload)
        select $1, $2, $3, $4, event_id, payload_hash, payload
          from unnest($5::uuid[], $6::bytea[], $7::jsonb[])
            as other (event_id, payload_hash, payload)
            on conflict do nothing
        """,
        organization_id,
        member_id,
        device_id,
        received_at,
        *columns(conflicts, 3),
    )


async def history(
    db: Connection,
    organization_id: UUID,
    door_id: UUID | None,
    building_id: UUID | None,
    person_ids: Sequence[UUID],
    limit: int,
) -> list[HistoryEntry]:
    """What was recorded at a door and for its building, or of people, the latest first."""
    return await fetch_all(
        db,
        HistoryEntry,
        """
        select e.id, e.kind, e.status, e.review_reason, e.target_id, e.pass_id,
               p.name as pass_name, e.person_id, e.member_id, m.name as member_name,
               e.occurred_at, e.recorded_at, e.received_at, e.payload ->> 'result' as result,
               e.payload ->> 'mark' as mark, e.payload ->> 'text' as text,
               a.question_key as question, case when not a.sensitive then a.value end as value
          from contact_event e
          join member m on m.organization_id = e.organization_id and m.id = e.member_id
          left join pass p on p.organization_id = e.organization_id and p.id = e.pass_id
          left join survey_answer a on a.organization_id = e.organization_id
                                   and a.event_id = e.id
         where e.organization_id = $1
           and (e.door_id = $2 or e.building_id = $3 or e.person_id = any($4))
         order by e.occurred_at desc, e.id desc
         limit $5
        """,
        organization_id,
        door_id,
        building_id,
        person_ids,
        limit,
    )
