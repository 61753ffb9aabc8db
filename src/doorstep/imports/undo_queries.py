"""Statements that take an import back."""

from uuid import UUID

import msgspec

from doorstep.imports.model import ImportRun
from doorstep.kit.db import Connection, fetch_maybe, fetch_one


class InUse(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the way of taking an import back: how many of what it added."""

    knocked_count: int
    cut_count: int
    marked_count: int
    consented_count: int
    merged_count: int
    joined_count: int


async def newest_run(db: Connection, organization_id: UUID) -> UUID | None:
    """The last import whose rows are stored."""
    return await db.fetchval(
        """
        select id
          from import_run
         where organization_id = $1 and state = 'done' and not dry_run
         order by created_at desc, id desc
         limit 1
        """,
        organization_id,
    )


async def remembers(db: Connection, organization_id: UUID, run_id: UUID) -> bool:
    """Whether what a run changed is still kept as it was: retention takes it with the preview."""
    return await db.fetchval(
        "select preview is not null from import_run where organization_id = $1 and id = $2",
        organization_id,
        run_id,
    )


async def see_merged(db: Connection) -> None:
    """Let this transaction see people who were merged into others: they go, too."""
    await db.execute("select set_config('doorstep.sees_merged', 'yes', true)")


async def in_use(db: Connection, organization_id: UUID, run_id: UUID) -> InUse:
    return await fetch_one(
        db,
        InUse,
        """
        with added as materialized (
          select d.id
            from door d
           where d.organization_id = $1 and d.import_run_id = $2
        )
        select (select count(distinct e.door_id)
                  from contact_event e
                 where e.organization_id = $1
                   and (e.door_id in (select id from added)
                     or e.person_id in (
                       select p.id from person p
                        where p.organization_id = $1 and p.import_run_id = $2)))
                 as knocked_count,
               (select count(distinct td.door_id)
                  from turf_door td
                 where td.organization_id = $1 and td.door_id in (select id from added))
                 as cut_count,
               (select count(*)
                  from do_not_contact m
                 where m.organization_id = $1
                   and (m.door_id in (select id from added)
                     or m.person_id in (
                       select p.id from person p
                        where p.organization_id = $1 and p.import_run_id = $2)))
                 as marked_count,
               (select count(*)
                  from consent c
                 where c.organization_id = $1
                   and (c.door_id in (select id from added)
                     or c.person_id in (
                       select p.id from person p
                        where p.organization_id = $1 and p.import_run_id = $2)))
                 as consented_count,
               (select count(*)
                  from person_match m
                 where m.organization_id = $1
                   and m.status = 'merged'
                   and exists (
                     select from person p
                      where p.organization_id = $1
                        and p.id in (m.person_id, m.other_person_id)
                        and p.import_run_id = $2))
                 as merged_count,
               (select count(*)
                  from household h
                  join person p on p.organization_id = h.organization_id and p.household_id = h.id
                 where h.organization_id = $1
                   and (h.import_run_id = $2 or h.door_id in (select id from added))
                   and p.import_run_id is distinct from $2)
                 as joined_count
        """,
        organization_id,
        run_id,
    )


async def restore_addresses(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    await db.execute(
        """
        update address a
           set street = b.street,
               house_number = b.house_number,
               postcode = b.postcode,
               city = b.city,
               precinct = b.precinct,
               match_key = b.match_key,
               lon = b.lon,
               lat = b.lat,
               estimated = b.estimated
          from import_change c,
               jsonb_to_record(c.before) as b (
                 street text, house_number text, postcode text, city text, precinct text,
                 match_key text, lon float8, lat float8, estimated boolean)
         where c.organization_id = $1
           and c.import_run_id = $2
           and c.kind = 'address'
           and a.organization_id = $1
           and a.id = c.thing_id
        """,
        organization_id,
        run_id,
    )


async def restore_doors(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    await db.execute(
        """
        update door d
           set floor = b.floor,
               tags = b.tags,
               attributes = b.attributes
          from import_change c,
               jsonb_to_record(c.before) as b (floor text, tags text[], attributes jsonb)
         where c.organization_id = $1
           and c.import_run_id = $2
           and c.kind = 'door'
           and d.organization_id = $1
           and d.id = c.thing_id
        """,
        organization_id,
        run_id,
    )


async def restore_people(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    await db.execute(
        """
        update person p
           set household_id = b.household_id,
               external_id = b.external_id,
               given_name = b.given_name,
               family_name = b.family_name,
               name_key = b.name_key,
               birth_year = b.birth_year,
               phone = b.phone,
               email = b.email,
               language = b.language,
               tags = b.tags,
               attributes = b.attributes,
               changed_at = b.changed_at
          from import_change c,
               jsonb_to_record(c.before) as b (
                 household_id uuid, external_id text, given_name text, family_name text,
                 name_key text, birth_year integer, phone text, email text, language text,
                 tags text[], attributes jsonb, changed_at timestamptz)
         where c.organization_id = $1
           and c.import_run_id = $2
           and c.kind = 'person'
           and p.organization_id = $1
           and p.id = c.thing_id
        """,
        organization_id,
        run_id,
    )


async def raise_turf_versions(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    """What phones hold of what changes back becomes a version newer."""
    await db.execute(
        """
        with touched as (
          select d.id
            from import_change c
            join door d on d.organization_id = $1
                       and (d.id = c.thing_id or d.address_id = c.thing_id)
           where c.organization_id = $1 and c.import_run_id = $2
           union
          select h.door_id
            from person p
            join household h on h.organization_id = $1 and h.id = p.household_id
            left join import_change c on c.organization_id = $1
                                     and c.import_run_id = $2
                                     and c.thing_id = p.id
           where p.organization_id = $1
             and (p.import_run_id = $2 or c.thing_id is not null)
        ),
        held as materialized (
          select id
            from turf
           where organization_id = $1
             and id in (
               select td.turf_id
                 from turf_door td
                 join touched t on t.id = td.door_id
                where td.organization_id = $1 and td.live)
           order by id
             for update)
        update turf
           set version = version + 1
         where organization_id = $1 and id in (select id from held)
        """,
        organization_id,
        run_id,
    )


async def take_away(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    """Remove what the run added, children first."""
    await db.execute(
        "delete from person where organization_id = $1 and import_run_id = $2",
        organization_id,
        run_id,
    )
    await db.execute(
        "delete from household where organization_id = $1 and import_run_id = $2",
        organization_id,
        run_id,
    )
    await db.execute(
        "delete from door where organization_id = $1 and import_run_id = $2",
        organization_id,
        run_id,
    )
    await db.execute(
        "delete from address where organization_id = $1 and import_run_id = $2",
        organization_id,
        run_id,
    )
    await db.execute(
        "delete from building where organization_id = $1 and import_run_id = $2",
        organization_id,
        run_id,
    )
    await db.execute(
        "delete from import_change where organization_id = $1 and import_run_id = $2",
        organization_id,
        run_id,
    )


async def mark_undone(
    db: Connection, organization_id: UUID, run_id: UUID, undone_by: UUID | None
) -> ImportRun | None:
    return await fetch_maybe(
        db,
        ImportRun,
        """
        update import_run
           set state = 'undone', undone_at = now(), undone_by = $3
         where organization_id = $1 and id = $2 and state = 'done' and not dry_run
        returning id, kind, file_name, created_by, created_at, state, dry_run, row_count,
                  added_count, changed_count, unchanged_count, rejected_count, done_units,
                  total_units, failure, ended_at, undone_at
        """,
        organization_id,
        run_id,
        undone_by,
    )
