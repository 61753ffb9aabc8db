"""Every statement that shows one person all that is stored of them."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all, fetch_one
from doorstep.people.model import DoNotContact
from doorstep.people.rights_model import (
    ExportedAnswer,
    ExportedAttendance,
    ExportedCorrection,
    ExportedEvent,
    ExportedImport,
    ExportedIssue,
    ExportedLetter,
    ExportedNotice,
    ExportedPerson,
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody is still there."""

    erased_at: dt.datetime | None


async def hold_person(db: Connection, organization_id: UUID, person_id: UUID) -> Standing:
    """Two who erase the same person follow each other."""
    return await fetch_one(
        db,
        Standing,
        "select erased_at from person where organization_id = $1 and id = $2 for update",
        organization_id,
        person_id,
    )


async def person_standing(db: Connection, organization_id: UUID, person_id: UUID) -> Standing:
    return await fetch_one(
        db,
        Standing,
        "select erased_at from person where organization_id = $1 and id = $2",
        organization_id,
        person_id,
    )


async def rows_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[UUID]:
    """Every row that is one of these people: their own first."""
    rows = await db.fetch(
        """
        select id
          from person
         where organization_id = $1 and (id = any($2) or merged_into = any($2))
         order by merged_into is not null, id
        """,
        organization_id,
        person_ids,
    )
    return [row["id"] for row in rows]


