"""Every statement that tells people how their issues ended, or finds out whether they know."""

import datetime as dt
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec

from doorstep.algorithms.projecting import Result, counts_as_contact
from doorstep.follow_up.model import Notice, NoticeState, Revisit
from doorstep.kit.db import Connection, columns, execute_one, fetch_all, fetch_maybe
from doorstep.kit.errors import NotFoundError

CONTACTS = [result.value for result in Result if counts_as_contact(result)]
SETTLED_DAYS = 5
"""After so long, mail that did not come back has arrived: servers give up in four to five days
(RFC 5321, 4.5.4.1)."""
INTERRUPTED_MIN = 60


class Untold(msgspec.Struct, frozen=True, kw_only=True):
    """One who raised a case that is resolved, to whom nothing is on its way."""

    case_id: UUID
    round: int
    person_id: UUID | None
    door_id: UUID | None
    guest_id: UUID | None
    home_id: UUID
    """Where they are looked for; of guests, who they are."""
    reach: Literal[
        "email", "phone", "revisit", "letter", "erased", "left_alone", "withdrew", "no_consent"
    ]


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """How one is told."""

    id: UUID
    case_id: UUID
    round: int
    person_id: UUID | None
    door_id: UUID | None
    guest_id: UUID | None
    notice_id: UUID | None
    revisit_id: UUID | None
    suppressed: str | None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is about to be sent, and whether it may be."""

    id: UUID
    person_id: UUID
    given_name: str
    family_name: str
    email: str | None
    attempts_count: int
    reach: str
    organization: str


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is told about one case of theirs."""

    case_id: UUID
    topic: str
    outcome: str
    reason: str
    raised_at: dt.datetime
    text: str
    listener: str | None


async def begin_run(db: Connection, organization_id: UUID) -> None:
    """One run at a time in each organization."""
    await db.execute(
        "select pg_advisory_xact_lock(hashtextextended('telling ' || $1::text, 0))",
        str(organization_id),
    )


async def settle_revisits(db: Connection, organization_id: UUID) -> None:
    """Visits are made where somebody was spoken to at the door since it was asked for.

    Told since, that is; a phone's clock is known to two minutes.
    """
    await db.execute(
        """
        update revisit v
           set done_at = a.occurred_at
          from effective_attempt_at(
                 $1,
                 array(select id from pass where organization_id = $1),
                 array(select door_id from revisit where organization_id = $1 and done_at is null)
               ) a
          join contact_event e on e.organization_id = $1 and e.id = a.event_id
         where v.organization_id = $1
           and v.done_at is null
           and a.door_id = v.door_id
           and a.result = any ($2)
           and e.received_at >= v.created_at
           and a.occurred_at >= v.created_at - interval '2 minutes'
        """,
        organization_id,
        CONTACTS,
    )


async def settle_notices(db: Connection, organization_id: UUID) -> None:
    """Mail that did not come back has arrived; what was interrupted is not sent twice."""
    await db.execute(
        """
        update case_notice
           set state = case state when 'sent' then 'delivered' else 'failed' end,
               why = case state when 'sending' then 'interrupted' end,
               ended_at = now()
         where organization_id = $1
           and (state = 'sent' and sent_at < now() - make_interval(days => $2)
             or state = 'sending' and retry_at < now() - make_interval(mins => $3))
        """,
        organization_id,
        SETTLED_DAYS,
        INTERRUPTED_MIN,
    )


async def settle_cases(db: Connection, organization_id: UUID) -> list[UUID]:
    """The cases of which everybody who raised them knows now."""
    rows = await db.fetch(
        """
        with told as (
          update issue_case k
             set status = 'told', told_at = now()
           where k.organization_id = $1
             and k.status = 'resolved'
             and k.duplicate_of_id is null
             and not exists (
               select from raiser_told r
                where r.organization_id = $1 and r.case_id = k.id and not r.told)
          returning k.id
        )
        insert into case_change (organization_id, case_id, kind, status_before, status_after)
        select $1, id, 'told', 'resolved', 'told'
          from told
        returning case_id
        """,
        organization_id,
    )
    return [row["case_id"] for row in rows]


async def untold(db: Connection, organization_id: UUID) -> list[Untold]:
    """Whom nothing is on its way to, and by what they may be reached now."""
    return await fetch_all(
        db,
        Untold,
        """
        select r.case_id, r.round, r.person_id, r.door_id, r.guest_id,
               coalesce(r.door_id, reach.home_id, r.guest_id) as home_id,
               coalesce(reach.how, alone.how, written.how) as reach
          from raiser_told r
          left join lateral person_reach($1, r.person_id, now()) reach on r.person_id is not null
          left join lateral (
            select case when exists (
                     select from left_alone a
                      where a.organization_id = $1
                        and a.door_id = r.door_id
                        and a.person_id is null)
                   then 'left_alone' else 'revisit' end as how) alone on r.door_id is not null
          left join lateral (
            select case letter_refusal($1, null, r.guest_id, 'follow_up', now())
                     when 'erased' then 'erased'
                     when 'no_consent' then 'no_consent'
                     else 'letter' end as how) written on r.guest_id is not null
         where r.organization_id = $1
           and not r.told
           and not r.under_way
           -- A letter that came back is not sent again.
           and not exists (
             select from letter l
              where l.organization_id = $1
                and l.guest_id = r.guest_id
                and l.key = 'case-told:' || r.case_id || ':' || r.round)
         order by r.person_id, r.door_id, r.guest_id, r.case_id
        """,
        organization_id,
    )


