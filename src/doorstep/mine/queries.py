"""Every statement of the pages of one's own."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one
from doorstep.mine.model import Correction
from doorstep.people.rights_model import (
    ExportedAnswer,
    ExportedAttendance,
    ExportedIssue,
    ExportedLetter,
)


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """An issue with what may be done about how it ended."""

    case_id: UUID
    raiser_id: UUID
    topic: str
    raised_on: str
    status: str
    reason: str | None
    open_until_s: float | None


async def people_of_email(db: Connection, organization_id: UUID, email: str) -> list[UUID]:
    """Couples share addresses; more than a few are nobody's own."""
    rows = await db.fetch(
        """
        select id
          from person
         where organization_id = $1 and lower(email) = lower($2) and erased_at is null
         order by id
         limit 5
        """,
        organization_id,
        email,
    )
    return [row["id"] for row in rows]


async def person_now(db: Connection, organization_id: UUID, person_id: UUID) -> UUID | None:
    """Who an id stands for now; None for somebody erased."""
    return await db.fetchval(
        """
        select m.person_id
          from people_meant($1, array[$2::uuid]) m
          join person p on p.organization_id = $1 and p.id = m.person_id and p.erased_at is null
        """,
        organization_id,
        person_id,
    )


async def choices(
    db: Connection,
    organization_id: UUID,
    person_id: UUID,
    purposes: Sequence[str],
    channels: Sequence[str],
) -> list[tuple[str, str]]:
    """What a person allows now: (purpose, channel)."""
    rows = await db.fetch(
        """
        select purpose, channel
          from unnest($3::text[]) purpose
         cross join unnest($4::text[]) channel
         where consents_to($1, $2, purpose, channel, now())
        """,
        organization_id,
        person_id,
        purposes,
        channels,
    )
    return [(row["purpose"], row["channel"]) for row in rows]


async def keeps_opinions(db: Connection, organization_id: UUID, person_id: UUID) -> bool:
    return await db.fetchval(
        "select consents_to($1, $2, 'opinion_record', null, now())", organization_id, person_id
    )


async def guest_choices(
    db: Connection, organization_id: UUID, guest_ids: Sequence[UUID], purposes: Sequence[str]
) -> list[str]:
    """What somebody allows as a guest now."""
    rows = await db.fetch(
        """
        select distinct purpose
          from unnest($2::uuid[]) guest_id
         cross join unnest($3::text[]) purpose
         where guest_consents_to($1, guest_id, purpose, now())
        """,
        organization_id,
        guest_ids,
        purposes,
    )
    return [row["purpose"] for row in rows]


async def put_language(
    db: Connection, organization_id: UUID, person_id: UUID, language: str | None
) -> None:
    await execute_one(
        db,
        """
        update person
           set language = $3
         where organization_id = $1 and id = $2 and erased_at is null
        """,
        organization_id,
        person_id,
        language,
    )


async def insert_correction(
    db: Connection, organization_id: UUID, correction_id: UUID, person_id: UUID, text: str
) -> None:
    """Unless the same waits already: a form is sent twice easily."""
    await db.execute(
        """
        insert into correction (organization_id, id, person_id, text)
        select $1, $2, $3, $4
         where not exists (
           select from correction
            where organization_id = $1 and person_id = $3 and text = $4 and done_at is null)
        """,
        organization_id,
        correction_id,
        person_id,
        text,
    )


async def corrections(
    db: Connection, organization_id: UUID, done: bool, limit: int, offset: int
) -> list[Correction]:
    """The longest waiting first."""
    return await fetch_all(
        db,
        Correction,
        """
        select id, person_id, text, asked_at, done_at, done_by
          from correction
         where organization_id = $1 and ($2 or done_at is null)
         order by asked_at, id
         limit $3 offset $4
        """,
        organization_id,
        done,
        limit,
        offset,
    )


async def put_done(
    db: Connection, organization_id: UUID, correction_id: UUID, done_by: UUID
) -> Correction:
    return await fetch_one(
        db,
        Correction,
        """
        update correction
           set done_at = coalesce(done_at, now()), done_by = coalesce(done_by, $3)
         where organization_id = $1 and id = $2
        returning id, person_id, text, asked_at, done_at, done_by
        """,
        organization_id,
        correction_id,
        done_by,
    )


async def raised(
    db: Connection,
    organization_id: UUID,
    person_id: UUID | None,
    guest_ids: Sequence[UUID],
    days: int,
) -> list[Raised]:
    """What somebody raised, the newest first, and how long they may object to its end."""
    return await fetch_all(
        db,
        Raised,
        """
        select k.id as case_id, coalesce(m.person_id, r.guest_id) as raiser_id, t.name as topic,
               to_char(max(r.raised_at), 'YYYY-MM-DD') as raised_on, k.status, k.reason,
               extract(epoch from k.resolved_at + make_interval(days => $4)) as open_until_s
          from issue_report r
          left join people_meant($1, array(select rows_of_person($1, $2))) m on m.id = r.person_id
          join issue_case o on o.organization_id = $1 and o.id = r.case_id
          join issue_case k on k.organization_id = $1 and k.id = coalesce(o.duplicate_of_id, o.id)
          join issue_topic t on t.organization_id = $1 and t.id = k.topic_id
         where r.organization_id = $1 and (m.person_id = $2 or r.guest_id = any($3))
         group by k.id, coalesce(m.person_id, r.guest_id), t.name, k.status, k.reason,
                  k.resolved_at
         order by max(r.raised_at) desc, k.id
        """,
        organization_id,
        person_id,
        guest_ids,
        days,
    )


async def issues_of_guest(
    db: Connection, organization_id: UUID, guest_id: UUID
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
         where r.organization_id = $1 and r.guest_id = $2
         order by r.raised_at, r.id
        """,
        organization_id,
        guest_id,
    )


async def answers_of_guest(
    db: Connection, organization_id: UUID, guest_id: UUID
) -> list[ExportedAnswer]:
    """What they answered in surveys under their name, the earliest first."""
    return await fetch_all(
        db,
        ExportedAnswer,
        """
        select response_id as event_id, answered_at as occurred_at, script_name, question_key,
               question, value, sensitive, true as standing
          from guest_answer
         where organization_id = $1 and guest_id = $2
         order by answered_at, response_id, question_key
        """,
        organization_id,
        guest_id,
    )


async def letters_of_guest(
    db: Connection, organization_id: UUID, guest_id: UUID
) -> list[ExportedLetter]:
    """The earliest first."""
    return await fetch_all(
        db,
        ExportedLetter,
        """
        select id, kind, purpose, state, created_at, sent_at
          from letter
         where organization_id = $1 and guest_id = $2
         order by created_at, id
        """,
        organization_id,
        guest_id,
    )


async def attendances_of_guest(
    db: Connection, organization_id: UUID, guest_id: UUID
) -> list[ExportedAttendance]:
    """The events they asked to come to, the earliest first."""
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
          left join event_feedback f on f.organization_id = a.organization_id
                                    and f.attendance_id = a.id
         where a.organization_id = $1 and a.guest_id = $2
         order by a.asked_at, a.id
        """,
        organization_id,
        guest_id,
    )
