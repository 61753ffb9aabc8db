"""Statements of a merge that find the address and the door of staged rows.

The functions stand in the order of a merge. Each works on all rows at once: a million of them
take one statement, not a million. The tables named ``staged…`` are made by ``staging``.
"""

from collections.abc import Sequence
from uuid import UUID

from doorstep.kit.db import Connection
from doorstep.kit.texts import SEPARATOR

# Two sources seldom put one address further apart; the next house of that name and number does.
NEAR_M = 200.0


async def wait_for_turn(db: Connection, organization_id: UUID) -> None:
    """Hold the organization's imports until the transaction ends: two would add things twice."""
    await db.execute(
        "select pg_advisory_xact_lock(hashtextextended('import ' || $1::text, 0))",
        str(organization_id),
    )


async def middle_of_addresses(db: Connection, organization_id: UUID) -> tuple[float, float] | None:
    """Longitude and latitude amid the addresses that were stored first."""
    row = await db.fetchrow(
        """
        select percentile_disc(0.5) within group (order by lon) as lon,
               percentile_disc(0.5) within group (order by lat) as lat
          from (
            select lon, lat
              from address
             where organization_id = $1 and not estimated
             order by id
             limit 1000) first
        """,
        organization_id,
    )
    return None if row is None or row["lon"] is None else (row["lon"], row["lat"])


async def tell_doors_apart(db: Connection) -> None:
    """Where a file has one unit of an address twice, under ids of its own, there are two doors."""
    await db.execute(
        """
        update staged r
           set unit_key = r.unit_key || '=' || r.door_external_id
          from (select source_id, unit_key
                  from staged
                 where door_external_id <> ''
                 group by source_id, unit_key
                having min(door_external_id) <> max(door_external_id)) d
         where r.door_external_id <> ''
           and d.source_id = r.source_id
           and d.unit_key = r.unit_key
        """
    )


async def describe_staged(db: Connection) -> None:
    """Tell the planner how many rows there are; it would guess a handful."""
    await db.execute("analyze staged (row_number, source_id, unit_key, external_id, name_key)")


async def has_addresses(db: Connection, organization_id: UUID) -> bool:
    return await db.fetchval(
        "select exists (select from address where organization_id = $1)", organization_id
    )


async def gather_addresses(db: Connection, organization_id: UUID) -> None:
    """One row for each address of the file: the stored one of that id, or one to be.

    The first row of an address that says where it is speaks for it.
    """
    await db.execute(
        """
        insert into staged_address (source_id, row_number, address_id, known)
        select g.source_id, g.row_number, coalesce(a.id, make_id()), a.id is not null
          from (select source_id,
                       coalesce(min(row_number) filter (where lon is not null), min(row_number))
                         as row_number
                  from staged
                 where row_number not in (select row_number from staged_reject)
                 group by source_id) g
          left join address a on a.organization_id = $1 and a.external_id = g.source_id
        """,
        organization_id,
    )
    await db.execute("analyze staged_address")


async def reject_elsewhere(db: Connection) -> None:
    """Leave out rows that put an address far from where its first row does."""
    await db.execute(
        """
        insert into staged_reject (row_number, field, reason, remedy)
        select r.row_number, 'longitude',
               'Row ' || f.row_number || ' puts this address elsewhere.',
               'Correct the coordinates, or give a postcode or an address_external_id.'
          from staged r
          join staged_address s on s.source_id = r.source_id
          join staged f on f.row_number = s.row_number
         where r.lon is not null
           and r.row_number <> f.row_number
           and (r.lon, r.lat) <> (f.lon, f.lat)
           and r.row_number not in (select row_number from staged_reject)
           and apart_m(f.lon, f.lat, r.lon, r.lat) > $1
        """,
        NEAR_M,
    )


