"""Statements about buddies."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_maybe, fetch_one
from doorstep.overview.model import BuddyOffer, BuddyPair, PairEnd

EXPERIENCED_FROM = 3


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has not come yet, and has no buddy."""

    member_id: UUID
    languages: list[str]
    lon: float | None
    lat: float | None


class Free(Newcomer, frozen=True, kw_only=True):
    """Somebody who takes newcomers along, and for how many more there is room."""

    places_count: int


async def organizations(db: Connection) -> list[UUID]:
    """All organizations, as signing in sees them."""
    rows = await db.fetch("select id from organization order by id")
    return [row["id"] for row in rows]


async def enter(db: Connection, organization_id: UUID) -> None:
    """Wait until nobody else brings people together, so that no place is taken twice."""
    await db.execute(
        "select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 34))", organization_id
    )


async def put_offer(
    db: Connection, organization_id: UUID, member_id: UUID, newcomers_count: int
) -> None:
    await db.execute(
        """
        insert into buddy_offer (organization_id, member_id, newcomers_count)
        values ($1, $2, $3)
        on conflict (organization_id, member_id) do update
           set newcomers_count = excluded.newcomers_count
        """,
        organization_id,
        member_id,
        newcomers_count,
    )


async def delete_offer(db: Connection, organization_id: UUID, member_id: UUID) -> None:
    await db.execute(
        "delete from buddy_offer where organization_id = $1 and member_id = $2",
        organization_id,
        member_id,
    )


async def offer(db: Connection, organization_id: UUID, member_id: UUID) -> BuddyOffer | None:
    return await fetch_maybe(
        db,
        BuddyOffer,
        "select newcomers_count from buddy_offer where organization_id = $1 and member_id = $2",
        organization_id,
        member_id,
    )


async def newcomers(db: Connection, organization_id: UUID) -> list[Newcomer]:
    """Volunteers who have not come yet and have no buddy, those who wait longest first.

    Who joined long ago and has signed up for nothing is not expected any more; who leads or trains
    others knows the work, whatever the program has seen of them.
    """
    return await fetch_all(
        db,
        Newcomer,
        """
        select m.id as member_id, coalesce(v.languages, '{}') as languages, v.home_lon as lon,
               v.home_lat as lat
          from member m
          left join volunteer v on v.organization_id = m.organization_id and v.member_id = m.id
         where m.organization_id = $1
           and m.ended_at is null
           and 'volunteer' = any(m.roles)
           and not coalesce(v.skills, '{}') && array['captain', 'trainer']
           and not exists (
             select from signup g
              where g.organization_id = m.organization_id and g.member_id = m.id
                and g.state = 'attended')
           and not exists (
             select from buddy_pair p
              where p.organization_id = m.organization_id and p.newcomer_id = m.id
                and p.ended_at is null)
           and (m.created_at > now() - interval '90 days'
             or exists (
               select from signup g
                 join shift s on s.organization_id = g.organization_id and s.id = g.shift_id
                  and s.status = 'open' and s.ends_at > now()
                where g.organization_id = m.organization_id and g.member_id = m.id
                  and g.state <> 'cancelled'))
         order by m.created_at, m.id
        """,
        organization_id,
    )


async def free(db: Connection, organization_id: UUID) -> list[Free]:
    """Who takes newcomers along, knows the work, and has room for more."""
    return await fetch_all(
        db,
        Free,
        """
        select m.id as member_id, coalesce(v.languages, '{}') as languages, v.home_lon as lon,
               v.home_lat as lat, o.newcomers_count - coalesce(p.open_count, 0) as places_count
          from buddy_offer o
          join member m on m.organization_id = o.organization_id and m.id = o.member_id
           and m.ended_at is null
          left join volunteer v on v.organization_id = m.organization_id and v.member_id = m.id
         cross join lateral (
           select count(*) as open_count
             from buddy_pair p
            where p.organization_id = o.organization_id and p.buddy_id = o.member_id
              and p.ended_at is null) p
         where o.organization_id = $1
           and p.open_count < o.newcomers_count
           and (coalesce(v.skills, '{}') && array['captain', 'trainer']
             or $2 <= (
               select count(*)
                 from signup g
                where g.organization_id = o.organization_id and g.member_id = o.member_id
                  and g.state = 'attended'))
         order by o.offered_at, o.member_id
        """,
        organization_id,
        EXPERIENCED_FROM,
    )


