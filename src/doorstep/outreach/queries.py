"""Statements about events as the public sees them, their slots, and what came of them."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, columns, execute_one, fetch_all, fetch_maybe, fetch_one
from doorstep.outreach.model import (
    BookedSlot,
    Decided,
    EventSeen,
    FeedbackFigures,
    OfficeSlot,
    Promise,
    PublicEventPut,
    Speaker,
    StallContact,
    StallContactCreate,
    StallCount,
    TopicCount,
)


class NewSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A slot about to be stored."""

    id: UUID
    starts_at: dt.datetime
    ends_at: dt.datetime


class KnownContact(StallContact, frozen=True, kw_only=True):
    """A conversation with what tells whether it is the same again."""

    payload_hash: bytes


async def event_seen(db: Connection, organization_id: UUID, event_id: UUID) -> EventSeen:
    return await fetch_one(
        db,
        EventSeen,
        """
        select id, kind, title, summary, topic, briefing_url, slug, status, listed,
               cancelled_reason, published_at, time_zone, place_id, place_name, address, lon, lat,
               starts_at, ends_at, rsvp, capacity, taken_count, agenda, outcome, notes, spoke,
               sequence, updated_at
          from event_seen
         where organization_id = $1 and id = $2
        """,
        organization_id,
        event_id,
    )


async def listed_event(db: Connection, organization_id: UUID, slug: str) -> EventSeen | None:
    """The event with this address that anybody may see."""
    return await fetch_maybe(
        db,
        EventSeen,
        """
        select id, kind, title, summary, topic, briefing_url, slug, status, listed,
               cancelled_reason, published_at, time_zone, place_id, place_name, address, lon, lat,
               starts_at, ends_at, rsvp, capacity, taken_count, agenda, outcome, notes, spoke,
               sequence, updated_at
          from event_seen
         where organization_id = $1 and slug = $2 and listed
        """,
        organization_id,
        slug,
    )


async def listed_events(
    db: Connection, organization_id: UUID, now: dt.datetime, since: dt.datetime
) -> list[EventSeen]:
    """What anybody may see: what comes, the next first, then what was since, the last first."""
    return await fetch_all(
        db,
        EventSeen,
        """
        select id, kind, title, summary, topic, briefing_url, slug, status, listed,
               cancelled_reason, published_at, time_zone, place_id, place_name, address, lon, lat,
               starts_at, ends_at, rsvp, capacity, taken_count, agenda, outcome, notes, spoke,
               sequence, updated_at
          from event_seen
         where organization_id = $1 and listed and coalesce(ends_at >= $3, true)
         order by coalesce(ends_at < $2, false),
                  case when ends_at < $2 then $2 - starts_at else starts_at - $2 end, id
         limit 2000
        """,
        organization_id,
        now,
        since,
    )


async def hold_public_event(db: Connection, organization_id: UUID, event_id: UUID) -> None:
    """Let nobody else ask for a place, move or change this until the transaction ends."""
    await execute_one(
        db,
        """
        select from public_event
         where organization_id = $1 and event_id = $2
           for no key update
        """,
        organization_id,
        event_id,
    )


async def is_for_public(db: Connection, organization_id: UUID, event_id: UUID) -> bool:
    return await db.fetchval(
        """
        select exists (select from public_event where organization_id = $1 and event_id = $2)
        """,
        organization_id,
        event_id,
    )


async def see_public_event(db: Connection, organization_id: UUID, event_id: UUID) -> None:
    """See that an event is something for the public."""
    await execute_one(
        db,
        """
        select from public_event
         where organization_id = $1 and event_id = $2
        """,
        organization_id,
        event_id,
    )


async def put_public_event(
    db: Connection, organization_id: UUID, event_id: UUID, wanted: PublicEventPut
) -> None:
    """What it is for the public; another time raises the sequence."""
    await db.execute(
        """
        insert into public_event as o
          (organization_id, event_id, starts_at, ends_at, rsvp, capacity, agenda)
        values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (organization_id, event_id) do update
           set starts_at = excluded.starts_at, ends_at = excluded.ends_at, rsvp = excluded.rsvp,
               capacity = excluded.capacity, agenda = excluded.agenda, updated_at = now(),
               closed_at = case when excluded.ends_at > now() then null else o.closed_at end,
               sequence = o.sequence
                 + ((o.starts_at, o.ends_at) <> (excluded.starts_at, excluded.ends_at))::integer
        """,
        organization_id,
        event_id,
        wanted.starts_at,
        wanted.ends_at,
        wanted.rsvp,
        wanted.capacity,
        wanted.agenda,
    )