async def gather_doors(db: Connection) -> None:
    """One row for each door of the file, open where its address is not stored yet."""
    await db.execute(
        """
        insert into staged_door
               (source_id, unit_key, row_number, address_id, door_id, open, stored)
        select g.source_id, g.unit_key, g.row_number, s.address_id, make_id(), not s.known, false
          from (select source_id, unit_key, min(row_number) as row_number
                  from staged
                 where row_number not in (select row_number from staged_reject)
                 group by source_id, unit_key) g
          join staged_address s on s.source_id = g.source_id
        """
    )
    await db.execute("analyze staged_door")


async def match_open_doors(db: Connection, organization_id: UUID) -> bool:
    """Give open doors a stored address of the same name nearby, if they can only mean that.

    Equal postcodes decide, then a door of that unit, then the shorter distance. Without an equal
    postcode nothing may be further than `NEAR_M` from the best, or the row may mean either.
    """
    matched = await db.execute(
        """
        with wanted as (
          select d.source_id, d.unit_key, r.match_key, r.lon, r.lat, r.city,
                 lower(replace(r.postcode, ' ', '')) as postcode
            from staged_door d
            join staged r on r.row_number = d.row_number
           where d.open
        ),
        near as (
          select w.source_id, w.unit_key, a.id, a.lon, a.lat, a.external_id,
                 w.postcode <> '' and lower(replace(a.postcode, ' ', '')) = w.postcode
                   as same_postcode,
                 apart_m(a.lon, a.lat, w.lon, w.lat) as apart,
                 k.id is not null as has_unit
            from wanted w
            join address a on a.organization_id = $1 and a.match_key = w.match_key
            left join door k on k.organization_id = $1
                            and k.address_id = a.id
                            and k.unit_key = w.unit_key
           where case
                   when a.postcode <> '' and w.postcode <> ''
                     then lower(replace(a.postcode, ' ', '')) = w.postcode
                   else a.city = '' or w.city = '' or lower(a.city) = lower(w.city)
                 end
        ),
        candidate as (
          select *,
                 row_number() over (
                   partition by source_id, unit_key
                   order by not same_postcode, not has_unit, apart, external_id) as place
            from near
           where apart <= $2
        )
        update staged_door d
           set address_id = c.id,
               open = false
          from candidate c
         where c.place = 1
           and c.source_id = d.source_id
           and c.unit_key = d.unit_key
           and (c.same_postcode or not exists (
             select from candidate other
              where other.source_id = c.source_id
                and other.unit_key = c.unit_key
                and apart_m(c.lon, c.lat, other.lon, other.lat) > $2))
        """,
        organization_id,
        NEAR_M,
    )
    return matched != "UPDATE 0"


