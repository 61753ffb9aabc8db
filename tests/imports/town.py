"""Rows as `normalising` gives them, and an organization that imports take them into."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import polars as pl

from doorstep.algorithms.addresses import number_key, street_key, unit_key
from doorstep.imports import outcome_queries, queries, staging
from doorstep.imports.merging import Rules, merge
from doorstep.imports.model import ImportReject
from doorstep.kit.ids import new_id
from doorstep.kit.texts import name_key

HERE = (24.94, 60.17)
KM_AWAY = (24.96, 60.17)
TODAY = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
TEXTS = (
    "address_external_id", "unit", "floor", "postcode", "city", "precinct", "external_id",
    "given_name", "family_name", "phone", "email", "language", "tags", "door_external_id",
)  # fmt: skip
SCHEMA = dict.fromkeys(staging.COLUMNS, pl.String) | {
    "row_number": pl.Int64,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "birth_year": pl.Int32,
    "updated_at": pl.Datetime("us", "UTC"),
}


def row(number=2, street="Kaivokatu", house_number="1", at=HERE, **given):
    """One row; what is not given is unknown."""
    lon, lat = at or (None, None)
    made = dict.fromkeys(TEXTS, "") | {"birth_year": None, "attributes": "{}", "updated_at": None}
    made |= {"row_number": number, "street": street, "house_number": house_number} | given
    made["match_key"] = f"{street_key(street)}#{number_key(house_number)}"
    town = made["postcode"].replace(" ", "") or made["city"].lower()
    made["source_id"] = made["address_external_id"] or f"file:{made['match_key']}#{town}"
    made["unit_key"] = unit_key(made["unit"])
    made["name_key"] = name_key(made["given_name"], made["family_name"])
    return made | {"lon": lon, "lat": lat}


async def ignore(done, total):
    pass


@dataclass
class Outcome:
    """What became of the rows of a file."""

    run_id: UUID
    counts: tuple[int, int, int, int]
    rejects: list[ImportReject]
    changes: list[queries.StagedChange]


@dataclass
class Town:
    """An organization inside a transaction."""

    db: object
    id: UUID

    async def take(self, *rows, rules=None, as_of=TODAY):
        """Import the rows; added, changed, unchanged and rejected are in `counts`."""
        for name in ("staged", *(f"staged_{what}" for what in WHAT)):
            await self.db.execute(f"drop table if exists {name}")
        await staging.prepare(self.db)
        frame = pl.DataFrame(list(rows), schema=SCHEMA) if rows else pl.DataFrame(schema=SCHEMA)
        await staging.stage(self.db, frame)
        run = await queries.start_run(
            self.db, self.id, new_id(), "table", "people.csv", None, None, as_of, dry_run=False
        )
        found = await merge(self.db, self.id, run.id, rules or Rules(), as_of, ignore)
        assert found.row_count == len(rows)
        await outcome_queries.keep_changes(self.db, self.id, run.id)
        await outcome_queries.keep_rejects(self.db, self.id, run.id)
        await queries.end_run(self.db, self.id, run.id, found, [])
        return Outcome(
            run.id,
            (found.added_count, found.changed_count, found.unchanged_count, found.rejected_count),
            await queries.rejects(self.db, self.id, run.id, 100, 0),
            await queries.staged_changes(self.db, 100),
        )

    async def all(self, table):
        """Every row of a table, the oldest first."""
        return [
            dict(one)
            for one in await self.db.fetch(
                f"select * from {table} where organization_id = $1 order by id",  # noqa: S608
                self.id,
            )
        ]

    async def only(self, table):
        (one,) = await self.all(table)
        return one

    async def people(self):
        """People with the door they live behind, by external id or given name."""
        rows = await self.db.fetch(
            """
            select p.*, h.door_id, d.address_id
              from person p
              join household h on h.organization_id = p.organization_id and h.id = p.household_id
              join door d on d.organization_id = p.organization_id and d.id = h.door_id
             where p.organization_id = $1
            """,
            self.id,
        )
        return {one["external_id"] or one["given_name"]: dict(one) for one in rows}

    async def touched(self):
        """Doors of which phones hold something that the last import changed."""
        rows = await self.db.fetch(
            """
            select door_id from staged_touch
             union
            select door_id from staged_person
             where added and door_id in (select door_id from staged_door where stored)
            """
        )
        return {one["door_id"] for one in rows}


WHAT = ("address", "door", "person", "reject", "change", "touch")
