"""Asks the database what happened: whom the conditions about knocks, answers and marks hold."""

import datetime as dt
import math
from collections.abc import Iterable
from typing import assert_never
from uuid import UUID

from doorstep.kit.db import Connection
from doorstep.universes import condition_queries as queries
from doorstep.universes.evaluating import NOBODY, Found, Ids, Looked, token
from doorstep.universes.fitting import answer_fits
from doorstep.universes.model import (
    Answered,
    Consented,
    Expression,
    HeldOut,
    InPass,
    InTurf,
    Is,
    IsNot,
    Known,
    LastContact,
    LastResult,
    NeverContacted,
    Revisit,
    Tried,
    Unknown,
)


async def gather(
    db: Connection, organization_id: UUID, every: Iterable[Expression]
) -> tuple[dict[bytes, Found], Found]:
    """Whom the conditions hold, by their `token`, and who asked to be left alone."""
    found: dict[bytes, Found] = {}
    for one in every:
        if isinstance(one, Looked) and token(one) not in found:
            found[token(one)] = await _look(db, organization_id, one)
    people, doors = await queries.left_alone(db, organization_id)
    return found, Found(people=Ids(people), doors=Ids(doors), but=NOBODY)


async def _look(  # noqa: C901, PLR0911 -- one for each kind of condition
    db: Connection, organization_id: UUID, one: Looked
) -> Found:
    match one:
        case Answered():
            return await _answered(db, organization_id, one)
        case Tried():
            return await _tried(db, organization_id, one)
        case LastResult(results=results):
            return _behind(
                await queries.doors_with_last_result(
                    db, organization_id, results, one.pass_id, one.campaign_id
                )
            )
        case NeverContacted():
            return _behind(
                await queries.doors_contacted(db, organization_id, one.pass_id, one.campaign_id),
                others=True,
            )
        case LastContact():
            return await _last_contacted(db, organization_id, one)
        case Revisit():
            return _behind(await queries.doors_to_revisit(db, organization_id))
        case InTurf(turf_id=turf_id):
            return _behind(await queries.doors_in_turf(db, organization_id, turf_id, None))
        case InPass(pass_id=pass_id):
            return _behind(await queries.doors_in_turf(db, organization_id, None, pass_id))
        case HeldOut(pass_id=pass_id):
            share, seed = await queries.holdout_of_pass(db, organization_id, pass_id)
            # The same as algorithms.holdout, which reads the first eight bytes as a fraction.
            below = math.ceil(share * 2**64).to_bytes(8)
            return _behind(await queries.doors_held_out(db, organization_id, seed, below))
        case Consented(purpose=purpose, channel=channel):
            people = await queries.people_consenting(db, organization_id, purpose, channel)
            return Found(people=Ids(people), doors=NOBODY, but=NOBODY)
        case _:
            assert_never(one)


def _behind(doors: bytes, *, without: bytes = b"", others: bool = False) -> Found:
    return Found(people=NOBODY, doors=Ids(doors, without), but=NOBODY, others=others)


async def _last_contacted(db: Connection, organization_id: UUID, one: LastContact) -> Found:
    passes = (one.pass_id, one.campaign_id)

    async def met_since(day: dt.date) -> bytes:
        scope = await queries.scope_since(db, organization_id, *passes, day)
        return await queries.doors_tried_since(db, organization_id, *scope, 1, None, contacts=True)

    if one.after is None:
        doors = await queries.doors_contacted(db, organization_id, *passes)
    elif one.after == dt.date.max:
        doors = b""
    else:
        doors = await met_since(one.after + dt.timedelta(days=1))
    return _behind(doors, without=b"" if one.before is None else await met_since(one.before))


async def _answered(db: Connection, organization_id: UUID, one: Answered) -> Found:
    others = isinstance(one.test, IsNot | Unknown)
    test = one.test
    if isinstance(test, IsNot):
        test = Is(value=test.value)
    elif isinstance(test, Unknown):
        test = Known()
    groups = await queries.answers(db, organization_id, one.question, one.script_id)
    fitting = [group for group in groups if answer_fits(test, group.value)]
    return Found(
        people=Ids(b"".join(group.people for group in fitting)),
        doors=Ids(b"".join(group.doors for group in fitting)),
        but=Ids(b"".join(group.people for group in groups)),
        others=others,
    )


async def _tried(db: Connection, organization_id: UUID, one: Tried) -> Found:
    low, high, others = one.at_least, one.at_most, False
    if low == 0:
        # Doors never tried are in no list of tries: ask for the others.
        if high is None:
            return _behind(b"", others=True)
        low, high, others = high + 1, None, True
    passes = (one.pass_id, one.campaign_id)
    if one.since is None:
        doors = await queries.doors_tried(db, organization_id, low, high, *passes)
    else:
        scope = await queries.scope_since(db, organization_id, *passes, one.since)
        doors = await queries.doors_tried_since(db, organization_id, *scope, low, high)
    return _behind(doors, others=others)
