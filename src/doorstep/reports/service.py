"""Reports of a pass: progress, answers, doors as files, the map as a picture."""

import asyncio
import datetime as dt
from uuid import UUID

from doorstep.kit.auth import ORGANIZERS, Caller
from doorstep.kit.db import Connection
from doorstep.reports import progress_queries, queries
from doorstep.reports.catching_up import settle
from doorstep.reports.crosstabs import crosstab_of
from doorstep.reports.model import (
    Answers,
    Crosstab,
    CrosstabWanted,
    Progress,
)
from doorstep.reports.opening import given, versions_asked
from doorstep.reports.progressing import progress_of
from doorstep.reports.queries import AnswerRow
from doorstep.reports.row_queries import sensitive_attributes
from doorstep.reports.tallying import tally_answers
from doorstep.universes.service import universe_doors

__all__ = ["AnswerRow", "answers", "crosstab", "progress", "tally_answers"]


async def progress(
    db: Connection, organization_id: UUID, pass_id: UUID, universe_id: UUID | None = None
) -> Progress:
    """How far a pass has come, by turf, precinct, volunteer and day; in a universe's doors alone.

    Raises
    ------
    NotFoundError
        If there is no such pass or universe.
    """
    of = await queries.pass_by_id(db, organization_id, pass_id)
    await settle(db, organization_id, pass_id)
    if universe_id is None:
        rows = await progress_queries.figures(db, organization_id, pass_id)
    else:
        doors = await universe_doors(db, organization_id, universe_id)
        rows = await progress_queries.figures_of_doors(db, organization_id, pass_id, doors)
    return progress_of(of, rows, universe_id)


async def crosstab(db: Connection, caller: Caller, wanted: CrosstabWanted) -> Crosstab:
    """Answers to a question by another question or by who answered.

    Raises
    ------
    NotFoundError
        If there is no such pass or question.
    RefusedError
        If it makes no table, or weights cannot be found for the margins.
    """
    organization_id = caller.organization_id
    of = await queries.pass_by_id(db, organization_id, wanted.pass_id)
    await settle(db, organization_id, wanted.pass_id)
    asked, by_version, rows = await given(db, organization_id, of, None)
    opinions = await sensitive_attributes(db, organization_id)
    return await asyncio.to_thread(
        crosstab_of,
        wanted,
        asked,
        by_version,
        rows,
        year=dt.datetime.now(dt.UTC).year,
        opinions=opinions,
        shows_all=caller.is_one_of(ORGANIZERS),
    )


async def answers(db: Connection, organization_id: UUID, pass_id: UUID) -> Answers:
    """What people said, question by question.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    """
    of = await queries.pass_by_id(db, organization_id, pass_id)
    rows = await queries.answers(db, organization_id, pass_id)
    versions = await versions_asked(db, organization_id, of, rows)
    return Answers(pass_id=pass_id, questions=tally_answers(versions, rows))
