"""Every statement about doors, people and marks, apart from those of imports."""

from collections.abc import Sequence
from uuid import UUID

from doorstep.kit.db import Connection, columns, fetch_all, fetch_maybe, fetch_one
from doorstep.people.model import (
    Building,
    ConsentRecord,
    DoNotContact,
    DoNotContactMark,
    DoorPoint,
    Person,
    WalkDoor,
    WalkPerson,
)


async def doors_in_box(
    db: Connection,
    organization_id: UUID,
    west: float,
    south: float,
    east: float,
    north: float,
    limit: int | None = None,
) -> list[DoorPoint]:
    return await fetch_all(
        db,
        DoorPoint,
        """
        select d.id, a.building_id, a.street, a.house_number, d.unit, d.floor, a.lon, a.lat
          from address a
          join door d on d.organization_id = a.organization_id and d.address_id = a.id
         where a.organization_id = $1
           and a.lon between $2 and $4
           and a.lat between $3 and $5
         order by a.street, a.house_number, a.id, d.unit
         limit $6
        """,
        organization_id,
        west,
        south,
        east,
        north,
        limit,
    )


async def door_points(
    db: Connection, organization_id: UUID, door_ids: Sequence[UUID]
) -> list[DoorPoint]:
    return await fetch_all(
        db,
        DoorPoint,
        """
        select d.id, a.building_id, a.street, a.house_number, d.unit, d.floor, a.lon, a.lat
          from door d
          join address a on a.organization_id = d.organization_id and a.id = d.address_id
         where d.organization_id = $1 and d.id = any($2::uuid[])
         order by a.street, a.house_number, a.id, d.unit
        """,
        organization_id,
        list(door_ids),
    )


async def walk_doors(
    db: Connection, organization_id: UUID, door_ids: Sequence[UUID]
) -> list[WalkDoor]:
    return await fetch_all(
        db,
        WalkDoor,
        """
        select d.id, a.building_id, a.street, a.house_number, d.unit, d.floor, a.postcode, a.city,
               a.lon, a.lat, d.note, b.access_note,
               exists (
                 select from do_not_contact n
                  where n.organization_id = d.organization_id
                    and n.door_id = d.id
                    and n.person_id is null
                    and n.cleared_at is null) as do_not_contact
          from door d
          join address a on a.organization_id = d.organization_id and a.id = d.address_id
          join building b on b.organization_id = a.organization_id and b.id = a.building_id
         where d.organization_id = $1 and d.id = any($2::uuid[])
         order by a.street, a.house_number, a.id, d.unit
        """,
        organization_id,
        list(door_ids),
    )


async def walk_people(
    db: Connection, organization_id: UUID, door_ids: Sequence[UUID]
) -> list[WalkPerson]:
    return await fetch_all(
        db,
        WalkPerson,
        """
        select p.id, p.household_id, h.door_id, p.given_name, p.family_name, p.language
          from household h
          join person p on p.organization_id = h.organization_id and p.household_id = h.id
         where h.organization_id = $1
           and h.door_id = any($2::uuid[])
           and p.erased_at is null
           and not exists (
             select from do_not_contact n
              where n.organization_id = h.organization_id
                and n.cleared_at is null
                and (n.person_id = p.id or (n.person_id is null and n.door_id = h.door_id)))
         order by h.door_id, p.household_id, p.given_name, p.id
        """,
        organization_id,
        list(door_ids),
    )


async def people_behind(
    db: Connection, organization_id: UUID, door_id: UUID, *, whole: bool
) -> list[Person]:
    """Those the caller may see; unless ``whole``, only who may be contacted, in few particulars."""
    return await fetch_all(
        db,
        Person,
        """
        select p.id, p.household_id, h.door_id, p.external_id, p.given_name, p.family_name,
               case when $3 then p.birth_year end as birth_year,
               case when $3 then p.phone end as phone,
               case when $3 then p.email end as email,
               p.language, marked.yes as do_not_contact
          from household h
          join person p on p.organization_id = h.organization_id and p.household_id = h.id
         cross join lateral (
           select exists (
             select from do_not_contact n
              where n.organization_id = h.organization_id
                and n.cleared_at is null
                and (n.person_id = p.id or (n.person_id is null and n.door_id = h.door_id))
           ) as yes) marked
         where h.organization_id = $1
           and h.door_id = $2
           and p.erased_at is null
           and ($3 or not marked.yes)
         order by p.household_id, p.given_name, p.id
        """,
        organization_id,
        door_id,
        whole,
    )


