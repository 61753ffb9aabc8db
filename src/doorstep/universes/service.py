"""Saving universes, telling in words what they ask for, and finding whom they hold."""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET

from doorstep.kit.auth import ORGANIZERS, Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, FieldProblem, NotAllowedError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.universes import fact_queries, queries
from doorstep.universes.columns import Block
from doorstep.universes.describing import describe as in_words
from doorstep.universes.evaluating import (
    Asking,
    Page,
    columns_of,
    conditions,
    count,
    page,
)
from doorstep.universes.gathering import gather
from doorstep.universes.model import (
    Answered,
    Attribute,
    Counted,
    Expression,
    InUniverse,
    StoredUniverse,
    Universe,
    UniverseCreate,
    UniverseDoors,
    UniversePatch,
    UniversePeople,
)
from doorstep.universes.refreshing import refresh, refresh_apart
from doorstep.universes.validating import (
    Vocabulary,
    faults_of,
    ids_in,
    nesting_fault,
    refuse,
    shape_faults,
)

__all__ = ["refresh", "refresh_apart"]

EVERYTHING = range(sys.maxsize)


async def describe(db: Connection, organization_id: UUID, expression: Expression) -> str:
    """The expression in plain words, with the names of what it names."""
    return in_words(expression, await _names(db, organization_id, [expression]))


async def list_universes(db: Connection, organization_id: UUID) -> list[Universe]:
    """Every universe, by name."""
    found = await queries.universes(db, organization_id)
    names = await _names(db, organization_id, [one.expression for one in found])
    return [_described(one, in_words(one.expression, names)) for one in found]


