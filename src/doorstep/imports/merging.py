"""Staged rows become addresses, doors, households and people: all of them, or none."""

import datetime as dt
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from doorstep.imports import outcome_queries, people_queries, place_queries
from doorstep.imports.model import Field, Mapping, Policy
from doorstep.imports.outcome_queries import Tally
from doorstep.imports.placing import place_open
from doorstep.kit.db import Connection, plan_anew

Report = Callable[[int, int], Coroutine[Any, Any, None]]
"""Told how much is done, and of how much."""


class Rules(NamedTuple):
    """Where the file does not simply win: names of fields, and keys of kept columns."""

    ours: Sequence[str] = ()
    newest: Sequence[str] = ()
    our_keys: Sequence[str] = ()
    newest_keys: Sequence[str] = ()


def rules_of(mapping: Mapping) -> Rules:
    """The merge policies of a mapping, as the statements take them."""

    def fields(policy: Policy) -> list[str]:
        found = {str(use.field) for use in mapping.columns if use.field and use.policy is policy}
        if Field.BIRTH_DATE in found:
            found.add(Field.BIRTH_YEAR)
        if Field.NAME in found:
            found |= {Field.GIVEN_NAME, Field.FAMILY_NAME}
        if Field.ADDRESS in found:
            found |= {Field.STREET, Field.HOUSE_NUMBER}
        return sorted(found)

    def keys(policy: Policy) -> list[str]:
        return [use.key for use in mapping.columns if use.key and use.policy is policy]

    return Rules(fields(Policy.OURS), fields(Policy.NEWEST), keys(Policy.OURS), keys(Policy.NEWEST))


async def merge(
    db: Connection,
    organization_id: UUID,
    run_id: UUID,
    rules: Rules,
    as_of: dt.datetime,
    report: Report,
) -> Tally:
    """Write what the staged rows add and change, and tell what became of them.

    Everything happens in the caller's transaction; the rows that cannot be used are in
    ``staged_reject`` afterwards. ``as_of`` is when the file was true, for rows without a date.
    """
    await plan_anew(db)
    steps = [
        partial(_find_addresses, db, organization_id),
        partial(_place_addresses, db, organization_id, run_id),
        partial(_find_doors_and_people, db, organization_id, run_id, rules),
        partial(place_queries.change_addresses, db, organization_id, rules.ours),
        partial(place_queries.change_doors, db, organization_id, rules.ours, rules.our_keys),
        partial(place_queries.add_doors, db, organization_id, run_id),
        partial(people_queries.find_households, db, organization_id),
        partial(people_queries.add_households, db, organization_id, run_id),
        partial(people_queries.add_people, db, organization_id, run_id, as_of),
        partial(people_queries.change_people, db, organization_id, as_of, *rules),
        partial(outcome_queries.raise_turf_versions, db, organization_id),
    ]
    for done, step in enumerate(steps, start=1):
        await step()
        await report(done, len(steps))
    return await outcome_queries.tally(db)


async def _find_addresses(db: Connection, organization_id: UUID) -> None:
    await place_queries.describe_staged(db)
    await place_queries.tell_doors_apart(db)
    await people_queries.reject_same_ids(db)
    await place_queries.gather_addresses(db, organization_id)
    await place_queries.reject_elsewhere(db)
    await place_queries.gather_doors(db)
    if await place_queries.has_addresses(db, organization_id):
        await place_queries.match_open_doors(db, organization_id)


async def _place_addresses(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    """Store what says where it is; the rest leans on that, or on its neighbours in the street."""
    await place_queries.add_addresses(db, organization_id, run_id)
    if await place_queries.any_open(db):
        await place_queries.match_open_doors(db, organization_id)
        await place_open(db, organization_id, run_id)
        await place_queries.reject_open(db)


async def _find_doors_and_people(
    db: Connection, organization_id: UUID, run_id: UUID, rules: Rules
) -> None:
    await place_queries.find_doors(db, organization_id)
    keeps_family = Field.FAMILY_NAME in rules.ours
    await people_queries.gather_people(db, organization_id, keeps_family=keeps_family)
    await people_queries.match_merged(db, organization_id)
    await people_queries.match_namesakes(db, organization_id)
    if await people_queries.reject_doubles(db):
        await people_queries.forget_doubles(db, organization_id, run_id)