async def put_outcome(
    db: Connection,
    organization_id: UUID,
    event_id: UUID,
    outcome: str,
    notes: str,
    spoke: Sequence[Speaker],
) -> None:
    await execute_one(
        db,
        """
        update public_event
           set outcome = $3, notes = $4, spoke = $5, updated_at = now()
         where organization_id = $1 and event_id = $2
        """,
        organization_id,
        event_id,
        outcome,
        notes,
        spoke,
    )


async def insert_results(
    db: Connection,
    organization_id: UUID,
    event_id: UUID,
    commitment_ids: Sequence[UUID],
    decision_ids: Sequence[UUID],
) -> None:
    """Note what an event led to; what is noted already stays."""
    await db.execute(
        """
        insert into event_result (organization_id, event_id, commitment_id, decision_id)
        select $1::uuid, $2::uuid, one, null from unnest($3::uuid[]) one
         union all
        select $1::uuid, $2::uuid, null, one from unnest($4::uuid[]) one
            on conflict do nothing
        """,
        organization_id,
        event_id,
        commitment_ids,
        decision_ids,
    )


async def promises(db: Connection, organization_id: UUID, event_id: UUID) -> list[Promise]:
    """Commitments that an event led to and everybody may read."""
    return await fetch_all(
        db,
        Promise,
        """
        select c.id, c.slug, c.title, c.status
          from event_result r
          join commitment c on c.organization_id = r.organization_id and c.id = r.commitment_id
         where r.organization_id = $1 and r.event_id = $2 and c.status <> 'draft'
         order by r.id
        """,
        organization_id,
        event_id,
    )


async def decisions(db: Connection, organization_id: UUID, event_id: UUID) -> list[Decided]:
    """Decisions that an event led to."""
    return await fetch_all(
        db,
        Decided,
        """
        select d.id, d.slug, d.question, d.choice
          from event_result r
          join decision d on d.organization_id = r.organization_id and d.id = r.decision_id
         where r.organization_id = $1 and r.event_id = $2
         order by r.id
        """,
        organization_id,
        event_id,
    )


async def insert_slots(
    db: Connection,
    organization_id: UUID,
    event_id: UUID,
    with_whom: str,
    slots: Sequence[NewSlot],
) -> None:
    """More slots; of those that were cancelled, the same is there again."""
    rows = [(one.id, one.starts_at, one.ends_at) for one in slots]
    await db.execute(
        """
        insert into office_slot (organization_id, event_id, with_whom, id, starts_at, ends_at)
        select $1, $2, $3, * from unnest($4::uuid[], $5::timestamptz[], $6::timestamptz[])
            on conflict (organization_id, event_id, starts_at, with_whom) do update
           set cancelled_at = null
        """,
        organization_id,
        event_id,
        with_whom,
        *columns(rows, 3),
    )


async def slots(
    db: Connection, organization_id: UUID, event_id: UUID, *, only_free: bool
) -> list[OfficeSlot]:
    """Slots that were not cancelled, in their order."""
    return await fetch_all(
        db,
        OfficeSlot,
        """
        select s.id, s.starts_at, s.ends_at, s.with_whom, a.id is null as free
          from office_slot s
          left join attendance a on a.organization_id = s.organization_id and a.slot_id = s.id
           and a.state not in ('cancelled', 'declined')
         where s.organization_id = $1 and s.event_id = $2 and s.cancelled_at is null
           and (not $3 or a.id is null and s.starts_at > now())
         order by s.starts_at, s.with_whom, s.id
        """,
        organization_id,
        event_id,
        only_free,
    )


async def booked_slots(db: Connection, organization_id: UUID, event_id: UUID) -> list[BookedSlot]:
    """Every slot with who comes."""
    return await fetch_all(
        db,
        BookedSlot,
        """
        select s.id, s.starts_at, s.ends_at, s.with_whom, a.id is null as free,
               a.id as attendance_id, s.cancelled_at,
               coalesce(g.name, nullif(trim(p.given_name || ' ' || p.family_name), '')) as name
          from office_slot s
          left join attendance a on a.organization_id = s.organization_id and a.slot_id = s.id
           and a.state not in ('cancelled', 'declined')
          left join guest g on g.organization_id = a.organization_id and g.id = a.guest_id
          left join person p on p.organization_id = a.organization_id and p.id = a.person_id
         where s.organization_id = $1 and s.event_id = $2
         order by s.starts_at, s.with_whom, s.id
        """,
        organization_id,
        event_id,
    )


