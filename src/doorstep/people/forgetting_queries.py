"""Every statement that takes people out of the record; each works on many at once.

``doors`` and ``patterns`` belong together: what names somebody of that door.
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all


class Forgotten(NamedTuple):
    """How much was forgotten."""

    answers_count: int
    events_count: int
    rejects_count: int


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is to be forgotten, and where they live; "" where nothing is known."""

    person_id: UUID
    door_id: UUID
    lone: bool
    """Nobody else lives behind the door: all words about it are about them."""
    external_id: str
    given_name: str
    family_name: str
    phone: str
    email: str
    street: str
    house_number: str
    unit: str


async def lock_doors_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> None:
    """Nothing new is taken in about these doors until the transaction ends."""
    await db.execute(
        """
        select d.id
          from door d
         where d.organization_id = $1
           and d.id in (
             select h.door_id
               from person p
               join household h on h.organization_id = $1 and h.id = p.household_id
              where p.organization_id = $1 and p.id = any($2))
         order by d.id
           for no key update
        """,
        organization_id,
        person_ids,
    )


async def places_of(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[Place]:
    return await fetch_all(
        db,
        Place,
        """
        select p.id as person_id, h.door_id,
               coalesce(p.external_id, p.merged_external_id, '') as external_id,
               p.given_name, p.family_name, coalesce(p.phone, '') as phone,
               coalesce(p.email, '') as email, a.street, a.house_number, d.unit,
               not exists (
                 select from household oh
                   join person o on o.organization_id = $1 and o.household_id = oh.id
                  where oh.organization_id = $1
                    and oh.door_id = h.door_id
                    and o.erased_at is null
                    and o.merged_into is null
                    and o.id <> all ($2)) as lone
          from person p
          join household h on h.organization_id = $1 and h.id = p.household_id
          join door d on d.organization_id = $1 and d.id = h.door_id
          join address a on a.organization_id = $1 and a.id = d.address_id
         where p.organization_id = $1 and p.id = any($2)
         order by p.id
        """,
        organization_id,
        person_ids,
    )


async def opinions_of(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID], consent_id: UUID
) -> list[UUID]:
    """Sensitive answers of people, and those that rest on a consent."""
    rows = await db.fetch(
        """
        select distinct a.answer_id
          from survey_answer a
          join contact_event e on e.organization_id = a.organization_id and e.id = a.answer_id
         where a.organization_id = $1
           and a.sensitive
           and (a.consent_id = $3
             or e.person_id = any($2)
             and a.door_id in (
               select c.door_id from contact_event c
                where c.organization_id = $1 and c.person_id = any($2)))
        """,
        organization_id,
        person_ids,
        consent_id,
    )
    return [row["answer_id"] for row in rows]


async def answers_of_people(
    db: Connection,
    organization_id: UUID,
    person_ids: Sequence[UUID],
    lone: Sequence[UUID],
    doors: Sequence[UUID],
    patterns: Sequence[str],
) -> list[UUID]:
    """What they answered wherever they lived, and what names them at their door."""
    rows = await db.fetch(
        """
        select a.answer_id
          from contact_event e
          join survey_answer a on a.organization_id = e.organization_id and a.answer_id = e.id
         where e.organization_id = $1 and e.person_id = any($2)
         union
        select a.answer_id
          from unnest($4::uuid[], $5::text[]) as naming (door_id, pattern)
          join survey_answer a on a.organization_id = $1 and a.door_id = naming.door_id
          join contact_event e on e.organization_id = $1 and e.id = a.answer_id
         where e.person_id is null and a.door_id = any($3)
            or a.value::text ~* naming.pattern
        """,
        organization_id,
        person_ids,
        lone,
        doors,
        patterns,
    )
    return [row["answer_id"] for row in rows]


async def lock_doors_of_answers(
    db: Connection, organization_id: UUID, answer_ids: Sequence[UUID]
) -> None:
    await db.execute(
        """
        select d.id
          from door d
         where d.organization_id = $1
           and d.id in (
             select a.door_id from survey_answer a
              where a.organization_id = $1 and a.answer_id = any($2))
         order by d.id
           for no key update
        """,
        organization_id,
        answer_ids,
    )


