"""Statements of a merge that find the person and the household of staged rows.

They come after those of ``place_queries``, and work in the same way.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from doorstep.kit.db import Connection
from doorstep.kit.texts import SEPARATOR


async def reject_same_ids(db: Connection) -> None:
    """Leave out rows whose person was in an earlier row, before they bring an address."""
    await db.execute(
        """
        insert into staged_reject (row_number, field, reason, remedy)
        select r.row_number, 'external_id', 'The same person is in row ' || d.first || '.',
               'Remove one of the two rows, or give each person their own external_id.'
          from (select external_id, min(row_number) as first
                  from staged
                 where external_id <> ''
                 group by external_id
                having count(*) > 1) d
          join staged r on r.external_id = d.external_id and r.row_number > d.first
        """
    )


async def gather_people(db: Connection, organization_id: UUID, *, keeps_family: bool) -> None:
    """One row for each person of the file: the stored one of that id, or one to be.

    Who neither moved nor changed their family name stays in their household; with ``keeps_family``
    the file's family names change none of ours.
    """
    await db.execute(
        """
        insert into staged_person (row_number, door_id, person_id, household_id, added)
        select r.row_number, d.door_id, coalesce(p.id, make_id()),
               case when h.door_id = d.door_id
                     and ($3 or split_part(r.name_key, $2, 2)
                                in ('', split_part(p.name_key, $2, 2)))
                 then h.id end,
               p.id is null
          from staged r
          join staged_door d on d.source_id = r.source_id and d.unit_key = r.unit_key
          left join person p on p.organization_id = $1 and p.external_id = r.external_id
          left join household h on h.organization_id = $1 and h.id = p.household_id
         where r.name_key <> $2
           and r.row_number not in (select row_number from staged_reject)
        """,
        organization_id,
        SEPARATOR,
        keeps_family,
    )
    await db.execute("analyze staged_person")


async def match_merged(db: Connection, organization_id: UUID) -> None:
    """Take the id of somebody who was merged into another for the other, who stays at home.

    Where the file has a row of the other too, that one speaks for them.
    """
    await db.execute(
        """
        delete from staged_person s
         using staged r, merged_ids($1) m, staged_person own
         where s.added
           and r.row_number = s.row_number
           and m.external_id = r.external_id
           and own.person_id = m.person_id
        """,
        organization_id,
    )
    await db.execute(
        """
        update staged_person s
           set person_id = m.person_id,
               household_id = m.household_id,
               added = false
          from staged r
          join merged_ids($1) m on m.external_id = r.external_id
         where s.added and r.row_number = s.row_number
        """,
        organization_id,
    )


async def match_namesakes(db: Connection, organization_id: UUID) -> None:
    """Take who has the same name and year of birth behind the same door for the same person.

    Unless both have an id and the ids differ.
    """
    await db.execute(
        """
        with namesake as (
          select distinct on (s.row_number) s.row_number, p.id, p.household_id
            from staged_person s
            join staged r on r.row_number = s.row_number
            join household h on h.organization_id = $1 and h.door_id = s.door_id
            join person p on p.organization_id = $1 and p.household_id = h.id
           where s.added
             and s.door_id in (select door_id from staged_door where stored)
             and p.name_key = r.name_key
             and p.birth_year is not distinct from r.birth_year
             and (r.external_id = '' or p.external_id is null)
           order by s.row_number, p.id
        )
        update staged_person s
           set person_id = n.id,
               household_id = n.household_id,
               added = false
          from namesake n
         where n.row_number = s.row_number
        """,
        organization_id,
    )


async def reject_doubles(db: Connection) -> bool:
    """Leave out whoever the file means twice, but for the first time; whether there was anyone."""
    done = await db.execute(
        """
        with known as (
          select row_number, min(row_number) over (partition by person_id) as first
            from staged_person
           where person_id in (
             select person_id from staged_person where not added
              group by person_id having count(*) > 1)
        ),
        namesake as (
          select s.row_number, r.external_id,
                 min(s.row_number) over namesakes as first,
                 bool_or(r.external_id = '') over namesakes as without_id
            from staged_person s
            join staged r on r.row_number = s.row_number
           where s.added and (s.door_id, r.name_key) in (
             select t.door_id, q.name_key
               from staged_person t
               join staged q on q.row_number = t.row_number
              where t.added
              group by t.door_id, q.name_key having count(*) > 1)
          window namesakes as (partition by s.door_id, r.name_key, r.birth_year)
        ),
        double as (
          select row_number, min(first) as first
            from (
              select row_number, first from known
               union all
              -- Two with ids of their own are two people, whatever their names.
              select n.row_number, n.first from namesake n
               where n.without_id
                 and (n.external_id = '' or exists (
                   select from staged f where f.row_number = n.first and f.external_id = ''))
            ) found
           where first < row_number
           group by row_number
        ),
        gone as (
          delete from staged_person s using double where double.row_number = s.row_number
        )
        insert into staged_reject (row_number, field, reason, remedy)
        select row_number, 'external_id', 'The same person is in row ' || first || '.',
               'Remove one of the two rows, or give each person their own external_id.'
          from double
        """
    )
    return done != "INSERT 0 0"


async def forget_doubles(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    """Take away what only rows brought that are left out as doubles."""
    await db.execute(
        """
        update staged_door d
           set row_number = g.row_number
          from (select source_id, unit_key, min(row_number) as row_number
                  from staged
                 where row_number not in (select row_number from staged_reject)
                 group by source_id, unit_key) g
         where g.source_id = d.source_id
           and g.unit_key = d.unit_key
           and d.row_number in (select row_number from staged_reject)
        """
    )
    await db.execute(
        "delete from staged_door where row_number in (select row_number from staged_reject)"
    )
    await db.execute(
        """
        with gone as (
          delete from address a
           where a.organization_id = $1
             and a.import_run_id = $2
             and a.id not in (select address_id from staged_door)
          returning a.building_id
        )
        delete from building b
         using gone
         where b.organization_id = $1 and b.id = gone.building_id
        """,
        organization_id,
        run_id,
    )


async def find_households(db: Connection, organization_id: UUID) -> None:
    """Let newcomers join the household of their family name behind the same door.

    Who has no family name lives in a household of their own.
    """
    await db.execute(
        """
        with shared as (
          select h.door_id, split_part(p.name_key, $2, 2) as family, min(h.id::text)::uuid as id
            from household h
            join person p on p.organization_id = $1 and p.household_id = h.id
           where h.organization_id = $1
             and h.door_id in (select door_id from staged_person where household_id is null)
             and h.door_id in (select door_id from staged_door where stored)
           group by 1, 2
        )
        update staged_person s
           set household_id = shared.id
          from staged r, shared
         where s.household_id is null
           and r.row_number = s.row_number
           and shared.door_id = s.door_id
           and shared.family = split_part(r.name_key, $2, 2)
           and shared.family <> ''
        """,
        organization_id,
        SEPARATOR,
    )


async def add_households(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    """Store the households of those who have none yet."""
    await db.execute(
        """
        with homeless as materialized (
          select s.row_number, s.door_id, split_part(r.name_key, $3, 2) as family
            from staged_person s
            join staged r on r.row_number = s.row_number
           where s.household_id is null
        ),
        founded as materialized (
          select door_id, family, case when family = '' then row_number end as alone,
                 make_id() as id
            from homeless
           group by 1, 2, 3
        ),
        stored as (
          insert into household (organization_id, id, door_id, import_run_id)
          select $1, id, door_id, $2 from founded
        )
        update staged_person s
           set household_id = f.id
          from homeless h
          join founded f on f.door_id = h.door_id
                        and f.family = h.family
                        and f.alone is not distinct from
                            case when h.family = '' then h.row_number end
         where s.row_number = h.row_number
        """,
        organization_id,
        run_id,
        SEPARATOR,
    )


async def add_people(
    db: Connection, organization_id: UUID, run_id: UUID, as_of: dt.datetime
) -> None:
    await db.execute(
        """
        insert into person
               (organization_id, id, household_id, external_id, given_name, family_name, name_key,
                birth_year, phone, email, language, tags, attributes, changed_at, import_run_id)
        select $1, s.person_id, s.household_id, nullif(r.external_id, ''), r.given_name,
               r.family_name, r.name_key, r.birth_year, nullif(r.phone, ''), nullif(r.email, ''),
               nullif(r.language, ''),
               case when r.tags = '' then '{}' else string_to_array(r.tags, $4) end,
               r.attributes, coalesce(r.updated_at, $3), $2
          from staged_person s
          join staged r on r.row_number = s.row_number
         where s.added
         order by s.row_number
        """,
        organization_id,
        run_id,
        as_of,
        SEPARATOR,
    )


async def change_people(
    db: Connection,
    organization_id: UUID,
    as_of: dt.datetime,
    ours: Sequence[str],
    newest: Sequence[str],
    our_keys: Sequence[str],
    newest_keys: Sequence[str],
) -> None:
    """Bring stored people to what the file says, field by field; an empty cell says nothing.

    Fields of ``ours`` keep what is stored; those of ``newest`` too, if it is younger than the row.
    """
    await db.execute(
        """
        with met as (
          select p.*, s.row_number, s.household_id as new_household_id, s.door_id,
                 r.external_id as r_external_id, r.given_name as r_given_name,
                 r.family_name as r_family_name, r.name_key as r_name_key,
                 r.birth_year as r_birth_year, r.phone as r_phone, r.email as r_email,
                 r.language as r_language, r.tags as r_tags, r.attributes as r_attributes,
                 coalesce(r.updated_at, $2) as said_at,
                 coalesce(r.updated_at, $2) >= p.changed_at as fresh
            from staged_person s
            join staged r on r.row_number = s.row_number
            join person p on p.organization_id = $1 and p.id = s.person_id
           where not s.added
        ),
        ruled as (
          select m.*,
                 case when fresh then $3::text[] else $3 || $4::text[] end as kept,
                 case when fresh then $5::text[] else $5 || $6::text[] end as kept_keys
            from met m
        ),
        said as (
          select m.*,
                 coalesce(external_id, nullif(r_external_id, '')) as new_external_id,
                 case when r_given_name = '' or given_name <> '' and 'given_name' = any(kept)
                   then given_name else r_given_name end as new_given_name,
                 case when r_family_name = '' or family_name <> '' and 'family_name' = any(kept)
                   then family_name else r_family_name end as new_family_name,
                 case when r_given_name = '' or given_name <> '' and 'given_name' = any(kept)
                   then split_part(name_key, $7, 1) else split_part(r_name_key, $7, 1) end
                 || $7 ||
                 case when r_family_name = '' or family_name <> '' and 'family_name' = any(kept)
                   then split_part(name_key, $7, 2) else split_part(r_name_key, $7, 2) end
                   as new_name_key,
                 case when 'birth_year' = any(kept) then coalesce(birth_year, r_birth_year)
                   else coalesce(r_birth_year, birth_year) end as new_birth_year,
                 case when 'phone' = any(kept) then coalesce(phone, nullif(r_phone, ''))
                   else coalesce(nullif(r_phone, ''), phone) end as new_phone,
                 case when 'email' = any(kept) then coalesce(email, nullif(r_email, ''))
                   else coalesce(nullif(r_email, ''), email) end as new_email,
                 case when 'language' = any(kept) then coalesce(language, nullif(r_language, ''))
                   else coalesce(nullif(r_language, ''), language) end as new_language,
                 case when r_tags = '' or string_to_array(r_tags, $7) <@ tags then tags
                   else array(select distinct tag
                                from unnest(tags || string_to_array(r_tags, $7)) tag
                               order by tag) end as new_tags,
                 case when r_attributes <@ attributes then attributes
                   else r_attributes || attributes || (r_attributes - kept_keys)
                   end as new_attributes
            from ruled m
        ),
        changed as materialized (
          select * from said
           where (household_id, external_id, given_name, family_name, birth_year, phone, email,
                  language, tags, attributes)
                 is distinct from
                 (new_household_id, new_external_id, new_given_name, new_family_name,
                  new_birth_year, new_phone, new_email, new_language, new_tags, new_attributes)
        ),
        noted as (
          insert into staged_change (kind, thing_id, row_number, before, after)
          select 'person', id, row_number,
                 jsonb_build_object(
                   'household_id', household_id, 'external_id', external_id,
                   'given_name', given_name, 'family_name', family_name, 'name_key', name_key,
                   'birth_year', birth_year, 'phone', phone, 'email', email,
                   'language', language, 'tags', tags, 'attributes', attributes,
                   'changed_at', changed_at),
                 jsonb_build_object(
                   'household_id', new_household_id, 'external_id', new_external_id,
                   'given_name', new_given_name, 'family_name', new_family_name,
                   'name_key', new_name_key, 'birth_year', new_birth_year, 'phone', new_phone,
                   'email', new_email, 'language', new_language, 'tags', new_tags,
                   'attributes', new_attributes, 'changed_at', greatest(changed_at, said_at))
            from changed
        ),
        touched as (
          insert into staged_touch (door_id)
          select h.door_id
            from changed c
            join household h on h.organization_id = $1 and h.id = c.household_id
           union all
          select door_id from changed
        )
        update person p
           set household_id = c.new_household_id,
               external_id = c.new_external_id,
               given_name = c.new_given_name,
               family_name = c.new_family_name,
               name_key = c.new_name_key,
               birth_year = c.new_birth_year,
               phone = c.new_phone,
               email = c.new_email,
               language = c.new_language,
               tags = c.new_tags,
               attributes = c.new_attributes,
               changed_at = greatest(c.changed_at, c.said_at)
          from changed c
         where p.organization_id = $1 and p.id = c.id
        """,
        organization_id,
        as_of,
        ours,
        newest,
        our_keys,
        newest_keys,
        SEPARATOR,
    )
