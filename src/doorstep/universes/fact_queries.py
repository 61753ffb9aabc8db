"""Every statement about the columns that filters read, and about what of them is stale."""

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_one
from doorstep.universes.columns import Bytes, Seat

DOORS_IN_BLOCK = 4096
"""Few enough that one is soon made anew, enough that reading many costs little for each."""
SEATS_AT_A_TIME = 10_000


class Stale(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since its block was made."""

    everything: bool
    door_ids: list[UUID]


async def anything_stale(db: Connection, organization_id: UUID) -> bool:
    return await db.fetchval(
        "select exists (select from fact_stale where organization_id = $1)", organization_id
    )


async def enter_refreshing(db: Connection, organization_id: UUID) -> None:
    """Wait until nobody else makes blocks anew; afterwards there may be nothing left to do."""
    await db.execute(
        "select pg_advisory_xact_lock(hashtextextended('facts ' || $1, 0))", str(organization_id)
    )


async def take_stale(db: Connection, organization_id: UUID) -> Stale:
    """What is stale; it is no longer noted."""
    return await fetch_one(
        db,
        Stale,
        """
        with taken as (
          delete from fact_stale
           where organization_id = $1
          returning kind, thing_id
        )
        select exists (select from taken where kind = 'everything') as everything,
               array(
                 select thing_id from taken where kind = 'door'
                  union
                 select h.door_id
                   from taken t
                   join household h on h.organization_id = $1 and h.id = t.thing_id
                  where t.kind = 'household'
                  union
                 select d.id
                   from taken t
                   join door d on d.organization_id = $1 and d.address_id = t.thing_id
                  where t.kind = 'address') as door_ids
        """,
        organization_id,
    )


async def forget_blocks(db: Connection, organization_id: UUID) -> None:
    """Let no door be in a block; columns go as blocks are stored anew."""
    await db.execute("delete from fact_door where organization_id = $1", organization_id)


async def forget_columns(db: Connection, organization_id: UUID) -> None:
    await db.execute("delete from fact_column where organization_id = $1", organization_id)


async def blocks_of(db: Connection, organization_id: UUID, door_ids: Sequence[UUID]) -> list[int]:
    rows = await db.fetch(
        """
        select distinct door_no / $3 as block_no
          from fact_door
         where organization_id = $1 and door_id = any($2)
        """,
        organization_id,
        door_ids,
        DOORS_IN_BLOCK,
    )
    return [row["block_no"] for row in rows]


async def forget_gone_doors(
    db: Connection, organization_id: UUID, door_ids: Sequence[UUID]
) -> None:
    await db.execute(
        """
        delete from fact_door f
         where f.organization_id = $1
           and f.door_id = any($2)
           and not exists (
             select from door d where d.organization_id = $1 and d.id = f.door_id)
        """,
        organization_id,
        door_ids,
    )


async def place_doors(
    db: Connection, organization_id: UUID, door_ids: Sequence[UUID] | None
) -> list[int]:
    """Put doors into blocks that are in none, street by street; the blocks that got some.

    ``door_ids`` of None stands for all.
    """
    rows = await db.fetch(
        """
        with placed as (
          insert into fact_door (organization_id, door_id, door_no)
          select $1, d.id,
                 coalesce((select max(door_no) from fact_door where organization_id = $1), -1)
                   + row_number() over (
                       order by a.city collate "C", a.postcode collate "C", a.street collate "C",
                                lpad(a.house_number, 12, '0') collate "C", a.id, d.id)
            from door d
            join address a on a.organization_id = $1 and a.id = d.address_id
           where d.organization_id = $1
             and ($3::uuid[] is null or d.id = any($3))
             and not exists (
               select from fact_door f where f.organization_id = $1 and f.door_id = d.id)
          returning door_no
        )
        select distinct door_no / $2 as block_no from placed order by block_no
        """,
        organization_id,
        DOORS_IN_BLOCK,
        door_ids,
    )
    return [row["block_no"] for row in rows]


async def plan_for_many(db: Connection, *, many: bool) -> None:
    """Let the next statements go through whole tables: nothing is known yet of new ones."""
    await db.execute(
        """
        select set_config(name,
                 case when not $1 then reset_val when name = 'work_mem' then '64MB' else 'off' end,
                 true)
          from pg_settings
         where name in ('enable_nestloop', 'work_mem')
        """,
        many,
    )


async def seats(
    db: Connection,
    organization_id: UUID,
    first: int,
    last: int,
    door_ids: Sequence[UUID] | None = None,
) -> AsyncGenerator[list[Seat]]:
    """Whoever is behind the doors of blocks, or some of them, in the order of packed columns."""
    cursor = await db.cursor(
        """
        select f.door_no / $4::integer as block_no, d.id as door_id, lived.household_id,
               lived.person_id, a.lon, a.lat, a.precinct, a.city, a.postcode, a.street,
               lived.language,
               case when lived.person_id is null then d.import_run_id
                    else lived.import_run_id end as import_run_id,
               lived.birth_year,
               coalesce(lived.phone, '') <> '' as has_phone,
               coalesce(lived.email, '') <> '' as has_email,
               d.tags || coalesce(lived.tags, '{}') as tags,
               d.attributes || coalesce(lived.attributes, '{}') as attributes
          from fact_door f
          join door d on d.organization_id = f.organization_id and d.id = f.door_id
          join address a on a.organization_id = d.organization_id and a.id = d.address_id
          left join (
            select h.organization_id, h.door_id, h.id as household_id, p.id as person_id,
                   p.import_run_id, p.birth_year, p.phone, p.email, p.language, p.tags,
                   p.attributes
              from household h
              join contactable_person p on p.organization_id = h.organization_id
                                       and p.household_id = h.id) lived
            on lived.organization_id = d.organization_id and lived.door_id = d.id
         where f.organization_id = $1
           and f.door_no >= $2::integer * $4
           and f.door_no < ($3::integer + 1) * $4
           and ($5::uuid[] is null or f.door_id = any($5))
         order by f.door_no, lived.household_id, lived.person_id
        """,
        organization_id,
        first,
        last,
        DOORS_IN_BLOCK,
        door_ids,
    )
    while rows := await cursor.fetch(SEATS_AT_A_TIME):
        yield [Seat(*row) for row in rows]


async def store_columns(db: Connection, organization_id: UUID, block_no: int, made: Bytes) -> None:
    await db.execute(
        """
        insert into fact_column (organization_id, block_no, name, content)
        select $1, $2, * from unnest($3::text[], $4::bytea[])
        """,
        organization_id,
        block_no,
        list(made.keys()),
        list(made.values()),
    )


async def forget_block_columns(
    db: Connection, organization_id: UUID, block_nos: Sequence[int]
) -> None:
    await db.execute(
        "delete from fact_column where organization_id = $1 and block_no = any($2::integer[])",
        organization_id,
        block_nos,
    )


async def block_columns(db: Connection, organization_id: UUID, block_no: int) -> Bytes:
    """Every column of a block; none where there is no such block."""
    rows = await db.fetch(
        "select name, content from fact_column where organization_id = $1 and block_no = $2",
        organization_id,
        block_no,
    )
    return {row["name"]: row["content"] for row in rows}


async def read_columns(db: Connection, organization_id: UUID, names: Sequence[str]) -> list[Bytes]:
    """These columns of every block, in the order of blocks."""
    rows = await db.fetch(
        """
        select block_no, name, content
          from fact_column
         where organization_id = $1 and name = any($2::text[])
         order by block_no
        """,
        organization_id,
        names,
    )
    blocks: dict[int, Bytes] = {}
    for row in rows:
        blocks.setdefault(row["block_no"], {})[row["name"]] = row["content"]
    return list(blocks.values())