async def never(db: Connection, organization_id: UUID) -> set[tuple[UUID, UUID]]:
    """Who is not to be brought together: kept apart, or one of them ended it; both ways round."""
    rows = await db.fetch(
        """
        select member_id as one, other_id as other
          from volunteer_tie
         where organization_id = $1 and kind = 'apart'
         union
        select newcomer_id, buddy_id
          from buddy_pair
         where organization_id = $1 and ended_why in ('declined', 'ended', 'apart')
        """,
        organization_id,
    )
    pairs = {(row["one"], row["other"]) for row in rows}
    return pairs | {(other, one) for one, other in pairs}


async def insert_pair(
    db: Connection, organization_id: UUID, pair_id: UUID, newcomer_id: UUID, buddy_id: UUID
) -> None:
    await db.execute(
        """
        insert into buddy_pair (organization_id, id, newcomer_id, buddy_id)
        values ($1, $2, $3, $4)
        """,
        organization_id,
        pair_id,
        newcomer_id,
        buddy_id,
    )


async def end_what_is_over(db: Connection, organization_id: UUID) -> list[UUID]:
    """End pairs that time has ended: the newcomer came twice, somebody left, or is kept apart."""
    rows = await db.fetch(
        """
        update buddy_pair p
           set ended_at = now(), ended_why = o.why
          from (
            select q.id,
                   case when exists (
                          select from member m
                           where m.organization_id = q.organization_id
                             and m.id in (q.newcomer_id, q.buddy_id) and m.ended_at is not null)
                          then 'left'
                        when exists (
                          select from volunteer_tie t
                           where t.organization_id = q.organization_id and t.kind = 'apart'
                             and t.member_id = least(q.newcomer_id, q.buddy_id)
                             and t.other_id = greatest(q.newcomer_id, q.buddy_id)) then 'apart'
                        when 2 <= (
                          select count(*)
                            from signup g
                           where g.organization_id = q.organization_id
                             and g.member_id = q.newcomer_id and g.state = 'attended')
                          then 'settled' end as why
              from buddy_pair q
             where q.organization_id = $1 and q.ended_at is null) o
         where p.organization_id = $1 and p.id = o.id and o.why is not null
        returning p.id
        """,
        organization_id,
    )
    return [row["id"] for row in rows]


async def hold_pair(db: Connection, organization_id: UUID, pair_id: UUID) -> BuddyPair:
    return await fetch_one(
        db,
        BuddyPair,
        """
        select p.id, p.newcomer_id, n.name as newcomer_name, p.buddy_id, b.name as buddy_name,
               p.proposed_at, p.ended_at, p.ended_why
          from buddy_pair p
          join member n on n.organization_id = p.organization_id and n.id = p.newcomer_id
          join member b on b.organization_id = p.organization_id and b.id = p.buddy_id
         where p.organization_id = $1 and p.id = $2
           for no key update of p
        """,
        organization_id,
        pair_id,
    )


async def pairs(
    db: Connection, organization_id: UUID, member_ids: Sequence[UUID] | None
) -> list[BuddyPair]:
    """Pairs that stand, of these members or all, the newest first."""
    return await fetch_all(
        db,
        BuddyPair,
        """
        select p.id, p.newcomer_id, n.name as newcomer_name, p.buddy_id, b.name as buddy_name,
               p.proposed_at, p.ended_at, p.ended_why
          from buddy_pair p
          join member n on n.organization_id = p.organization_id and n.id = p.newcomer_id
          join member b on b.organization_id = p.organization_id and b.id = p.buddy_id
         where p.organization_id = $1
           and p.ended_at is null
           and ($2::uuid[] is null or p.newcomer_id = any($2) or p.buddy_id = any($2))
         order by p.proposed_at desc, p.id
        """,
        organization_id,
        member_ids,
    )


async def end_pair(
    db: Connection, organization_id: UUID, pair_id: UUID, why: PairEnd, reason: str, by: UUID
) -> None:
    await execute_one(
        db,
        """
        update buddy_pair
           set ended_at = now(), ended_why = $3, reason = $4, ended_by = $5
         where organization_id = $1 and id = $2 and ended_at is null
        """,
        organization_id,
        pair_id,
        why.value,
        reason,
        by,
    )
