"""Every statement about what everybody may read of cases."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one
from doorstep.listening.model import (
    CasePublication,
    CasePublish,
    PublicCase,
    PublicTopic,
    PublicUpdate,
)


async def put_publication(
    db: Connection,
    organization_id: UUID,
    case_id: UUID,
    slug: str,
    wanted: CasePublish,
    lon: float | None,
    lat: float | None,
    published_by: UUID,
) -> CasePublication:
    """A case keeps its address for ever, also where it was taken back meanwhile."""
    return await fetch_one(
        db,
        CasePublication,
        """
        insert into case_publication as p
          (organization_id, case_id, slug, summary, place, lon, lat, published_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (organization_id, case_id) do update
           set summary = excluded.summary, place = excluded.place, lon = excluded.lon,
               lat = excluded.lat, published_by = excluded.published_by, changed_at = now(),
               withdrawn_at = null
        returning case_id, slug, summary, place, lon, lat, published_at, changed_at
        """,
        organization_id,
        case_id,
        slug,
        wanted.summary,
        wanted.place,
        lon,
        lat,
        published_by,
    )


async def withdraw_publication(db: Connection, organization_id: UUID, case_id: UUID) -> None:
    await execute_one(
        db,
        """
        update case_publication
           set withdrawn_at = now()
         where organization_id = $1 and case_id = $2 and withdrawn_at is null
        """,
        organization_id,
        case_id,
    )


async def public_topics(db: Connection, organization_id: UUID) -> list[PublicTopic]:
    """What issues may be about, by name."""
    return await fetch_all(
        db,
        PublicTopic,
        """
        select id, name
          from issue_topic
         where organization_id = $1 and archived_at is null
         order by lower(name), id
        """,
        organization_id,
    )


async def public_cases(
    db: Connection,
    organization_id: UUID,
    *,
    slugs: Sequence[str] | None = None,
    service_ids: Sequence[UUID] | None = None,
    from_at: dt.datetime | None = None,
    to_at: dt.datetime | None = None,
    is_open: bool | None = None,
    limit: int,
    offset: int = 0,
) -> list[PublicCase]:
    """Published cases, the newest first."""
    return await fetch_all(
        db,
        PublicCase,
        """
        select p.slug, k.topic_id as service_id, t.name as topic, o.name as organization,
               p.summary, p.place, p.lon, p.lat,
               now.is_open as open, k.outcome, k.reason, k.created_at as requested_at,
               greatest(p.changed_at, coalesce(moved.at, p.changed_at)) as updated_at,
               (k.due_on::timestamp at time zone o.time_zone) as expected_at
          from case_publication p
          join issue_case k on k.organization_id = p.organization_id and k.id = p.case_id
          join issue_topic t on t.organization_id = k.organization_id and t.id = k.topic_id
          join organization o on o.id = k.organization_id
         cross join lateral (
           select k.status not in ('resolved', 'told', 'confirmed') as is_open) now
         cross join lateral (
           select max(c.at) as at
             from case_change c
            where c.organization_id = k.organization_id and c.case_id = k.id) moved
         where p.organization_id = $1
           and p.withdrawn_at is null
           and ($2::text[] is null or p.slug = any ($2))
           and ($3::uuid[] is null or k.topic_id = any ($3))
           and ($4::timestamptz is null or k.created_at >= $4)
           and ($5::timestamptz is null or k.created_at <= $5)
           and ($6::boolean is null or now.is_open = $6)
         order by k.created_at desc, p.slug
         limit $7 offset $8
        """,
        organization_id,
        slugs,
        service_ids,
        from_at,
        to_at,
        is_open,
        limit,
        offset,
    )


async def public_updates(
    db: Connection,
    organization_id: UUID,
    from_at: dt.datetime | None,
    to_at: dt.datetime | None,
    slug: str | None,
    limit: int,
) -> list[PublicUpdate]:
    """Steps of published cases, the earliest first.

    Only the words of the present end are shown: others were not read for the public.
    """
    return await fetch_all(
        db,
        PublicUpdate,
        """
        select u.slug, u.number, u.kind, u.outcome, u.at, u.text
          from (
            select p.slug, c.kind, c.at,
                   row_number() over (partition by p.case_id order by c.id) as number,
                   case when c.kind in ('resolved', 'merged') then k.outcome end as outcome,
                   case when c.kind in ('resolved', 'merged') and c.reason = k.reason
                        then c.reason else '' end as text
              from case_publication p
              join issue_case k on k.organization_id = p.organization_id and k.id = p.case_id
              join case_change c on c.organization_id = k.organization_id and c.case_id = k.id
             where p.organization_id = $1
               and p.withdrawn_at is null
               and ($4::text is null or p.slug = $4)
               and c.kind in ('assigned', 'moved', 'resolved', 'reopened', 'confirmed', 'merged')
          ) u
         where ($2::timestamptz is null or u.at >= $2)
           and ($3::timestamptz is null or u.at <= $3)
         order by u.at, u.slug, u.number
         limit $5
        """,
        organization_id,
        from_at,
        to_at,
        slug,
        limit,
    )
