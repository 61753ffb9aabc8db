"""Statements of exports beside the doors: attempts, and the people of a universe."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all


class AttemptLine(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that counts, as corrected."""

    event_id: UUID
    door_id: UUID
    turf: str | None
    precinct: str
    street: str
    house_number: str
    unit: str
    lon: float
    lat: float
    member: str
    occurred_at: dt.datetime
    attempted_on: dt.date
    result: str
    contact: bool
    second_try: bool


class PersonLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be contacted, with where they live."""

    person_id: UUID
    external_id: str | None
    given_name: str
    family_name: str
    birth_year: int | None
    phone: str | None
    email: str | None
    language: str | None
    street: str
    house_number: str
    unit: str
    postcode: str
    city: str
    precinct: str
    lon: float
    lat: float


async def attempts_of_pass(
    db: Connection, organization_id: UUID, pass_id: UUID, limit: int
) -> list[AttemptLine]:
    return await fetch_all(
        db,
        AttemptLine,
        """
        select t.event_id, t.door_id, turf.name as turf, a.precinct, a.street, a.house_number,
               door.unit, a.lon, a.lat, m.name as member, t.occurred_at, t.attempted_on,
               t.result, t.contact, t.second_try
          from tallied_attempt t
          join door on door.organization_id = $1 and door.id = t.door_id
          join address a on a.organization_id = $1 and a.id = door.address_id
          join member m on m.organization_id = $1 and m.id = t.member_id
          left join turf on turf.organization_id = $1 and turf.id = t.turf_id
         where t.organization_id = $1 and t.pass_id = $2
         order by t.occurred_at, t.event_id
         limit $3
        """,
        organization_id,
        pass_id,
        limit,
    )


async def people(db: Connection, organization_id: UUID, person_ids: list[UUID]) -> list[PersonLine]:
    return await fetch_all(
        db,
        PersonLine,
        """
        select p.id as person_id, p.external_id, p.given_name, p.family_name, p.birth_year,
               p.phone, p.email, p.language, a.street, a.house_number, d.unit, a.postcode, a.city,
               a.precinct, a.lon, a.lat
          from person p
          join household h on h.organization_id = $1 and h.id = p.household_id
          join door d on d.organization_id = $1 and d.id = h.door_id
          join address a on a.organization_id = $1 and a.id = d.address_id
         where p.organization_id = $1 and p.id = any($2::uuid[])
         order by a.city, a.street, a.house_number, d.unit, p.family_name, p.given_name, p.id
        """,
        organization_id,
        person_ids,
    )