async def universe(db: Connection, organization_id: UUID, universe_id: UUID) -> Universe:
    """One universe.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = await queries.universe_by_id(db, organization_id, universe_id)
    return _described(found, await describe(db, organization_id, found.expression))


def _described(stored: StoredUniverse, description: str) -> Universe:
    return Universe(**msgspec.structs.asdict(stored), description=description)


async def _names(
    db: Connection, organization_id: UUID, expressions: Iterable[Expression]
) -> dict[UUID, str]:
    named = await queries.named(db, organization_id, _ids(expressions))
    return {one.id: one.name for one in named}


def _ids(expressions: Iterable[Expression]) -> list[UUID]:
    return list(
        {found for outer in expressions for one in conditions(outer) for found in ids_in(one)}
    )


async def create(db: Connection, caller: Caller, wanted: UniverseCreate) -> Universe:
    """Save a universe.

    Raises
    ------
    RefusedError
        If the expression makes no sense; every fault is named.
    ConflictError
        If another universe has this name.
    """
    await check(db, caller.organization_id, wanted.expression)
    universe_id = new_id()
    await queries.insert_universe(
        db,
        caller.organization_id,
        universe_id,
        wanted.name,
        wanted.expression,
        caller.member_id,
    )
    return await universe(db, caller.organization_id, universe_id)


async def change(
    db: Connection, caller: Caller, universe_id: UUID, wanted: UniversePatch
) -> Universe:
    """Change a universe as its reader knew it.

    Raises
    ------
    NotFoundError
        If there is none.
    ConflictError
        If it has changed since ``updated_at`` (if given), or another has this name.
    RefusedError
        If the expression makes no sense, or universes would nest in a circle.
    """
    organization_id = caller.organization_id
    await queries.enter_writing(db, organization_id)
    now = await queries.universe_by_id(db, organization_id, universe_id)
    if wanted.updated_at not in (UNSET, now.updated_at):
        message = "Somebody else changed this universe meanwhile. Read it again, then change it."
        raise ConflictError(message, field="updated_at")
    expression = now.expression
    if wanted.expression is not UNSET:
        expression = wanted.expression
        await check(db, organization_id, expression)
        await _refuse_circles(db, organization_id, universe_id, expression)
    name = now.name if wanted.name is UNSET else wanted.name
    await queries.update_universe(db, organization_id, universe_id, name, expression)
    return await universe(db, organization_id, universe_id)


async def remove(db: Connection, organization_id: UUID, universe_id: UUID) -> None:
    """Forget a universe.

    Raises
    ------
    NotFoundError
        If there is none.
    ConflictError
        If others are made of it; they are named.
    """
    await queries.enter_writing(db, organization_id)
    others = await queries.universes(db, organization_id)
    outer = [one.name for one in others if universe_id in _inner(one.expression)]
    if outer:
        message = f"It is part of {', '.join(outer)}. Take it out there first."
        raise ConflictError(message)
    await queries.delete_universe(db, organization_id, universe_id)


def _inner(expression: Expression) -> list[UUID]:
    return [one.universe_id for one in conditions(expression) if isinstance(one, InUniverse)]


async def _refuse_circles(
    db: Connection, organization_id: UUID, universe_id: UUID, expression: Expression
) -> None:
    every = await queries.universes(db, organization_id)
    names = {one.id: one.name for one in every}
    inner = {one.id: _inner(one.expression) for one in every} | {universe_id: _inner(expression)}
    fault = nesting_fault(inner, names.__getitem__)
    if fault is not None:
        raise RefusedError(fault, field="expression")


async def check(db: Connection, organization_id: UUID, expression: Expression) -> None:
    """Refuse an expression that makes no sense here.

    Raises
    ------
    RefusedError
        With every fault under its place in the expression.
    """
    refuse(shape_faults(expression))
    refuse(faults_of(expression, await _vocabulary(db, organization_id, [expression])))


async def _vocabulary(
    db: Connection, organization_id: UUID, expressions: Sequence[Expression]
) -> Vocabulary:
    asked = {
        one.question
        for outer in expressions
        for one in conditions(outer)
        if isinstance(one, Answered)
    }
    questions: dict[str, list[tuple[UUID, queries.Question]]] = {}
    keys: list[str] = []
    if asked:
        keys = await queries.question_keys(db, organization_id)
        for version in await queries.asked_questions(db, organization_id, list(asked)):
            for question in version.questions:
                questions.setdefault(question.key, []).append((version.script_id, question))
    kept = await queries.kept_columns(db, organization_id)
    named = await queries.named(db, organization_id, _ids(expressions))
    return Vocabulary(
        attributes={one.key: one.kind for one in kept},
        sensitive={one.key for one in kept if one.sensitive},
        questions=questions,
        question_keys=keys,
        things={one.id: one.kind for one in named},
    )


async def ask(
    db: Connection, organization_id: UUID, expression: Expression, caller: Caller | None = None
) -> Asking:
    """All that it takes to tell whom an expression finds; None calls for the program itself.

    Raises
    ------
    RefusedError
        If the expression, or a universe it names, makes no sense (any more).
    NotAllowedError
        If it asks for political opinions, and the caller is no organizer.
    """
    refuse(shape_faults(expression))
    nested = await _nested(db, organization_id, expression)
    inner = {one.id: one.expression for one in nested}
    vocabulary = await _vocabulary(db, organization_id, [expression, *inner.values()])
    refuse(faults_of(expression, vocabulary))
    for one in nested:
        if faults := faults_of(one.expression, vocabulary):
            detail = f"The universe {one.name} must be mended first: {faults[0].detail}"
            refuse([FieldProblem(field="expression", detail=detail)])
    every = [one for outer in (expression, *inner.values()) for one in conditions(outer)]
    if caller and not caller.is_one_of(ORGANIZERS) and any(_opinion(o, vocabulary) for o in every):
        message = "This asks for political opinions, which only organizers may. Ask one of them."
        raise NotAllowedError(message)
    found, left_alone = await gather(db, organization_id, every)
    return Asking(
        expression=expression,
        year=await queries.this_year(db, organization_id),
        kinds=vocabulary.attributes,
        universes=inner,
        found=found,
        left_alone=left_alone,
    )


def _opinion(one: Expression, vocabulary: Vocabulary) -> bool:
    match one:
        case Attribute(key=key):
            return key in vocabulary.sensitive
        case Answered(question=key):
            return any(question.sensitive for _, question in vocabulary.questions.get(key, ()))
        case _:
            return False


async def _nested(
    db: Connection, organization_id: UUID, expression: Expression
) -> list[StoredUniverse]:
    """The universes that an expression names, and those that they name."""
    waiting = _inner(expression)
    if not waiting:
        return []
    every = {one.id: one for one in await queries.universes(db, organization_id)}
    found: dict[UUID, StoredUniverse] = {}
    while waiting:
        one = every.get(waiting.pop())
        if one is not None and one.id not in found:
            found[one.id] = one
            waiting += _inner(one.expression)
    return list(found.values())


async def counted(
    db: Connection, organization_id: UUID, expression: Expression, caller: Caller | None = None
) -> Counted:
    """How much an expression finds; raises what `ask` does."""
    asking = await ask(db, organization_id, expression, caller)
    await refresh(db, organization_id)
    read = await fact_queries.read_columns(db, organization_id, sorted(columns_of(asking)))
    counts = await asyncio.to_thread(lambda: count(asking, map(Block, read)))
    return Counted(
        **msgspec.structs.asdict(counts),
        description=await describe(db, organization_id, expression),
    )


async def _page(
    db: Connection,
    organization_id: UUID,
    asking: Asking,
    name: Literal["person", "door"],
    span: range,
) -> Page:
    await refresh(db, organization_id)
    wanted = sorted({*columns_of(asking), name})
    read = await fact_queries.read_columns(db, organization_id, wanted)
    return await asyncio.to_thread(lambda: page(asking, map(Block, read), name, span))


async def people_page(
    db: Connection, caller: Caller, universe_id: UUID, limit: int, offset: int
) -> UniversePeople:
    """Some of the people of a universe; raises what `ask` does."""
    organization_id = caller.organization_id
    stored = await queries.universe_by_id(db, organization_id, universe_id)
    asking = await ask(db, organization_id, stored.expression, caller)
    found = await _page(db, organization_id, asking, "person", range(offset, offset + limit))
    return UniversePeople(
        description=await describe(db, organization_id, stored.expression),
        people_count=found.total,
        left_out_count=found.left_out,
        people=await queries.people_shown(db, organization_id, found.ids),
    )


async def doors_page(
    db: Connection, caller: Caller, universe_id: UUID, limit: int, offset: int
) -> UniverseDoors:
    """Some of the doors of a universe; raises what `ask` does."""
    organization_id = caller.organization_id
    stored = await queries.universe_by_id(db, organization_id, universe_id)
    asking = await ask(db, organization_id, stored.expression, caller)
    found = await _page(db, organization_id, asking, "door", range(offset, offset + limit))
    return UniverseDoors(
        description=await describe(db, organization_id, stored.expression),
        doors_count=found.total,
        left_out_count=found.left_out,
        doors=await queries.doors_shown(db, organization_id, found.ids),
    )


async def universe_people(db: Connection, organization_id: UUID, universe_id: UUID) -> list[UUID]:
    """Every person of a universe; those who asked to be left alone are not among them.

    It does not ask who calls: a room that shows whom it got must see to opinions itself.
    """
    return await _everyone(db, organization_id, universe_id, "person")


async def universe_doors(db: Connection, organization_id: UUID, universe_id: UUID) -> list[UUID]:
    """Every door of a universe, street by street; as `universe_people`."""
    return await _everyone(db, organization_id, universe_id, "door")


async def _everyone(
    db: Connection, organization_id: UUID, universe_id: UUID, name: Literal["person", "door"]
) -> list[UUID]:
    stored = await queries.universe_by_id(db, organization_id, universe_id)
    asking = await ask(db, organization_id, stored.expression)
    return (await _page(db, organization_id, asking, name, EVERYTHING)).ids