async def insert_notices(
    db: Connection, organization_id: UUID, notices: Sequence[tuple[UUID, UUID, str]]
) -> None:
    """(id, person, channel)."""
    await db.execute(
        """
        insert into case_notice (organization_id, id, person_id, channel)
        select $1, *
          from unnest($2::uuid[], $3::uuid[], $4::text[])
        """,
        organization_id,
        *columns(notices, 3),
    )


async def open_revisits(
    db: Connection, organization_id: UUID, wanted: Sequence[tuple[UUID, UUID]]
) -> dict[UUID, UUID]:
    """The visit that is due at each of these doors; (id, door) where there is none yet."""
    rows = await db.fetch(
        """
        with added as (
          insert into revisit (organization_id, id, door_id)
          select $1, id, door_id
            from unnest($2::uuid[], $3::uuid[]) as w (id, door_id)
              on conflict (organization_id, door_id) where done_at is null do nothing
          returning id, door_id
        )
        select id, door_id from added
         union
        select id, door_id
          from revisit
         where organization_id = $1 and done_at is null and door_id = any ($3)
        """,
        organization_id,
        *columns(wanted, 2),
    )
    return {row["door_id"]: row["id"] for row in rows}


async def insert_tellings(
    db: Connection, organization_id: UUID, tellings: Sequence[Telling]
) -> None:
    await db.execute(
        """
        insert into case_telling
          (organization_id, id, case_id, round, person_id, door_id, guest_id, notice_id,
           revisit_id, suppressed)
        select $1, *
          from unnest($2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::uuid[], $7::uuid[],
                      $8::uuid[], $9::uuid[], $10::text[])
        """,
        organization_id,
        *columns([msgspec.structs.astuple(one) for one in tellings], 9),
    )


async def claim_notice(db: Connection, organization_id: UUID) -> Claimed | None:
    """The next e-mail that is due, for this sender alone; whether it may still be sent is asked."""
    return await fetch_maybe(
        db,
        Claimed,
        """
        with next as (
          select id
            from case_notice
           where organization_id = $1
             and channel = 'email'
             and state = 'queued'
             and retry_at <= now()
           order by created_at, id
           limit 1
             for update skip locked
        )
        update case_notice n
           set state = 'sending', attempts_count = n.attempts_count + 1, retry_at = now()
          from next, person p, organization o, person_reach($1, p.id, now()) reach
         where n.organization_id = $1
           and n.id = next.id
           and p.organization_id = $1
           and p.id = n.person_id
           and o.id = $1
        returning n.id, n.person_id, p.given_name, p.family_name, p.email, n.attempts_count,
                  coalesce(reach.how, 'erased') as reach, o.name as organization
        """,
        organization_id,
    )


async def ended_of_notice(db: Connection, organization_id: UUID, notice_id: UUID) -> list[Ended]:
    """The cases a message tells of, with what the person said first."""
    return await fetch_all(
        db,
        Ended,
        """
        select k.id as case_id, t.name as topic, k.outcome, k.reason, said.raised_at, said.text,
               said.listener
          from case_telling c
          join issue_case k on k.organization_id = c.organization_id and k.id = c.case_id
          join issue_topic t on t.organization_id = k.organization_id and t.id = k.topic_id
         cross join lateral (
           select r.raised_at, r.text, m.name as listener
             from issue_report r
             join member m on m.organization_id = r.organization_id and m.id = r.recorded_by
             left join person p on p.organization_id = r.organization_id and p.id = r.person_id
            where r.organization_id = k.organization_id
              and r.case_id = k.id
              and coalesce(p.merged_into, r.person_id) = c.person_id
            order by r.raised_at, r.id
            limit 1) said
         where c.organization_id = $1
           and c.notice_id = $2
           and c.round = k.round
           and k.status in ('resolved', 'told', 'confirmed')
         order by said.raised_at, k.id
        """,
        organization_id,
        notice_id,
    )