async def add_addresses(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    """Store the addresses of open doors that say where they are, each with its building."""
    await db.execute(
        """
        with wanted as (
          select s.address_id, s.row_number
            from staged_address s
           where not s.known and exists (
             select from staged_door d where d.source_id = s.source_id and d.open)
        ),
        placed as materialized (
          select w.address_id, make_id() as building_id, r.source_id, r.street, r.house_number,
                 r.postcode, r.city, r.precinct, r.match_key, r.lon, r.lat
            from wanted w
            join staged r on r.row_number = w.row_number
           where r.lon is not null and r.street <> '' and r.house_number <> ''
        ),
        built as (
          insert into building (organization_id, id, import_run_id)
          select $1, building_id, $2 from placed
        )
        insert into address
               (organization_id, id, building_id, external_id, street, house_number, postcode,
                city, precinct, match_key, lon, lat, import_run_id)
        select $1, address_id, building_id, source_id, street, house_number, postcode, city,
               precinct, match_key, lon, lat, $2
          from placed
        """,
        organization_id,
        run_id,
    )
    await db.execute(
        """
        update staged_door d
           set open = false
          from staged_address s
         where d.open
           and s.source_id = d.source_id
           and exists (
             select from address a
              where a.organization_id = $1 and a.id = s.address_id and a.import_run_id = $2)
        """,
        organization_id,
        run_id,
    )


async def any_open(db: Connection) -> bool:
    return await db.fetchval("select exists (select from staged_door where open)")


async def reject_open(db: Connection) -> None:
    """Leave out the rows of doors that found no address."""
    await db.execute(
        """
        insert into staged_reject (row_number, field, reason, remedy)
        select r.row_number, 'longitude',
               'The address is not known yet, and the row does not say where it is.',
               'Give street, house_number, longitude and latitude; or import a map that holds '
               || 'the address; or correct street, house_number or postcode.'
          from staged r
          join staged_door d on d.source_id = r.source_id and d.unit_key = r.unit_key
         where d.open and r.row_number not in (select row_number from staged_reject)
        """
    )
    await db.execute("delete from staged_door where open")


async def change_addresses(db: Connection, organization_id: UUID, ours: Sequence[str]) -> None:
    """Bring stored addresses to what the file says: whole where the id is the file's own.

    Of other sources' addresses only what is missing is filled in. Addresses have no date of their
    own, so the newest is the file.
    """
    await db.execute(
        """
        with meant as (
          select address_id, row_number, true as own from staged_address where known
           union all
          select * from (
            select distinct on (d.address_id) d.address_id, d.row_number, false
              from staged_door d
              join staged_address s on s.source_id = d.source_id
             where d.address_id <> s.address_id
               and d.address_id not in (select address_id from staged_address where known)
             order by d.address_id, d.row_number) matched
        ),
        said as (
          select m.address_id, m.row_number, a.street, a.house_number, a.postcode, a.city,
                 a.precinct, a.match_key, a.lon, a.lat, a.estimated,
                 case when r.street = '' or a.street <> '' and (not own or 'street' = any($2))
                   then a.street else r.street end as new_street,
                 case when r.house_number = ''
                        or a.house_number <> '' and (not own or 'house_number' = any($2))
                   then a.house_number else r.house_number end as new_house_number,
                 case when r.postcode = ''
                        or a.postcode <> '' and (not own or 'postcode' = any($2))
                   then a.postcode else r.postcode end as new_postcode,
                 case when r.city = '' or a.city <> '' and (not own or 'city' = any($2))
                   then a.city else r.city end as new_city,
                 case when r.precinct = ''
                        or a.precinct <> '' and (not own or 'precinct' = any($2))
                   then a.precinct else r.precinct end as new_precinct,
                 case when r.street = '' or r.house_number = '' or not own
                        or 'street' = any($2) or 'house_number' = any($2)
                   then a.match_key else r.match_key end as new_match_key,
                 case when r.lon is null or not a.estimated and (not own or 'longitude' = any($2))
                   then a.lon else r.lon end as new_lon,
                 case when r.lon is null or not a.estimated and (not own or 'longitude' = any($2))
                   then a.lat else r.lat end as new_lat
            from meant m
            join staged r on r.row_number = m.row_number
            join address a on a.organization_id = $1 and a.id = m.address_id
           where r.row_number not in (select row_number from staged_reject)
        ),
        changed as (
          select * from said
           where (street, house_number, postcode, city, precinct, lon, lat)
                 is distinct from
                 (new_street, new_house_number, new_postcode, new_city, new_precinct,
                  new_lon, new_lat)
        ),
        noted as (
          insert into staged_change (kind, thing_id, row_number, before, after)
          select 'address', address_id, row_number,
                 jsonb_build_object(
                   'street', street, 'house_number', house_number, 'postcode', postcode,
                   'city', city, 'precinct', precinct, 'match_key', match_key,
                   'lon', lon, 'lat', lat, 'estimated', estimated),
                 jsonb_build_object(
                   'street', new_street, 'house_number', new_house_number,
                   'postcode', new_postcode, 'city', new_city, 'precinct', new_precinct,
                   'match_key', new_match_key, 'lon', new_lon, 'lat', new_lat,
                   'estimated', estimated and (lon, lat) = (new_lon, new_lat))
            from changed
        ),
        touched as (
          insert into staged_touch (door_id)
          select d.id
            from changed c
            join door d on d.organization_id = $1 and d.address_id = c.address_id
        )
        update address a
           set street = c.new_street,
               house_number = c.new_house_number,
               postcode = c.new_postcode,
               city = c.new_city,
               precinct = c.new_precinct,
               match_key = c.new_match_key,
               lon = c.new_lon,
               lat = c.new_lat,
               estimated = a.estimated and (c.lon, c.lat) = (c.new_lon, c.new_lat)
          from changed c
         where a.organization_id = $1 and a.id = c.address_id
        """,
        organization_id,
        ours,
    )


async def find_doors(db: Connection, organization_id: UUID) -> None:
    """Give doors that are stored already the id they have, and one id to two names of one door."""
    await db.execute(
        """
        update staged_door d
           set door_id = k.id,
               stored = true
          from door k
         where k.organization_id = $1
           and k.address_id = d.address_id
           and k.unit_key = d.unit_key
        """,
        organization_id,
    )
    await db.execute(
        """
        with first as (
          select address_id, unit_key, (array_agg(door_id order by row_number))[1] as door_id
            from staged_door
           where not stored
           group by address_id, unit_key
          having count(*) > 1
        )
        update staged_door d
           set door_id = f.door_id
          from first f
         where not d.stored and d.address_id = f.address_id and d.unit_key = f.unit_key
        """
    )


async def add_doors(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    """Store new doors; what a row without a person says beyond its address is the door's."""
    await db.execute(
        """
        insert into door
               (organization_id, id, address_id, unit, unit_key, floor, tags, attributes,
                import_run_id)
        select distinct on (d.door_id)
               $1::uuid, d.door_id, d.address_id, r.unit, d.unit_key, r.floor,
               case when r.name_key = $3 and r.tags <> ''
                 then string_to_array(r.tags, $3) else '{}' end,
               case when r.name_key = $3 then r.attributes else '{}' end,
               $2::uuid
          from staged_door d
          join staged r on r.row_number = d.row_number
         where not d.stored
         order by d.door_id, d.row_number
        """,
        organization_id,
        run_id,
        SEPARATOR,
    )


async def change_doors(
    db: Connection, organization_id: UUID, ours: Sequence[str], our_keys: Sequence[str]
) -> None:
    """Bring stored doors to what the file says; ``our_keys`` are of kept columns."""
    await db.execute(
        """
        with said as (
          select k.id, d.row_number, k.floor, k.tags, k.attributes,
                 case when r.floor = '' or k.floor <> '' and 'floor' = any($2)
                   then k.floor else r.floor end as new_floor,
                 case when r.name_key <> $4 or r.tags = '' then k.tags
                   else array(select distinct tag
                                from unnest(k.tags || string_to_array(r.tags, $4)) tag
                               order by tag) end as new_tags,
                 case when r.name_key <> $4 then k.attributes
                   else r.attributes || k.attributes || (r.attributes - $3::text[])
                   end as new_attributes
            from (select distinct on (door_id) door_id, row_number
                    from staged_door where stored
                   order by door_id, row_number) d
            join staged r on r.row_number = d.row_number
            join door k on k.organization_id = $1 and k.id = d.door_id
        ),
        changed as (
          select * from said
           where (floor, tags, attributes)
                 is distinct from (new_floor, new_tags, new_attributes)
        ),
        noted as (
          insert into staged_change (kind, thing_id, row_number, before, after)
          select 'door', id, row_number,
                 jsonb_build_object('floor', floor, 'tags', tags, 'attributes', attributes),
                 jsonb_build_object(
                   'floor', new_floor, 'tags', new_tags, 'attributes', new_attributes)
            from changed
        ),
        touched as (
          insert into staged_touch (door_id) select id from changed where floor <> new_floor
        )
        update door k
           set floor = c.new_floor,
               tags = c.new_tags,
               attributes = c.new_attributes
          from changed c
         where k.organization_id = $1 and k.id = c.id
        """,
        organization_id,
        ours,
        our_keys,
        SEPARATOR,
    )