async def tally_answers(db: Connection, organization_id: UUID, answer_ids: Sequence[UUID]) -> int:
    """How many values went; those that counted are counted on, without their words."""
    done = await db.execute(
        """
        with chosen as materialized (
          select c.*
            from counted_answer($1, null, array(
                   select a.door_id from survey_answer a
                    where a.organization_id = $1 and a.answer_id = any($2))) c
           where c.answer_id = any($2)
        ),
        tallied as (
          insert into answer_tally
            (organization_id, pass_id, script_id, script_version, question_key, value, sensitive,
             answers_count)
          select $1, c.pass_id, c.script_id, c.script_version, c.question_key, kept.value,
                 c.sensitive, count(*)
            from chosen c
            join script_version v on v.organization_id = $1
                                 and v.script_id = c.script_id
                                 and v.version = c.script_version
           cross join lateral (
             select case when exists (
                 select from jsonb_array_elements(v.questions) question
                  where question ->> 'key' = c.question_key
                    and question ->> 'type' in ('single', 'multi', 'scale', 'yes_no', 'number'))
               then c.value else '"…"' end as value) kept
           group by c.pass_id, c.script_id, c.script_version, c.question_key, kept.value,
                    c.sensitive
              on conflict
                 (organization_id, pass_id, script_id, script_version, question_key, value,
                  sensitive)
              do update
             set answers_count = answer_tally.answers_count + excluded.answers_count
        )
        delete from survey_answer a
         using contact_event e
         where a.organization_id = $1
           and e.organization_id = $1
           and e.id = a.answer_id
           and (a.answer_id = any($2)
             or exists (
               select from chosen c
                where c.pass_id = a.pass_id
                  and c.script_id = a.script_id
                  and c.question_key = a.question_key
                  and c.door_id = a.door_id
                  and c.person_id is not distinct from e.person_id))
        """,
        organization_id,
        answer_ids,
    )
    return int(done.rsplit(" ", 1)[1])


async def events_about(
    db: Connection,
    organization_id: UUID,
    person_ids: Sequence[UUID],
    lone: Sequence[UUID],
    numbers: str,
    doors: Sequence[UUID],
    patterns: Sequence[str],
) -> list[UUID]:
    """Events whose words are about people, with the replies to them.

    What waits for review may name them where no column does.
    """
    rows = await db.fetch(
        """
        with recursive about as (
          (select e.id
             from contact_event e
            where e.organization_id = $1 and e.person_id = any($2)
            union
           select e.id
             from unnest($5::uuid[], $6::text[]) as naming (door_id, pattern)
             join contact_event e on e.organization_id = $1 and e.door_id = naming.door_id
            where e.person_id is null and e.door_id = any($3)
               or concat_ws(' ', e.review_reason, e.payload) ~* naming.pattern
            union
           select e.id
             from contact_event e
            where e.organization_id = $1
              and e.status = 'needs_review'
              and (e.payload ->> 'person_id' = any($2::uuid[]::text[])
                or concat_ws(' ', e.review_reason, e.payload) ~* $4)
            union
           select e.id
             from unnest($5::uuid[], $6::text[]) as naming (door_id, pattern)
             join contact_event e on e.organization_id = $1
                                 and e.status = 'needs_review'
                                 and e.payload ->> 'door_id' = naming.door_id::text
            where naming.door_id = any($3)
               or concat_ws(' ', e.review_reason, e.payload) ~* naming.pattern)
           union
          select reply.id
            from about
            join contact_event reply on reply.organization_id = $1
                                    and reply.target_id = about.id
        )
        select id from about
        """,
        organization_id,
        person_ids,
        lone,
        numbers,
        doors,
        patterns,
    )
    return [row["id"] for row in rows]


async def empty_events(db: Connection, organization_id: UUID, event_ids: Sequence[UUID]) -> int:
    """Keep what is counted, drop all words; how many had any.

    The hash stays: by it a phone that sends the event again is told that it is known.
    """
    done = await db.execute(
        """
        update contact_event e
           set payload = kept.payload,
               review_reason = case when e.review_reason is not null then 'Erased.' end
          from contact_event told
         cross join lateral (
           select coalesce(jsonb_object_agg(part.key, part.value), '{}') as payload
             from jsonb_each(told.payload) part
            where told.status = 'accepted'
              and part.key in ('result', 'mark', 'question', 'corrects_answer')) kept
         where e.organization_id = $1
           and e.id = any($2)
           and told.organization_id = $1
           and told.id = e.id
           and (e.payload <> kept.payload or e.review_reason <> 'Erased.')
        """,
        organization_id,
        event_ids,
    )
    return int(done.rsplit(" ", 1)[1])


