"""Every statement about share links and what came of them."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.guests.model import Recipient
from doorstep.kit.db import Connection, fetch_all, fetch_maybe, fetch_one
from doorstep.sharing.model import (
    Conversion,
    Converted,
    Kind,
    ShareLinkCreate,
    Sharer,
    Target,
    VisitDay,
)


class LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A link with what came of it."""

    id: UUID
    code: str
    kind: Kind
    item_id: UUID
    title: str
    label: str
    owner_id: UUID
    created_at: dt.datetime
    visits_count: int
    conversions: dict[Conversion, int]


class LeadingTo(msgspec.Struct, frozen=True, kw_only=True):
    """Which page a code leads to."""

    link_id: UUID
    kind: Kind
    slug: str


async def insert_link(
    db: Connection,
    organization_id: UUID,
    link_id: UUID,
    code: str,
    owner_id: UUID,
    wanted: ShareLinkCreate,
) -> UUID:
    """The new link, or the same that was there before."""
    made: UUID | None = await db.fetchval(
        """
        insert into share_link (organization_id, id, code, kind, item_id, label, owner_id)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (organization_id, owner_id, kind, item_id, label) do nothing
        returning id
        """,
        organization_id,
        link_id,
        code,
        wanted.kind,
        wanted.item_id,
        wanted.label,
        owner_id,
    )
    return made or await db.fetchval(
        """
        select id
          from share_link
         where organization_id = $1 and owner_id = $2 and kind = $3 and item_id = $4
           and label = $5
        """,
        organization_id,
        owner_id,
        wanted.kind,
        wanted.item_id,
        wanted.label,
    )


async def links(
    db: Connection,
    organization_id: UUID,
    link_id: UUID | None,
    owner_id: UUID | None,
    limit: int,
    offset: int,
) -> list[LinkRow]:
    return await fetch_all(
        db,
        LinkRow,
        """
        select l.id, l.code, l.kind, l.item_id, coalesce(t.title, '') as title, l.label,
               l.owner_id, l.created_at, v.visits_count, c.conversions
          from share_link l
          left join share_target t
            on t.organization_id = l.organization_id and t.kind = l.kind and t.id = l.item_id
         cross join lateral (
           select coalesce(sum(v.visits_count), 0)::bigint as visits_count
             from share_visit v
            where v.organization_id = l.organization_id and v.link_id = l.id) v
         cross join lateral (
           select coalesce(jsonb_object_agg(g.what, g.done), '{}') as conversions
             from (select c.what, count(*) as done
                     from share_conversion c
                    where c.organization_id = l.organization_id and c.link_id = l.id
                    group by c.what) g) c
         where l.organization_id = $1
           and ($2::uuid is null or l.id = $2)
           and ($3::uuid is null or l.owner_id = $3)
         order by l.created_at desc, l.id desc
         limit $4 offset $5
        """,
        organization_id,
        link_id,
        owner_id,
        limit,
        offset,
    )


async def sharers(db: Connection, organization_id: UUID) -> list[Sharer]:
    """Whoever has shared something, those first who brought most people to do something."""
    return await fetch_all(
        db,
        Sharer,
        """
        with done as (
          select l.owner_id, c.what, count(*) as done
            from share_conversion c
            join share_link l on l.organization_id = c.organization_id and l.id = c.link_id
           where c.organization_id = $1
           group by l.owner_id, c.what),
        visited as (
          select l.owner_id, sum(v.visits_count)::bigint as visits_count
            from share_visit v
            join share_link l on l.organization_id = v.organization_id and l.id = v.link_id
           where v.organization_id = $1
           group by l.owner_id)
        select l.owner_id as member_id, count(*) as links_count,
               coalesce((select v.visits_count from visited v where v.owner_id = l.owner_id), 0)
                 as visits_count,
               coalesce((select jsonb_object_agg(d.what, d.done) from done d
                          where d.owner_id = l.owner_id), '{}') as conversions
          from share_link l
         where l.organization_id = $1
         group by l.owner_id
         order by (select sum(d.done) from done d where d.owner_id = l.owner_id) desc nulls last,
                  l.owner_id
        """,
        organization_id,
    )


