"""Every statement of imports; each writes or reads many rows at once."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from doorstep.kit.db import Connection, columns, fetch_all, fetch_one
from doorstep.people.model import ImportReject, ImportRun
from doorstep.people.placing import KnownAddress, KnownDoor, KnownPerson


async def wait_for_turn(db: Connection, organization_id: UUID) -> None:
    """Hold the organization's imports until the transaction ends: two would add things twice."""
    await db.execute(
        "select pg_advisory_xact_lock(hashtextextended('import ' || $1::text, 0))",
        str(organization_id),
    )


async def known_addresses(
    db: Connection, organization_id: UUID, external_ids: list[str], match_keys: list[str]
) -> list[KnownAddress]:
    return await fetch_all(
        db,
        KnownAddress,
        """
        select id, building_id, external_id, street, house_number, postcode, city, match_key,
               lon, lat
          from address
         where organization_id = $1
           and (external_id = any($2::text[]) or match_key = any($3::text[]))
         order by id
        """,
        organization_id,
        external_ids,
        match_keys,
    )


async def known_doors(
    db: Connection, organization_id: UUID, address_ids: list[UUID]
) -> list[KnownDoor]:
    return await fetch_all(
        db,
        KnownDoor,
        """
        select id, address_id, unit, floor
          from door
         where organization_id = $1 and address_id = any($2::uuid[])
         order by id
        """,
        organization_id,
        address_ids,
    )


async def known_people(
    db: Connection, organization_id: UUID, external_ids: list[str], door_ids: list[UUID]
) -> list[KnownPerson]:
    return await fetch_all(
        db,
        KnownPerson,
        """
        select p.id, p.household_id, h.door_id, p.external_id, p.given_name, p.family_name,
               p.birth_year, p.phone, p.email, p.language
          from person p
          join household h on h.organization_id = p.organization_id and h.id = p.household_id
         where p.organization_id = $1
           and (p.external_id = any($2::text[]) or h.door_id = any($3::uuid[]))
         order by p.id
        """,
        organization_id,
        external_ids,
        door_ids,
    )


async def insert_buildings(
    db: Connection, organization_id: UUID, addresses: Sequence[KnownAddress]
) -> None:
    await db.execute(
        """
        insert into building (organization_id, id)
        select $1, * from unnest($2::uuid[])
        """,
        organization_id,
        [address.building_id for address in addresses],
    )


async def insert_addresses(
    db: Connection, organization_id: UUID, addresses: Sequence[KnownAddress]
) -> None:
    await db.execute(
        """
        insert into address
               (organization_id, id, building_id, external_id, street, house_number, postcode,
                city, match_key, lon, lat)
        select $1, *
          from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
                      $8::text[], $9::text[], $10::float8[], $11::float8[])
        """,
        organization_id,
        *columns(
            [
                (
                    one.id,
                    one.building_id,
                    one.external_id,
                    one.street,
                    one.house_number,
                    one.postcode,
                    one.city,
                    one.match_key,
                    one.lon,
                    one.lat,
                )
                for one in addresses
            ],
            10,
        ),
    )


async def update_addresses(
    db: Connection, organization_id: UUID, addresses: Sequence[KnownAddress]
) -> None:
    await db.execute(
        """
        update address
           set street = v.street,
               house_number = v.house_number,
               postcode = v.postcode,
               city = v.city,
               match_key = v.match_key,
               lon = v.lon,
               lat = v.lat
          from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                      $8::float8[], $9::float8[])
               as v (id, street, house_number, postcode, city, match_key, lon, lat)
         where organization_id = $1 and address.id = v.id
        """,
        organization_id,
        *columns(
            [
                (
                    one.id,
                    one.street,
                    one.house_number,
                    one.postcode,
                    one.city,
                    one.match_key,
                    one.lon,
                    one.lat,
                )
                for one in addresses
            ],
            8,
        ),
    )


async def insert_doors(db: Connection, organization_id: UUID, doors: Sequence[KnownDoor]) -> None:
    await db.execute(
        """
        insert into door (organization_id, id, address_id, unit, floor)
        select $1, * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[])
        """,
        organization_id,
        *columns([(one.id, one.address_id, one.unit, one.floor) for one in doors], 4),
    )


async def update_doors(db: Connection, organization_id: UUID, doors: Sequence[KnownDoor]) -> None:
    await db.execute(
        """
        update door
           set floor = v.floor
          from unnest($2::uuid[], $3::text[]) as v (id, floor)
         where organization_id = $1 and door.id = v.id
        """,
        organization_id,
        *columns([(one.id, one.floor) for one in doors], 2),
    )


async def insert_households(
    db: Connection, organization_id: UUID, households: Sequence[tuple[UUID, UUID]]
) -> None:
    await db.execute(
        """
        insert into household (organization_id, id, door_id)
        select $1, * from unnest($2::uuid[], $3::uuid[])
        """,
        organization_id,
        *columns(households, 2),
    )