async def person_by_id(
    db: Connection, organization_id: UUID, person_id: UUID, *, whole: bool
) -> Person:
    return await fetch_one(
        db,
        Person,
        """
        select p.id, p.household_id, h.door_id, p.external_id, p.given_name, p.family_name,
               case when $3 then p.birth_year end as birth_year,
               case when $3 then p.phone end as phone,
               case when $3 then p.email end as email,
               p.language, marked.yes as do_not_contact
          from person p
          join household h on h.organization_id = p.organization_id and h.id = p.household_id
         cross join lateral (
           select exists (
             select from do_not_contact n
              where n.organization_id = h.organization_id
                and n.cleared_at is null
                and (n.person_id = p.id or (n.person_id is null and n.door_id = h.door_id))
           ) as yes) marked
         where p.organization_id = $1
           and p.id = $2
           and p.erased_at is null
           and ($3 or not marked.yes)
        """,
        organization_id,
        person_id,
        whole,
    )


async def holds_door(db: Connection, organization_id: UUID, door_id: UUID) -> bool:
    """Whether the caller holds live turf with this door."""
    return await db.fetchval(
        """
        select exists (
          select from turf_door
           where organization_id = $1
             and door_id = $2
             and live
             and holds_turf(turf_id))
        """,
        organization_id,
        door_id,
    )


async def holds_building(db: Connection, organization_id: UUID, building_id: UUID) -> bool:
    """Whether the caller holds live turf with a door of this building."""
    return await db.fetchval(
        """
        select exists (
          select from address a
            join door d on d.organization_id = a.organization_id and d.address_id = a.id
            join turf_door td on td.organization_id = d.organization_id and td.door_id = d.id
           where a.organization_id = $1
             and a.building_id = $2
             and td.live
             and holds_turf(td.turf_id))
        """,
        organization_id,
        building_id,
    )


async def update_building(
    db: Connection, organization_id: UUID, building_id: UUID, access_note: str
) -> Building:
    return await fetch_one(
        db,
        Building,
        """
        update building
           set access_note = $3
         where organization_id = $1 and id = $2
        returning id, access_note
        """,
        organization_id,
        building_id,
        access_note,
    )


async def update_door_note(
    db: Connection, organization_id: UUID, door_id: UUID, note: str
) -> UUID | None:
    """The door's id, or None where there is no such door."""
    return await db.fetchval(
        """
        update door
           set note = $3
         where organization_id = $1 and id = $2
        returning id
        """,
        organization_id,
        door_id,
        note,
    )


async def raise_turf_versions(db: Connection, organization_id: UUID, door_ids: list[UUID]) -> None:
    """What phones hold of these doors changed: every turf of theirs is a version newer."""
    # Locked in one order, so that two who do this at once wait instead of blocking each other.
    await db.execute(
        """
        with held as materialized (
          select id
            from turf
           where organization_id = $1
             and id in (
               select turf_id
                 from turf_door
                where organization_id = $1 and door_id = any($2::uuid[]) and live)
           order by id
             for update)
        update turf
           set version = version + 1
         where organization_id = $1 and id in (select id from held)
        """,
        organization_id,
        door_ids,
    )


async def doors_of_building(db: Connection, organization_id: UUID, building_id: UUID) -> list[UUID]:
    return await db.fetchval(
        """
        select coalesce(array_agg(d.id), '{}')
          from address a
          join door d on d.organization_id = a.organization_id and d.address_id = a.id
         where a.organization_id = $1 and a.building_id = $2
        """,
        organization_id,
        building_id,
    )