async def visits(db: Connection, organization_id: UUID, link_id: UUID) -> list[VisitDay]:
    return await fetch_all(
        db,
        VisitDay,
        """
        select visited_on, visits_count
          from share_visit
         where organization_id = $1 and link_id = $2
         order by visited_on
        """,
        organization_id,
        link_id,
    )


async def conversions(
    db: Connection,
    organization_id: UUID,
    link_id: UUID | None,
    owner_id: UUID | None,
    limit: int,
    offset: int,
) -> list[Converted]:
    return await fetch_all(
        db,
        Converted,
        """
        select c.id, c.link_id, c.what, c.about_id, c.converted_at
          from share_conversion c
          join share_link l on l.organization_id = c.organization_id and l.id = c.link_id
         where c.organization_id = $1
           and ($2::uuid is null or c.link_id = $2)
           and ($3::uuid is null or l.owner_id = $3)
         order by c.id
         limit $4 offset $5
        """,
        organization_id,
        link_id,
        owner_id,
        limit,
        offset,
    )


async def organization_of(db: Connection, code: str) -> UUID | None:
    """Whose link it is; the transaction is the worker's, who may know no more than that."""
    return await db.fetchval("select organization_id from share_link where code = $1", code)


async def leading_to(db: Connection, organization_id: UUID, code: str) -> LeadingTo | None:
    return await fetch_maybe(
        db,
        LeadingTo,
        """
        select l.id as link_id, l.kind, t.slug
          from share_link l
          join share_target t
            on t.organization_id = l.organization_id and t.kind = l.kind and t.id = l.item_id
         where l.organization_id = $1 and l.code = $2
        """,
        organization_id,
        code,
    )


async def count_visit(db: Connection, organization_id: UUID, link_id: UUID) -> None:
    """One more today, as the organization's clocks have it."""
    await db.execute(
        """
        insert into share_visit (organization_id, link_id, visited_on, visits_count)
        select $1, $2, (now() at time zone o.time_zone)::date, 1
          from organization o
         where o.id = $1
        on conflict (organization_id, link_id, visited_on) do update
          set visits_count = share_visit.visits_count + 1
        """,
        organization_id,
        link_id,
    )


async def insert_conversion(
    db: Connection,
    organization_id: UUID,
    conversion_id: UUID,
    code: str,
    what: Conversion,
    about_id: UUID,
    by: Recipient | None,
    member_id: UUID | None,
) -> None:
    """Give the link of this code the credit, unless there is none or a link has it already."""
    await db.execute(
        """
        insert into share_conversion
          (organization_id, id, link_id, what, about_id, person_id, guest_id, member_id)
        select $1, $2, l.id, $4, $5, $6, $7, $8
          from share_link l
         where l.organization_id = $1 and l.code = $3
        on conflict do nothing
        """,
        organization_id,
        conversion_id,
        code,
        what,
        about_id,
        by.person_id if by else None,
        by.guest_id if by else None,
        member_id,
    )


async def target(db: Connection, organization_id: UUID, kind: Kind, target_id: UUID) -> Target:
    return await fetch_one(
        db,
        Target,
        """
        select t.kind, t.id, t.slug, t.title, t.text, t.status, t.place,
               coalesce(t.time_zone, o.time_zone) as time_zone, t.starts_at, t.on_day, t.amount,
               t.currency, o.name as organization
          from share_target t
          join organization o on o.id = t.organization_id
         where t.organization_id = $1 and t.kind = $2 and t.id = $3
        """,
        organization_id,
        kind,
        target_id,
    )


async def target_by_slug(db: Connection, organization_id: UUID, kind: Kind, slug: str) -> Target:
    return await fetch_one(
        db,
        Target,
        """
        select t.kind, t.id, t.slug, t.title, t.text, t.status, t.place,
               coalesce(t.time_zone, o.time_zone) as time_zone, t.starts_at, t.on_day, t.amount,
               t.currency, o.name as organization
          from share_target t
          join organization o on o.id = t.organization_id
         where t.organization_id = $1 and t.kind = $2 and t.slug = $3
        """,
        organization_id,
        kind,
        slug,
    )
