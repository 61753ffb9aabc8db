"""People who asked to be forgotten: an import does not bring them back."""

from dataclasses import dataclass
from uuid import UUID

import polars as pl

from doorstep.imports.model import ImportReject
from doorstep.kit.db import Connection
from doorstep.people.suppressing import hashes_of, known

_IDENTITY = ("external_id", "phone", "email", "name_key", "match_key", "unit_key")


@dataclass(frozen=True)
class Forgotten:
    """The hashes of those who asked, and the key they were made with."""

    hashes: frozenset[bytes]
    key: bytes

    def part(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[ImportReject]]:
        """The rows that may stay, and why the others may not. Slow only where anybody asked."""
        if not self.hashes:
            return rows, []
        asked = [
            not self.hashes.isdisjoint(hashes_of(self.key, *identity))
            for identity in rows.select(_IDENTITY).iter_rows()
        ]
        wanted = pl.Series(asked, dtype=pl.Boolean)
        return rows.filter(~wanted), [
            ImportReject(
                row_number=number,
                field="row",
                reason="This person asked to be forgotten.",
                remedy="Leave them out of the list, or lift the suppression if they came back.",
            )
            for number in rows.filter(wanted)["row_number"]
        ]


async def forgotten_people(db: Connection, organization_id: UUID, key: bytes) -> Forgotten:
    return Forgotten(frozenset(await known(db, organization_id)), key)