async def cancel_slot(
    db: Connection, organization_id: UUID, event_id: UUID, slot_id: UUID
) -> UUID | None:
    """Take a slot away; the attendance that was in it.

    Raises
    ------
    NotFoundError
        If there is no such slot.
    """
    await execute_one(
        db,
        """
        update office_slot
           set cancelled_at = coalesce(cancelled_at, now())
         where organization_id = $1 and event_id = $2 and id = $3
        """,
        organization_id,
        event_id,
        slot_id,
    )
    return await db.fetchval(
        """
        select id
          from attendance
         where organization_id = $1 and slot_id = $2
           and state in ('invited', 'going', 'waitlisted', 'held', 'confirmed')
        """,
        organization_id,
        slot_id,
    )


async def contact_by_id(db: Connection, contact_id: UUID) -> KnownContact | None:
    return await fetch_maybe(
        db,
        KnownContact,
        """
        select id, event_id, result, topic_id, minutes, issue_id, guest_id, recorded_by,
               occurred_at, received_at, payload_hash
          from stall_contact
         where organization_id = (select current_organization_id()) and id = $1
        """,
        contact_id,
    )


async def hold_id(db: Connection, one: UUID) -> None:
    """Let what is sent twice at once with the same id be taken one after the other."""
    await db.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", str(one))


async def insert_contact(
    db: Connection,
    organization_id: UUID,
    event_id: UUID,
    wanted: StallContactCreate,
    guest_id: UUID | None,
    recorded_by: UUID,
    payload_hash: bytes,
) -> StallContact:
    return await fetch_one(
        db,
        StallContact,
        """
        insert into stall_contact
          (organization_id, id, event_id, result, topic_id, minutes, issue_id, guest_id,
           recorded_by, occurred_at, payload_hash)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        returning id, event_id, result, topic_id, minutes, issue_id, guest_id, recorded_by,
                  occurred_at, received_at
        """,
        organization_id,
        wanted.id,
        event_id,
        str(wanted.result),
        wanted.topic_id,
        wanted.minutes,
        wanted.issue.id if wanted.issue else None,
        guest_id,
        recorded_by,
        wanted.occurred_at,
        payload_hash,
    )


async def contact_counts(db: Connection, organization_id: UUID, event_id: UUID) -> list[StallCount]:
    return await fetch_all(
        db,
        StallCount,
        """
        select result, count(*) as contacts_count, sum(minutes) as minutes
          from stall_contact
         where organization_id = $1 and event_id = $2
         group by result
         order by result
        """,
        organization_id,
        event_id,
    )


async def issue_counts(
    db: Connection, organization_id: UUID, event_id: UUID, *, same_topic: bool
) -> list[TopicCount]:
    """Issues raised at an event, or at every event about its topic, by what they are about."""
    return await fetch_all(
        db,
        TopicCount,
        """
        select t.name as topic, count(*) as issues_count,
               count(*) filter (where k.status not in ('resolved', 'told', 'confirmed'))
                 as open_count
          from civic_event e
          join issue_report r on r.organization_id = e.organization_id and r.civic_event_id = e.id
          join issue_case k on k.organization_id = r.organization_id and k.id = r.case_id
          join issue_topic t on t.organization_id = k.organization_id and t.id = k.topic_id
         where e.organization_id = $1
           and (e.id = $2
             or $3 and e.topic <> '' and lower(e.topic) = (
               select lower(o.topic) from civic_event o where o.organization_id = $1 and o.id = $2))
         group by t.id, t.name
         order by issues_count desc, t.name
        """,
        organization_id,
        event_id,
        same_topic,
    )


async def feedback_figures(
    db: Connection, organization_id: UUID, event_id: UUID
) -> FeedbackFigures:
    return await fetch_one(
        db,
        FeedbackFigures,
        """
        select count(*) as count, avg(f.rating)::double precision as mean,
               array[count(*) filter (where f.rating = 1), count(*) filter (where f.rating = 2),
                     count(*) filter (where f.rating = 3), count(*) filter (where f.rating = 4),
                     count(*) filter (where f.rating = 5)] as ratings
          from event_feedback f
          join attendance a on a.organization_id = f.organization_id and a.id = f.attendance_id
         where f.organization_id = $1 and a.event_id = $2
        """,
        organization_id,
        event_id,
    )


async def organizations(db: Connection) -> list[UUID]:
    """All organizations, as signing in sees them."""
    rows = await db.fetch("select id from organization order by id")
    return [row["id"] for row in rows]
