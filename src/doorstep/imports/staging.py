"""Rows on their way in: temporary tables that COPY fills and a merge reads.

Row-level security refuses COPY and does not touch temporary tables; what the merge writes from
here goes through the same policies as everything else.
"""

import io
from collections.abc import Sequence

import polars as pl

from doorstep.imports.model import ImportReject
from doorstep.kit.db import Connection

TABLES = """
create temporary table staged (
  row_number bigint,
  address_external_id text,
  street text,
  house_number text,
  unit text,
  floor text,
  postcode text,
  city text,
  precinct text,
  lon float8,
  lat float8,
  external_id text,
  given_name text,
  family_name text,
  birth_year integer,
  phone text,
  email text,
  language text,
  tags text,
  attributes jsonb,
  updated_at timestamptz,
  match_key text,
  source_id text,
  unit_key text,
  name_key text,
  door_external_id text
) on commit drop;
-- What the file calls one address, as its first row with a place has it.
create temporary table staged_address (
  source_id text,
  row_number bigint,
  address_id uuid,
  known boolean
) on commit drop;
-- What it calls one door: `open` until its address is stored, `stored` if it is itself.
create temporary table staged_door (
  source_id text,
  unit_key text,
  row_number bigint,
  address_id uuid,
  door_id uuid,
  open boolean,
  stored boolean
) on commit drop;
create temporary table staged_person (
  row_number bigint,
  door_id uuid,
  person_id uuid,
  household_id uuid,
  added boolean
) on commit drop;
create temporary table staged_reject (
  row_number bigint,
  field text,
  reason text,
  remedy text
) on commit drop;
-- What is stored and will be different, before and after.
create temporary table staged_change (
  kind text,
  thing_id uuid,
  row_number bigint,
  before jsonb,
  after jsonb
) on commit drop;
-- Doors of which phones hold something that changed.
create temporary table staged_touch (door_id uuid) on commit drop;
-- A million rows are sorted and joined in memory; given back with the transaction.
select set_config('work_mem', '192MB', true);
"""

COLUMNS = (
    "row_number", "address_external_id", "street", "house_number", "unit", "floor", "postcode",
    "city", "precinct", "lon", "lat", "external_id", "given_name", "family_name", "birth_year",
    "phone", "email", "language", "tags", "attributes", "updated_at", "match_key", "source_id",
    "unit_key", "name_key", "door_external_id",
)  # fmt: skip
"""The columns of `staged`, as `normalising` gives them."""

_NULL = r"\N"


async def prepare(db: Connection) -> None:
    """Make the temporary tables of one merge, gone when its transaction ends."""
    await db.execute(TABLES)


async def stage(db: Connection, rows: pl.DataFrame) -> None:
    """Add normalised rows."""
    await _copy(db, "staged", rows.select(COLUMNS))


async def stage_rejects(db: Connection, rejects: Sequence[ImportReject]) -> None:
    """Add rows that are left out."""
    if rejects:
        records = [(one.row_number, one.field, one.reason, one.remedy) for one in rejects]
        await db.copy_records_to_table("staged_reject", records=records)


async def _copy(db: Connection, table: str, rows: pl.DataFrame) -> None:
    # As text made by polars: no row becomes a Python object on its way.
    text = io.BytesIO()
    rows.write_csv(text, include_header=False, null_value=_NULL, datetime_format="%+")
    text.seek(0)
    await db.copy_to_table(
        table, source=text, columns=rows.columns, format="csv", null=_NULL, encoding="utf-8"
    )
