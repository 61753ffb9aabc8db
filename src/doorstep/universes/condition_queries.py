"""Every statement that says whom the conditions about what happened hold."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from doorstep.algorithms.projecting import Result, counts_as_contact
from doorstep.kit.db import Connection, fetch_all, fetch_one

CONTACTS = [result.value for result in Result if counts_as_contact(result)]


class _Holdout(msgspec.Struct, frozen=True, kw_only=True):
    share: float
    seed: str


class _Scope(msgspec.Struct, frozen=True, kw_only=True):
    pass_ids: list[UUID]
    since: dt.datetime


class AnswerGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Who gave an answer: ids end to end, of people, and of doors where nobody was named."""

    value: Any
    people: bytes
    doors: bytes


async def left_alone(db: Connection, organization_id: UUID) -> tuple[bytes, bytes]:
    """Ids of the people and of the doors that asked to be left alone."""
    row = await db.fetchrow(
        """
        select coalesce(string_agg(uuid_send(person_id), ''), '') as people,
               coalesce(string_agg(uuid_send(door_id), '') filter (where person_id is null), '')
                 as doors
          from left_alone
         where organization_id = $1
        """,
        organization_id,
    )
    return (row["people"], row["doors"]) if row else (b"", b"")


async def answers(
    db: Connection, organization_id: UUID, question: str, script_id: UUID | None
) -> list[AnswerGroup]:
    """The last answers to a question; sensitive ones only where their consent stands."""
    return await fetch_all(
        db,
        AnswerGroup,
        """
        with latest as (
          select distinct on (e.person_id, case when e.person_id is null then a.door_id end)
                 e.person_id, a.door_id, a.value
            from survey_answer a
            join contact_event e on e.organization_id = a.organization_id and e.id = a.answer_id
           where a.organization_id = $1
             and a.question_key = $2
             and ($3::uuid is null or a.script_id = $3)
             and a.standing
             and e.status = 'accepted'
             and (not a.sensitive or exists (
               select from standing_consent c
                where c.organization_id = a.organization_id and c.id = a.consent_id))
           order by e.person_id, case when e.person_id is null then a.door_id end,
                    e.occurred_at desc, e.id desc
        )
        select value,
               coalesce(string_agg(uuid_send(person_id), ''), '') as people,
               coalesce(string_agg(uuid_send(door_id), '') filter (where person_id is null), '')
                 as doors
          from latest
         group by value
        """,
        organization_id,
        question,
        script_id,
    )


async def doors_with_last_result(
    db: Connection,
    organization_id: UUID,
    results: Sequence[str],
    pass_id: UUID | None,
    campaign_id: UUID | None,
) -> bytes:
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(door_id), ''), '')
          from (
            select distinct on (s.door_id) s.door_id, s.last_result
              from door_state s
              join pass p on p.organization_id = s.organization_id and p.id = s.pass_id
             where s.organization_id = $1
               and ($3::uuid is null or s.pass_id = $3)
               and ($4::uuid is null or p.campaign_id = $4)
               and s.attempts_count > 0
             order by s.door_id, s.last_attempt_at desc, s.latest_event_id desc) latest
         where last_result = any($2)
        """,
        organization_id,
        results,
        pass_id,
        campaign_id,
    )


async def doors_tried(
    db: Connection,
    organization_id: UUID,
    at_least: int,
    at_most: int | None,
    pass_id: UUID | None,
    campaign_id: UUID | None,
) -> bytes:
    """Doors with so many attempts; never any without one."""
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(door_id), ''), '')
          from (
            select s.door_id
              from door_state s
              join pass p on p.organization_id = s.organization_id and p.id = s.pass_id
             where s.organization_id = $1
               and ($4::uuid is null or s.pass_id = $4)
               and ($5::uuid is null or p.campaign_id = $5)
               and s.attempts_count > 0
             group by s.door_id
            having sum(s.attempts_count) >= $2
               and ($3::integer is null or sum(s.attempts_count) <= $3)) tried
        """,
        organization_id,
        at_least,
        at_most,
        pass_id,
        campaign_id,
    )


async def scope_since(
    db: Connection,
    organization_id: UUID,
    pass_id: UUID | None,
    campaign_id: UUID | None,
    since: dt.date,
) -> tuple[list[UUID], dt.datetime]:
    """The passes meant, and the instant at which a day begins where the organization is."""
    row = await fetch_one(
        db,
        _Scope,
        """
        select array(
                 select p.id
                   from pass p
                  where p.organization_id = $1
                    and ($2::uuid is null or p.id = $2)
                    and ($3::uuid is null or p.campaign_id = $3)) as pass_ids,
               $4::date::timestamp at time zone time_zone as since
          from organization
         where id = $1
        """,
        organization_id,
        pass_id,
        campaign_id,
        since,
    )
    return row.pass_ids, row.since