async def ended_for_guest(
    db: Connection, organization_id: UUID, case_id: UUID, guest_id: UUID
) -> Ended | None:
    """The case as a letter tells of it; None where it is open again."""
    return await fetch_maybe(
        db,
        Ended,
        """
        select k.id as case_id, t.name as topic, k.outcome, k.reason, r.raised_at, r.text,
               m.name as listener
          from issue_case k
          join issue_topic t on t.organization_id = k.organization_id and t.id = k.topic_id
          join issue_report r on r.organization_id = k.organization_id and r.case_id = k.id
          left join member m on m.organization_id = r.organization_id and m.id = r.recorded_by
         where k.organization_id = $1
           and k.id = $2
           and r.guest_id = $3
           and k.status in ('resolved', 'told', 'confirmed')
         order by r.raised_at, r.id
         limit 1
        """,
        organization_id,
        case_id,
        guest_id,
    )


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What a guest raised, as its receipt says it."""

    topic: str
    raised_at: dt.datetime
    due_on: dt.date


async def received(db: Connection, organization_id: UUID, issue_id: UUID) -> Received | None:
    return await fetch_maybe(
        db,
        Received,
        """
        select t.name as topic, r.raised_at, k.due_on
          from issue_report r
          join issue_case k on k.organization_id = r.organization_id and k.id = r.case_id
          join issue_topic t on t.organization_id = r.organization_id and t.id = r.topic_id
         where r.organization_id = $1 and r.id = $2
        """,
        organization_id,
        issue_id,
    )


async def put_notice(
    db: Connection,
    organization_id: UUID,
    notice_id: UUID,
    state: NoticeState,
    why: str | None,
    retry_s: float,
) -> None:
    await execute_one(
        db,
        """
        update case_notice
           set state = $3, why = $4, retry_at = now() + make_interval(secs => $5),
               sent_at = case when $3 = 'sent' then now() else sent_at end,
               ended_at = case when $3 in ('delivered', 'failed', 'suppressed') then now() end
         where organization_id = $1 and id = $2
        """,
        organization_id,
        notice_id,
        state,
        why,
        retry_s,
    )


async def notice_by_id(db: Connection, organization_id: UUID, notice_id: UUID) -> Notice:
    found = await notices(db, organization_id, notice_id, None, None, 1, 0)
    if not found:
        raise NotFoundError
    return found[0]


async def notices(
    db: Connection,
    organization_id: UUID,
    notice_id: UUID | None,
    state: NoticeState | None,
    channel: str | None,
    limit: int,
    offset: int,
) -> list[Notice]:
    """The earliest first."""
    return await fetch_all(
        db,
        Notice,
        """
        select n.id, n.person_id, p.given_name, p.family_name, n.channel,
               case n.channel when 'phone' then p.phone end as phone, n.state, n.why,
               array(select t.case_id from case_telling t
                      where t.organization_id = n.organization_id and t.notice_id = n.id
                      order by t.case_id) as case_ids,
               n.created_at, n.sent_at, n.ended_at
          from case_notice n
          join person p on p.organization_id = n.organization_id and p.id = n.person_id
         where n.organization_id = $1
           and ($2::uuid is null or n.id = $2)
           and ($3::text is null or n.state = $3)
           and ($4::text is null or n.channel = $4)
         order by n.created_at, n.id
         limit $5 offset $6
        """,
        organization_id,
        notice_id,
        state,
        channel,
        limit,
        offset,
    )


async def arrived(db: Connection, organization_id: UUID, case_id: UUID, person_id: UUID) -> None:
    """Whoever answers has had the message."""
    await db.execute(
        """
        update case_notice n
           set state = 'delivered', why = null, ended_at = now()
          from case_telling t
         where n.organization_id = $1
           and t.organization_id = $1
           and t.notice_id = n.id
           and t.case_id = $2
           and n.person_id = $3
           and n.state in ('sending', 'sent', 'failed')
        """,
        organization_id,
        case_id,
        person_id,
    )


async def letter_arrived(
    db: Connection, organization_id: UUID, case_id: UUID, guest_id: UUID
) -> None:
    """The same of a guest."""
    await db.execute(
        """
        update letter
           set state = 'delivered', why = null, ended_at = now()
         where organization_id = $1
           and about = $2
           and guest_id = $3
           and kind = 'issue_told'
           and state in ('sending', 'sent', 'failed', 'unknown')
        """,
        organization_id,
        case_id,
        guest_id,
    )


async def revisits(
    db: Connection, organization_id: UUID, limit: int, offset: int, *, done: bool
) -> list[Revisit]:
    """The longest waiting first."""
    return await fetch_all(
        db,
        Revisit,
        """
        select v.id, v.door_id, a.street, a.house_number, d.unit, a.lon, a.lat, v.created_at,
               v.done_at,
               array(select distinct t.person_id from case_telling t
                      where t.organization_id = v.organization_id
                        and t.revisit_id = v.id
                        and t.person_id is not null
                      order by t.person_id) as person_ids,
               array(select distinct t.case_id from case_telling t
                      where t.organization_id = v.organization_id and t.revisit_id = v.id
                      order by t.case_id) as case_ids
          from revisit v
          join door d on d.organization_id = v.organization_id and d.id = v.door_id
          join address a on a.organization_id = d.organization_id and a.id = d.address_id
         where v.organization_id = $1 and ($4 or v.done_at is null)
         order by v.created_at, v.id
         limit $2 offset $3
        """,
        organization_id,
        limit,
        offset,
        done,
    )


async def organization_ids(db: Connection) -> list[UUID]:
    rows = await db.fetch("select id from organization order by id")
    return [row["id"] for row in rows]