def _person_columns(people: Sequence[KnownPerson]) -> list[list[Any]]:
    return columns(
        [
            (
                one.id,
                one.household_id,
                one.external_id,
                one.given_name,
                one.family_name,
                one.birth_year,
                one.phone,
                one.email,
                one.language,
            )
            for one in people
        ],
        9,
    )


async def insert_people(
    db: Connection, organization_id: UUID, people: Sequence[KnownPerson]
) -> None:
    await db.execute(
        """
        insert into person
               (organization_id, id, household_id, external_id, given_name, family_name,
                birth_year, phone, email, language)
        select $1, *
          from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::integer[],
                      $8::text[], $9::text[], $10::text[])
        """,
        organization_id,
        *_person_columns(people),
    )


async def update_people(
    db: Connection, organization_id: UUID, people: Sequence[KnownPerson]
) -> None:
    await db.execute(
        """
        update person
           set household_id = v.household_id,
               external_id = v.external_id,
               given_name = v.given_name,
               family_name = v.family_name,
               birth_year = v.birth_year,
               phone = v.phone,
               email = v.email,
               language = v.language
          from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::integer[],
                      $8::text[], $9::text[], $10::text[])
               as v (id, household_id, external_id, given_name, family_name, birth_year, phone,
                     email, language)
         where organization_id = $1 and person.id = v.id
        """,
        organization_id,
        *_person_columns(people),
    )


async def insert_run(
    db: Connection,
    organization_id: UUID,
    run_id: UUID,
    kind: str,
    file_name: str,
    created_by: UUID | None,
    added_count: int,
    changed_count: int,
    unchanged_count: int,
    rejected_count: int,
) -> ImportRun:
    return await fetch_one(
        db,
        ImportRun,
        """
        insert into import_run
               (organization_id, id, kind, file_name, created_by, row_count, added_count,
                changed_count, unchanged_count, rejected_count)
        values ($1, $2, $3, $4, $5, $6::integer + $7 + $8 + $9, $6, $7, $8, $9)
        returning id, kind, file_name, created_by, created_at, row_count, added_count,
                  changed_count, unchanged_count, rejected_count
        """,
        organization_id,
        run_id,
        kind,
        file_name,
        created_by,
        added_count,
        changed_count,
        unchanged_count,
        rejected_count,
    )


async def insert_rejects(
    db: Connection, organization_id: UUID, run_id: UUID, rejects: Sequence[ImportReject]
) -> None:
    await db.execute(
        """
        insert into import_reject
               (organization_id, import_run_id, row_number, field, reason, remedy)
        select $1, $2, * from unnest($3::integer[], $4::text[], $5::text[], $6::text[])
        """,
        organization_id,
        run_id,
        *columns([(one.row_number, one.field, one.reason, one.remedy) for one in rejects], 4),
    )


async def clear_map(db: Connection, organization_id: UUID, campaign_id: UUID) -> None:
    """Remove the campaign's streets and barriers; a new map takes their place."""
    await db.execute(
        "delete from street_edge where organization_id = $1 and campaign_id = $2",
        organization_id,
        campaign_id,
    )
    await db.execute(
        "delete from barrier where organization_id = $1 and campaign_id = $2",
        organization_id,
        campaign_id,
    )


async def insert_streets(
    db: Connection, organization_id: UUID, campaign_id: UUID, streets: Sequence[Sequence[Any]]
) -> None:
    await db.execute(
        """
        insert into street_edge
               (organization_id, campaign_id, id, name, highway, from_node, to_node, length_m,
                walkable, crosses_barrier, shape, west, south, east, north)
        select $1, $2, *
          from unnest($3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
                      $8::float8[], $9::boolean[], $10::boolean[], $11::bytea[], $12::float8[],
                      $13::float8[], $14::float8[], $15::float8[])
        """,
        organization_id,
        campaign_id,
        *columns(streets, 13),
    )


async def insert_barriers(
    db: Connection, organization_id: UUID, campaign_id: UUID, barriers: Sequence[Sequence[Any]]
) -> None:
    await db.execute(
        """
        insert into barrier
               (organization_id, campaign_id, id, kind, name, shape, west, south, east, north)
        select $1, $2, *
          from unnest($3::bigint[], $4::text[], $5::text[], $6::bytea[], $7::float8[],
                      $8::float8[], $9::float8[], $10::float8[])
        """,
        organization_id,
        campaign_id,
        *columns(barriers, 8),
    )


async def put_map_source(
    db: Connection,
    organization_id: UUID,
    campaign_id: UUID,
    file_name: str,
    attribution: str,
    data_at: dt.datetime | None,
) -> None:
    await db.execute(
        """
        insert into map_source (organization_id, campaign_id, file_name, attribution, data_at)
        values ($1, $2, $3, $4, $5)
            on conflict (organization_id, campaign_id) do update
           set file_name = excluded.file_name,
               attribution = excluded.attribution,
               data_at = excluded.data_at,
               imported_at = now()
        """,
        organization_id,
        campaign_id,
        file_name,
        attribution,
        data_at,
    )