async def doors_tried_since(
    db: Connection,
    organization_id: UUID,
    pass_ids: Sequence[UUID],
    since: dt.datetime,
    at_least: int,
    at_most: int | None,
    *,
    contacts: bool = False,
) -> bytes:
    """Doors with so many attempts in some passes since an instant, or with so many contacts.

    Whether there was one at all, the states of doors mostly tell; where they do not, events are
    read. An attempt without reply counts as it is; where there are replies, all of it is weighed.
    """
    return await db.fetchval(
        """
        with state as (
          select door_id, case when $6::boolean then contacts_count else attempts_count end
                   as tries_count,
                 $4 <= 1 and $5::integer is null and (not $6 or last_result = any($7::text[]))
                   as surely
            from door_state
           where organization_id = $1
             and pass_id = any($2::uuid[])
             and last_attempt_at >= $3::timestamptz
             and case when $6 then contacts_count else attempts_count end > 0
        ),
        unsure as (
          select door_id from state where not surely group by door_id having sum(tries_count) >= $4
        ),
        replied as materialized (
          select distinct a.door_id
            from contact_event r
            join contact_event a on a.organization_id = $1 and a.id = r.target_id
            join unsure on unsure.door_id = a.door_id
           where r.organization_id = $1
             and r.target_id is not null
             and r.kind in ('correct', 'void')
             and a.kind = 'attempt'
        ),
        attempt as (
          select e.door_id, e.payload ->> 'result' as result
            from contact_event e
            join unsure on unsure.door_id = e.door_id
           where e.organization_id = $1
             and e.pass_id = any($2)
             and e.occurred_at >= $3
             and e.kind = 'attempt'
             and e.status = 'accepted'
             and e.payload ->> 'mark' is null
             and e.door_id not in (select door_id from replied)
           union all
          select e.door_id, e.result
            from effective_attempt_at($1, $2, array(select door_id from replied)) e
           where e.occurred_at >= $3
        )
        select coalesce(string_agg(uuid_send(door_id), ''), '')
          from (
            select door_id from state where surely
             union all
            select door_id
              from attempt
             where result is not null and (not $6 or result = any($7))
             group by door_id
            having count(*) >= $4 and ($5 is null or count(*) <= $5)) tried
        """,
        organization_id,
        pass_ids,
        since,
        at_least,
        at_most,
        contacts,
        CONTACTS,
    )


async def doors_contacted(
    db: Connection, organization_id: UUID, pass_id: UUID | None, campaign_id: UUID | None
) -> bytes:
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(s.door_id), ''), '')
          from door_state s
          join pass p on p.organization_id = s.organization_id and p.id = s.pass_id
         where s.organization_id = $1
           and ($2::uuid is null or s.pass_id = $2)
           and ($3::uuid is null or p.campaign_id = $3)
           and s.contacts_count > 0
        """,
        organization_id,
        pass_id,
        campaign_id,
    )


async def doors_to_revisit(db: Connection, organization_id: UUID) -> bytes:
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(door_id), ''), '')
          from revisit
         where organization_id = $1 and done_at is null
        """,
        organization_id,
    )


async def doors_in_turf(
    db: Connection, organization_id: UUID, turf_id: UUID | None, pass_id: UUID | None
) -> bytes:
    """The doors of a turf, or those in any turf of a pass that is not archived."""
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(door_id), ''), '')
          from turf_door
         where organization_id = $1
           and ($2::uuid is null or turf_id = $2)
           and ($3::uuid is null or pass_id = $3 and live)
        """,
        organization_id,
        turf_id,
        pass_id,
    )


async def holdout_of_pass(
    db: Connection, organization_id: UUID, pass_id: UUID
) -> tuple[float, str]:
    """Which share of buildings a pass holds out, and by which seed."""
    row = await fetch_one(
        db,
        _Holdout,
        """
        select holdout_share as share, coalesce(holdout_seed, id::text) as seed
          from pass
         where organization_id = $1 and id = $2
        """,
        organization_id,
        pass_id,
    )
    return row.share, row.seed


async def doors_held_out(db: Connection, organization_id: UUID, seed: str, below: bytes) -> bytes:
    """Doors of buildings whose hash with the seed lies below a threshold of eight bytes."""
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(d.id), ''), '')
          from address a
          join door d on d.organization_id = $1 and d.address_id = a.id
         where a.organization_id = $1
           and substring(sha256(convert_to($2::text || '/' || a.building_id::text, 'UTF8'))
                         from 1 for 8) < $3::bytea
        """,
        organization_id,
        seed,
        below,
    )


async def people_consenting(
    db: Connection, organization_id: UUID, purpose: str, channel: str | None
) -> bytes:
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(person_id), ''), '')
          from standing_consent
         where organization_id = $1
           and purpose = $2
           and ($3::text is null or channel is null or channel = $3)
        """,
        organization_id,
        purpose,
        channel,
    )
