"""Every statement about retention: the rules, and what they have outlived."""

from collections.abc import Sequence
from uuid import UUID

from doorstep.kit.db import Connection


async def months_by_kind(db: Connection, organization_id: UUID) -> dict[str, int]:
    """The rules that are on."""
    rows = await db.fetch(
        "select kind, months from retention_rule where organization_id = $1", organization_id
    )
    return {row["kind"]: row["months"] for row in rows}


async def put_rule(
    db: Connection, organization_id: UUID, kind: str, months: int, changed_by: UUID
) -> None:
    await db.execute(
        """
        insert into retention_rule (organization_id, kind, months, changed_by)
        values ($1, $2, $3, $4)
            on conflict (organization_id, kind) do update
           set months = excluded.months, changed_by = excluded.changed_by, changed_at = now()
        """,
        organization_id,
        kind,
        months,
        changed_by,
    )


async def delete_rule(db: Connection, organization_id: UUID, kind: str) -> None:
    await db.execute(
        "delete from retention_rule where organization_id = $1 and kind = $2",
        organization_id,
        kind,
    )


async def unseen_people(db: Connection, organization_id: UUID, months: int) -> list[UUID]:
    """Neither changed by an import nor met at their door since, nor with a consent that holds."""
    rows = await db.fetch(
        """
        select p.id
          from person p
          join household h on h.organization_id = p.organization_id and h.id = p.household_id
         where p.organization_id = $1
           and p.erased_at is null
           and p.merged_into is null
           and greatest(p.created_at, p.changed_at) < now() - make_interval(months => $2)
           and not exists (
             select from contact_event e
              where e.organization_id = $1
                and (e.person_id = p.id or e.person_id is null and e.door_id = h.door_id)
                and e.occurred_at >= now() - make_interval(months => $2))
           and not exists (
             select from consent c
              where c.organization_id = $1
                and c.person_id = p.id
                and c.withdrawn_at is null
                and c.expires_at > now())
         order by p.id
        """,
        organization_id,
        months,
    )
    return [row["id"] for row in rows]


async def old_words(db: Connection, organization_id: UUID, months: int) -> list[UUID]:
    """Notes, events that wait for review, and those of which another telling is kept."""
    rows = await db.fetch(
        """
        select id
          from contact_event
         where organization_id = $1
           and occurred_at < now() - make_interval(months => $2)
           and (kind = 'note' and payload ? 'text'
             or status = 'needs_review' and payload <> '{}')
         union
        select event_id
          from event_conflict
         where organization_id = $1
           and received_at < now() - make_interval(months => $2)
           and payload <> '{}'
        """,
        organization_id,
        months,
    )
    return [row["id"] for row in rows]


async def old_answers(db: Connection, organization_id: UUID, months: int) -> list[UUID]:
    rows = await db.fetch(
        """
        select distinct a.answer_id
          from survey_answer a
          join contact_event e on e.organization_id = a.organization_id and e.id = a.answer_id
         where a.organization_id = $1
           and e.occurred_at < now() - make_interval(months => $2)
         union all
        select id
          from web_response
         where organization_id = $1
           and guest_id is not null
           and answered_at < now() - make_interval(months => $2)
        """,
        organization_id,
        months,
    )
    return [row["answer_id"] for row in rows]


async def answers_past_consent(db: Connection, organization_id: UUID, months: int) -> list[UUID]:
    """Answers whose consent ended so long ago, and was not renewed."""
    rows = await db.fetch(
        """
        select distinct a.answer_id
          from consent c
          join survey_answer a on a.organization_id = c.organization_id and a.consent_id = c.id
         where c.organization_id = $1
           and c.expires_at < now() - make_interval(months => $2)
           and not coalesce(
             consents_to($1, c.person_id, 'opinion_record', null, now()), false)
         union all
        select id
          from web_response
         where organization_id = $1
           and opinion_until < now() - make_interval(months => $2)
        """,
        organization_id,
        months,
    )
    return [row["answer_id"] for row in rows]


async def old_issues(db: Connection, organization_id: UUID, months: int) -> list[UUID]:
    """Cases that ended so long ago, and about which there are words still."""
    rows = await db.fetch(
        """
        select k.id
          from issue_case k
         where k.organization_id = $1
           and k.resolved_at < now() - make_interval(months => $2)
           and (exists (
               select from issue_report r
                where r.organization_id = $1
                  and r.case_id = k.id
                  and (r.text <> '' or r.place <> ''))
             or exists (
               select from case_note n
                where n.organization_id = $1 and n.case_id = k.id and n.text <> '')
             or exists (
               select from case_change c
                where c.organization_id = $1
                  and c.case_id = k.id
                  and num_nonnulls(c.person_id, c.guest_id) > 0
                  and c.reason <> ''))
        """,
        organization_id,
        months,
    )
    return [row["id"] for row in rows]


async def empty_issues(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> None:
    """How a case ended and why stays, as it was told to everybody who raised it."""
    await db.execute(
        """
        with reports as (
          update issue_report
             set text = '', place = '', place_lon = null, place_lat = null
           where organization_id = $1 and case_id = any($2)
        ),
        notes as (
          update case_note set text = '' where organization_id = $1 and case_id = any($2)
        )
        update case_change
           set reason = ''
         where organization_id = $1
           and case_id = any($2)
           and num_nonnulls(person_id, guest_id) > 0
        """,
        organization_id,
        ids,
    )


async def spent_imports(db: Connection, organization_id: UUID, months: int) -> list[UUID]:
    """Files, and imports that still hold lines of theirs or what was there before."""
    rows = await db.fetch(
        """
        select r.id
          from import_run r
         where r.organization_id = $1
           and r.created_at < now() - make_interval(months => $2)
           and (r.preview is not null
             or exists (
               select from import_reject x
                where x.organization_id = $1 and x.import_run_id = r.id and x.remedy <> '')
             or exists (
               select from import_change x
                where x.organization_id = $1 and x.import_run_id = r.id))
         union all
        select f.id
          from import_file f
         where f.organization_id = $1 and f.created_at < now() - make_interval(months => $2)
        """,
        organization_id,
        months,
    )
    return [row["id"] for row in rows]


async def empty_imports(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> None:
    """What an import did stays, in numbers; it can no longer be undone."""
    await db.execute(
        """
        with rejects as (
          update import_reject
             set reason = 'No longer kept.', remedy = ''
           where organization_id = $1 and import_run_id = any($2)
        ),
        changes as (
          delete from import_change
           where organization_id = $1 and import_run_id = any($2)
        ),
        files as (
          delete from import_file where organization_id = $1 and id = any($2)
        )
        update import_run
           set preview = null
         where organization_id = $1 and id = any($2)
        """,
        organization_id,
        ids,
    )


async def forget_responses(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> None:
    """Sittings on the web and at events become numbers."""
    await db.execute("select forget_web_responses($1, $2)", organization_id, ids)