async def do_not_contact_list(
    db: Connection, organization_id: UUID, limit: int, offset: int, *, cleared: bool
) -> list[DoNotContact]:
    return await fetch_all(
        db,
        DoNotContact,
        """
        select id, door_id, person_id, source_event_id, recorded_by, recorded_at, cleared_at,
               cleared_by, cleared_reason
          from do_not_contact
         where organization_id = $1 and ($4 or cleared_at is null)
         order by recorded_at desc, id desc
         limit $2 offset $3
        """,
        organization_id,
        limit,
        offset,
        cleared,
    )


async def do_not_contact_of_door(
    db: Connection, organization_id: UUID, door_id: UUID
) -> list[DoNotContact]:
    return await fetch_all(
        db,
        DoNotContact,
        """
        select id, door_id, person_id, source_event_id, recorded_by, recorded_at, cleared_at,
               cleared_by, cleared_reason
          from do_not_contact
         where organization_id = $1 and door_id = $2
         order by recorded_at desc, id desc
        """,
        organization_id,
        door_id,
    )


async def live_do_not_contact(
    db: Connection, organization_id: UUID, door_id: UUID, person_id: UUID | None
) -> DoNotContact:
    return await fetch_one(
        db,
        DoNotContact,
        """
        select id, door_id, person_id, source_event_id, recorded_by, recorded_at, cleared_at,
               cleared_by, cleared_reason
          from do_not_contact
         where organization_id = $1
           and door_id = $2
           and person_id is not distinct from $3
           and cleared_at is null
        """,
        organization_id,
        door_id,
        person_id,
    )


async def clear_do_not_contact(
    db: Connection, organization_id: UUID, mark_id: UUID, cleared_by: UUID, reason: str
) -> DoNotContact | None:
    """The mark as cleared, or None where no such mark stands."""
    return await fetch_maybe(
        db,
        DoNotContact,
        """
        update do_not_contact
           set cleared_at = now(), cleared_by = $3, cleared_reason = $4
         where organization_id = $1 and id = $2 and cleared_at is null
        returning id, door_id, person_id, source_event_id, recorded_by, recorded_at, cleared_at,
                  cleared_by, cleared_reason
        """,
        organization_id,
        mark_id,
        cleared_by,
        reason,
    )


async def do_not_contact_by_id(
    db: Connection, organization_id: UUID, mark_id: UUID
) -> DoNotContact:
    return await fetch_one(
        db,
        DoNotContact,
        """
        select id, door_id, person_id, source_event_id, recorded_by, recorded_at, cleared_at,
               cleared_by, cleared_reason
          from do_not_contact
         where organization_id = $1 and id = $2
        """,
        organization_id,
        mark_id,
    )


async def insert_do_not_contact(
    db: Connection, organization_id: UUID, marks: Sequence[DoNotContactMark]
) -> list[UUID]:
    """The doors that were not marked before; a mark that stands already stays as it is."""
    rows = await db.fetch(
        """
        insert into do_not_contact
               (organization_id, id, door_id, person_id, source_event_id, recorded_by)
        select $1, *
          from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[])
            on conflict do nothing
        returning door_id
        """,
        organization_id,
        *columns(
            [
                (mark.id, mark.door_id, mark.person_id, mark.source_event_id, mark.recorded_by)
                for mark in marks
            ],
            5,
        ),
    )
    return [row["door_id"] for row in rows]


async def insert_consents(
    db: Connection, organization_id: UUID, consents: Sequence[ConsentRecord]
) -> None:
    await db.execute(
        """
        insert into consent
               (organization_id, purpose, id, door_id, person_id, basis, wording, given_at,
                recorded_by)
        select $1, 'opinion_record', *
          from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
                      $7::timestamptz[], $8::uuid[])
            on conflict do nothing
        """,
        organization_id,
        *columns(
            [
                (
                    consent.id,
                    consent.door_id,
                    consent.person_id,
                    consent.basis,
                    consent.wording,
                    consent.given_at,
                    consent.recorded_by,
                )
                for consent in consents
            ],
            7,
        ),
    )