async def people_stored(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[ExportedPerson]:
    return await fetch_all(
        db,
        ExportedPerson,
        """
        select p.id, coalesce(p.external_id, p.merged_external_id) as external_id, p.given_name,
               p.family_name, p.birth_year, p.phone, p.email, p.language, p.tags, p.attributes,
               p.created_at, p.changed_at, a.street, a.house_number, d.unit, d.floor, a.postcode,
               a.city, d.note as door_note,
               b.access_note
          from person p
          join household h on h.organization_id = p.organization_id and h.id = p.household_id
          join door d on d.organization_id = p.organization_id and d.id = h.door_id
          join address a on a.organization_id = p.organization_id and a.id = d.address_id
          join building b on b.organization_id = p.organization_id and b.id = a.building_id
         where p.organization_id = $1 and p.id = any($2)
         order by array_position($2, p.id)
        """,
        organization_id,
        person_ids,
    )


async def marks_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[DoNotContact]:
    return await fetch_all(
        db,
        DoNotContact,
        """
        select id, door_id, person_id, source_event_id, recorded_by, recorded_at, cleared_at,
               cleared_by, cleared_reason
          from do_not_contact
         where organization_id = $1 and person_id = any($2)
         order by recorded_at, id
        """,
        organization_id,
        person_ids,
    )


async def events_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[ExportedEvent]:
    """What was recorded about them, the earliest first; also what waits for review."""
    return await fetch_all(
        db,
        ExportedEvent,
        """
        select e.id, e.kind, e.status, e.occurred_at, p.name as pass_name, e.payload
          from contact_event e
          left join pass p on p.organization_id = e.organization_id and p.id = e.pass_id
         where e.organization_id = $1
           and e.id in (
             select id from contact_event where organization_id = $1 and person_id = any($2)
              union all
             select id from contact_event
              where organization_id = $1
                and status = 'needs_review'
                and payload ->> 'person_id' = any($2::uuid[]::text[]))
         order by e.occurred_at, e.id
        """,
        organization_id,
        person_ids,
    )


async def answers_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[ExportedAnswer]:
    """At their door, and as a guest who was found to be them; the earliest first."""
    return await fetch_all(
        db,
        ExportedAnswer,
        """
        select a.event_id, told.occurred_at, s.name as script_name, a.question_key,
               (select question ->> 'text' from jsonb_array_elements(v.questions) question
                 where question ->> 'key' = a.question_key) as question,
               a.value, a.sensitive, a.standing
          from contact_event root
          join survey_answer a on a.organization_id = $1 and a.answer_id = root.id
          join contact_event told on told.organization_id = $1 and told.id = a.event_id
          join script s on s.organization_id = $1 and s.id = a.script_id
          join script_version v on v.organization_id = $1
                               and v.script_id = a.script_id
                               and v.version = a.script_version
         where root.organization_id = $1 and root.person_id = any($2)
         union all
        select w.response_id, w.answered_at, w.script_name, w.question_key, w.question, w.value,
               w.sensitive, true
          from guest_answer w
          join guest g on g.organization_id = $1 and g.id = w.guest_id and g.person_id = any($2)
         where w.organization_id = $1
         order by 2, 1
        """,
        organization_id,
        person_ids,
    )


async def issues_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[ExportedIssue]:
    """What they raised, the earliest first."""
    return await fetch_all(
        db,
        ExportedIssue,
        """
        select r.id, r.raised_at, t.name as topic, r.text, k.status, k.due_on, k.outcome, k.reason,
               k.resolved_at
          from issue_report r
          join issue_topic t on t.organization_id = r.organization_id and t.id = r.topic_id
          join issue_case k on k.organization_id = r.organization_id and k.id = r.case_id
         where r.organization_id = $1 and r.person_id = any($2)
         order by r.raised_at, r.id
        """,
        organization_id,
        person_ids,
    )


async def notices_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[ExportedNotice]:
    """What they were told, the earliest first."""
    return await fetch_all(
        db,
        ExportedNotice,
        """
        select id, channel, state, created_at, sent_at
          from case_notice
         where organization_id = $1 and person_id = any($2)
         order by created_at, id
        """,
        organization_id,
        person_ids,
    )


async def attendances_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[ExportedAttendance]:
    """The events they came to, also as a guest who was found to be them; the earliest first."""
    return await fetch_all(
        db,
        ExportedAttendance,
        """
        select a.id, e.title as event, coalesce(s.starts_at, o.starts_at) as starts_at, a.state,
               a.seats, a.asked_at, a.checked_in_at, f.rating, f.good, f.change
          from attendance a
          join public_event o on o.organization_id = a.organization_id and o.event_id = a.event_id
          join civic_event e on e.organization_id = a.organization_id and e.id = a.event_id
          left join office_slot s on s.organization_id = a.organization_id and s.id = a.slot_id
          left join guest g on g.organization_id = a.organization_id and g.id = a.guest_id
          left join event_feedback f on f.organization_id = a.organization_id
           and f.attendance_id = a.id
         where a.organization_id = $1 and (a.person_id = any($2) or g.person_id = any($2))
         order by a.asked_at, a.id
        """,
        organization_id,
        person_ids,
    )


async def letters_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[ExportedLetter]:
    """Theirs, and those of guests that they are; the earliest first."""
    return await fetch_all(
        db,
        ExportedLetter,
        """
        select l.id, l.kind, l.purpose, l.state, l.created_at, l.sent_at
          from letter l
         where l.organization_id = $1
           and (l.person_id = any($2)
             or l.guest_id in (
               select g.id from guest g where g.organization_id = $1 and g.person_id = any($2)))
         order by l.created_at, l.id
        """,
        organization_id,
        person_ids,
    )


async def corrections_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[ExportedCorrection]:
    """The earliest first."""
    return await fetch_all(
        db,
        ExportedCorrection,
        """
        select text, asked_at, done_at
          from correction
         where organization_id = $1 and person_id = any($2)
         order by asked_at, id
        """,
        organization_id,
        person_ids,
    )


async def imports_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[ExportedImport]:
    """Where their data came from: null is before the import that brought them."""
    return await fetch_all(
        db,
        ExportedImport,
        """
        select r.id as import_id, r.file_name, r.created_at, touched.before
          from (
            select import_run_id, null::jsonb as before
              from person
             where organization_id = $1 and id = any($2) and import_run_id is not null
             union all
            select import_run_id, before
              from import_change
             where organization_id = $1 and kind = 'person' and thing_id = any($2)) touched
          join import_run r on r.organization_id = $1 and r.id = touched.import_run_id
         order by r.created_at, r.id
        """,
        organization_id,
        person_ids,
    )