async def empty_conflicts(
    db: Connection,
    organization_id: UUID,
    event_ids: Sequence[UUID],
    person_ids: Sequence[UUID],
    doors: Sequence[UUID],
    patterns: Sequence[str],
) -> None:
    await db.execute(
        """
        update event_conflict c
           set payload = '{}'
         where c.organization_id = $1
           and (c.event_id = any($2)
             or c.payload ->> 'person_id' = any($3::uuid[]::text[])
             or exists (
               select from unnest($4::uuid[], $5::text[]) as naming (door_id, pattern)
                where c.payload ->> 'door_id' = naming.door_id::text
                  and c.payload::text ~* naming.pattern))
        """,
        organization_id,
        event_ids,
        person_ids,
        doors,
        patterns,
    )


async def empty_consents(db: Connection, organization_id: UUID, person_ids: Sequence[UUID]) -> None:
    """That something was allowed stays on record, in nobody's words."""
    await db.execute(
        """
        update consent
           set wording = ''
         where organization_id = $1 and person_id = any($2) and wording <> ''
        """,
        organization_id,
        person_ids,
    )


async def empty_clearings(
    db: Connection,
    organization_id: UUID,
    person_ids: Sequence[UUID],
    lone: Sequence[UUID],
    doors: Sequence[UUID],
    patterns: Sequence[str],
) -> None:
    """Why a wish to be left alone was lifted."""
    await db.execute(
        """
        update do_not_contact n
           set cleared_reason = 'Erased.'
         where n.organization_id = $1
           and n.cleared_reason is not null
           and (n.person_id = any($2)
             or n.person_id is null and n.door_id = any($3)
             or exists (
               select from unnest($4::uuid[], $5::text[]) as naming (door_id, pattern)
                where n.door_id = naming.door_id and n.cleared_reason ~* naming.pattern))
        """,
        organization_id,
        person_ids,
        lone,
        doors,
        patterns,
    )


async def empty_notes(
    db: Connection,
    organization_id: UUID,
    lone: Sequence[UUID],
    doors: Sequence[UUID],
    patterns: Sequence[str],
) -> None:
    """Notes of doors nobody else lives behind; else those of door and building that name them."""
    await db.execute(
        """
        with naming as (
          select door_id, pattern from unnest($3::uuid[], $4::text[]) as n (door_id, pattern)
        ),
        emptied as (
          update door d
             set note = ''
            from naming n
           where d.organization_id = $1
             and d.id = n.door_id
             and d.note <> ''
             and (d.id = any($2) or d.note ~* n.pattern)
        )
        update building b
           set access_note = ''
          from naming n
          join door d on d.organization_id = $1 and d.id = n.door_id
          join address a on a.organization_id = $1 and a.id = d.address_id
         where b.organization_id = $1
           and b.id = a.building_id
           and b.access_note ~* n.pattern
        """,
        organization_id,
        lone,
        doors,
        patterns,
    )


async def empty_issues(
    db: Connection,
    organization_id: UUID,
    person_ids: Sequence[UUID],
    lone: Sequence[UUID],
    doors: Sequence[UUID],
    patterns: Sequence[str],
) -> None:
    """What they raised, and what was noted of it; that it was raised, and how it ended, stays.

    Words about a case that others raised as well go where they name somebody who is forgotten.
    """
    await db.execute(
        """
        with naming as (
          select door_id, pattern from unnest($4::uuid[], $5::text[]) as n (door_id, pattern)
        ),
        theirs as materialized (
          select r.id, r.case_id
            from issue_report r
           where r.organization_id = $1
             and (r.person_id = any($2) or r.person_id is null and r.door_id = any($3))
        ),
        about as materialized (
          select k.id,
                 not exists (
                   select from issue_report o
                    where o.organization_id = $1
                      and o.case_id in (k.id, k.duplicate_of_id)
                      and o.id not in (select id from theirs)) as alone
            from issue_case k
           where k.organization_id = $1
             and (k.id in (select case_id from theirs)
               or k.duplicate_of_id in (select case_id from theirs))
        ),
        texts as (
          update issue_report r
             set text = '', place = '', place_lon = null, place_lat = null
           where r.organization_id = $1
             and (r.text <> '' or r.place <> '')
             and (r.id in (select id from theirs)
               or exists (
                 select from naming n where n.door_id = r.door_id and r.text ~* n.pattern))
        ),
        notes as (
          update case_note c
             set text = 'Erased.'
            from about
           where c.organization_id = $1
             and c.case_id = about.id
             and (about.alone or exists (select from naming n where c.text ~* n.pattern))
        ),
        changes as (
          update case_change c
             set reason = 'Erased.'
            from about
           where c.organization_id = $1
             and c.case_id = about.id
             and c.reason <> ''
             and (about.alone or c.person_id = any($2)
               or exists (select from naming n where c.reason ~* n.pattern))
        ),
        calls as (
          update case_notice
             set state = 'suppressed', why = 'erased', ended_at = now()
           where organization_id = $1 and person_id = any($2) and state = 'queued'
        )
        update issue_case k
           set reason = 'Erased.'
          from about
         where k.organization_id = $1
           and k.id = about.id
           and k.reason is not null
           and (about.alone or exists (select from naming n where k.reason ~* n.pattern))
        """,
        organization_id,
        person_ids,
        lone,
        doors,
        patterns,
    )


async def empty_guests(db: Connection, organization_id: UUID, person_ids: Sequence[UUID]) -> None:
    """Whoever they are on public pages, and what they wanted to be put right.

    Triggers empty what points at a guest. Letters that wait see when they are sent that there is
    nobody any more.
    """
    await db.execute(
        """
        with corrections as (
          delete from correction where organization_id = $1 and person_id = any($2)
        )
        update guest
           set name = '', email = null, new_email = null, language = null, person_id = null,
               asks_at = null, erased_at = now()
         where organization_id = $1 and person_id = any($2) and erased_at is null
        """,
        organization_id,
        person_ids,
    )


async def empty_rejects(db: Connection, organization_id: UUID, pattern: str) -> int:
    done = await db.execute(
        """
        update import_reject
           set reason = 'Erased: it quoted somebody who asked to be forgotten.', remedy = ''
         where organization_id = $1 and reason || ' ' || remedy ~* $2
        """,
        organization_id,
        pattern,
    )
    return int(done.rsplit(" ", 1)[1])


async def empty_runs(db: Connection, organization_id: UUID, pattern: str) -> None:
    """What runs showed beforehand, and why they failed, where it quotes people."""
    await db.execute(
        """
        update import_run
           set preview = case when preview::text ~* $2 then '[]' else preview end,
               failure = case when failure ~* $2 then 'Erased.' else failure end
         where organization_id = $1 and (preview::text ~* $2 or failure ~* $2)
        """,
        organization_id,
        pattern,
    )


async def delete_changes(db: Connection, organization_id: UUID, person_ids: Sequence[UUID]) -> None:
    """How they were before an import."""
    await db.execute(
        """
        delete from import_change
         where organization_id = $1 and kind = 'person' and thing_id = any($2)
        """,
        organization_id,
        person_ids,
    )


async def free_suppressed(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> None:
    await db.execute(
        "delete from suppressed_person where organization_id = $1 and person_id = any($2)",
        organization_id,
        person_ids,
    )


async def drop_columns(db: Connection, organization_id: UUID, doors: Sequence[UUID]) -> None:
    """What filters read of people at these doors; the next count packs it anew without them."""
    await db.execute(
        """
        delete from fact_column c
         using fact_door f
         where c.organization_id = $1
           and f.organization_id = $1
           and f.door_id = any($2)
           -- As many doors are in a block of universes.
           and c.block_no = f.door_no / 4096
        """,
        organization_id,
        doors,
    )


async def delete_matches(db: Connection, organization_id: UUID, person_ids: Sequence[UUID]) -> None:
    """Nobody is to be compared with them; a merge of theirs cannot be taken back."""
    await db.execute(
        """
        delete from person_match
         where organization_id = $1 and (person_id = any($2) or other_person_id = any($2))
        """,
        organization_id,
        person_ids,
    )


async def empty_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> dt.datetime:
    """Since when they are empty."""
    return await db.fetchval(
        """
        with emptied as (
          update person
             set erased_at = now(), external_id = null, merged_external_id = null,
                 given_name = '', family_name = '', name_key = '', birth_year = null,
                 phone = null, email = null, language = null, tags = '{}', attributes = '{}'
           where organization_id = $1 and id = any($2)
        )
        select now()
        """,
        organization_id,
        person_ids,
    )


async def insert_tombstones(
    db: Connection, organization_id: UUID, first_seq: int, person_ids: Sequence[UUID]
) -> None:
    await db.execute(
        """
        insert into tombstone (organization_id, seq, kind, thing_id)
        select $1, $2 + place - 1, 'person', person_id
          from unnest($3::uuid[]) with ordinality as gone (person_id, place)
        """,
        organization_id,
        first_seq,
        person_ids,
    )
