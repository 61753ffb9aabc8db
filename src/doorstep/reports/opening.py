"""The rows behind a figure: exactly as many as the figure says."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from doorstep.kit.auth import ORGANIZERS, Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotAllowedError, NotFoundError, RefusedError
from doorstep.reports import quality_queries, queries, row_queries
from doorstep.reports.catching_up import settle
from doorstep.reports.model import Figure, FigureRow, Of, Quality, QualityFigure
from doorstep.reports.queries import AnswerRow, PassRow
from doorstep.reports.row_queries import AnswerGiven, Group
from doorstep.reports.tallying import Asked, ByVersion, asked_in, chosen
from doorstep.surveys.model import ScriptVersion
from doorstep.surveys.service import check_answer, script_version, script_versions

MOST_ROWS = 500_000

_DOORS = (
    Figure.DOORS,
    Figure.ATTEMPTED,
    Figure.CONTACTED,
    Figure.DONE,
    Figure.PEOPLE,
    Figure.PEOPLE_REACHED,
)
_ATTEMPTS = (Figure.ATTEMPTS, Figure.CONTACTS, Figure.SECOND_TRIES, Figure.SECOND_CONTACTS)
_DOUBTFUL_DOORS = (
    Figure.DOORS_WITHOUT_PEOPLE,
    Figure.DOORS_WITHOUT_PLACE,
    Figure.DOORS_WITHOUT_PRECINCT,
    Figure.DOORS_LOOKING_ALIKE,
)
_DOUBTFUL_PEOPLE = (Figure.PEOPLE_WITHOUT_BIRTH_YEAR, Figure.PEOPLE_OUT_OF_DATE)
_FIGURES: dict[Of, tuple[Figure, ...]] = {
    Of.QUESTION: (Figure.ANSWERS,),
    Of.QUALITY: (*_DOUBTFUL_DOORS, *_DOUBTFUL_PEOPLE, Figure.HASTY_ATTEMPTS),
}
_TALLIED = (*_DOORS, *_ATTEMPTS)


async def rows(
    db: Connection,
    caller: Caller,
    pass_id: UUID,
    of: Of,
    key: str,
    figure: Figure,
    limit: int,
    offset: int,
) -> list[FigureRow]:
    """The rows that a figure counts.

    Raises
    ------
    NotFoundError
        If there is no such pass or question.
    RefusedError
        If there is no such figure of this kind, or the key is none.
    NotAllowedError
        If these are opinions, and the caller is no organizer.
    """
    organization_id = caller.organization_id
    of_pass = await queries.pass_by_id(db, organization_id, pass_id)
    if figure not in _FIGURES.get(of, _TALLIED):
        message = f"There is no figure {figure} of a {of}: {', '.join(_FIGURES.get(of, _TALLIED))}."
        raise RefusedError(message, field="figure")
    await settle(db, organization_id, pass_id)
    at = db, organization_id, pass_id
    if of is Of.QUESTION:
        found = await _answers(db, caller, of_pass, key)
        return found[offset : offset + limit]
    if figure in _DOUBTFUL_DOORS:
        return await quality_queries.doubtful_rows(*at, figure, limit, offset)
    if figure in _DOUBTFUL_PEOPLE:
        return await quality_queries.doubtful_people(*at, figure, limit, offset)
    if figure is Figure.HASTY_ATTEMPTS:
        return await quality_queries.hasty_attempts(*at, limit, offset)
    if figure in _ATTEMPTS:
        ask = row_queries.attempt_rows
    elif of in (Of.VOLUNTEER, Of.DAY):
        ask = row_queries.tried_door_rows
    else:
        ask = row_queries.door_rows
    return await ask(*at, _group(of, key), figure, limit, offset)


def _group(of: Of, key: str) -> Group:
    try:
        match of:
            case Of.TURF:
                return Group(turf_id=UUID(key)) if key else Group(no_turf=True)
            case Of.PRECINCT:
                return Group(precinct=key)
            case Of.VOLUNTEER:
                return Group(member_id=UUID(key))
            case Of.DAY:
                return Group(day=dt.date.fromisoformat(key))
            case _:
                return Group()
    except ValueError as error:
        form = "a day such as 2026-10-03" if of is Of.DAY else "its id"
        message = f"The key of a {of} is {form}."
        raise RefusedError(message, field="key") from error


async def versions_asked(
    db: Connection, organization_id: UUID, of: PassRow, rows: Iterable[AnswerGiven | AnswerRow]
) -> Collection[ScriptVersion]:
    """The versions that were answered, and the newest of the pass, answered or not."""
    wanted = {(row.script_id, row.script_version) for row in rows}
    versions = await script_versions(db, organization_id, wanted)
    if of.script_id is not None:
        newest = await script_version(db, organization_id, of.script_id, None)
        versions[newest.script_id, newest.version] = newest
    return versions.values()


async def given(
    db: Connection, organization_id: UUID, of: PassRow, question_keys: list[str] | None
) -> tuple[list[Asked], ByVersion, list[AnswerGiven]]:
    """The answers of a pass one by one, with the questions and the wordings they answer."""
    found = await row_queries.answers_given(db, organization_id, of.id, question_keys)
    asked, by_version = asked_in(await versions_asked(db, organization_id, of, found))
    for row in found:
        by_version[row.script_id, row.script_version, row.question_key][
            1
        ].sensitive |= row.sensitive
    return asked, by_version, found


async def _answers(db: Connection, caller: Caller, of: PassRow, key: str) -> list[FigureRow]:
    """The key is SCRIPT_ID/KEY/TYPE, with /OPTION behind it for those who chose one."""
    script_id, question_key, kind, option, *_ = [*key.split("/"), "", "", "", ""]
    _, by_version, found = await given(db, caller.organization_id, of, [question_key])
    told: list[FigureRow] = []
    for row in found:
        question, asked = by_version[row.script_id, row.script_version, row.question_key]
        of_this = str(row.script_id) == script_id and question.__struct_config__.tag == kind
        if not of_this or check_answer(question, row.value) is not None:
            continue
        if asked.sensitive and not caller.is_one_of(ORGANIZERS):
            message = "Only organizers may see single opinions. Ask one of them."
            raise NotAllowedError(message)
        if not option or option in chosen(question, row.value):
            told.append(_answer_row(row))
    if not found and not script_id:
        message = "The key of an answer is SCRIPT_ID/KEY/TYPE or SCRIPT_ID/KEY/TYPE/OPTION."
        raise NotFoundError(message)
    return told


def _answer_row(row: AnswerGiven) -> FigureRow:
    return FigureRow(
        door_id=row.door_id,
        event_id=row.event_id,
        person_id=row.person_id,
        turf=row.turf,
        street=row.street,
        house_number=row.house_number,
        unit=row.unit,
        precinct=row.precinct,
        result=value_text(row.value),
        at=row.occurred_at,
        member=row.member,
    )


def value_text(value: Any) -> str:
    """An answer as a cell of text; several choices are joined by semicolons."""
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return "; ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType]
        case _:
            return str(value)


async def quality(db: Connection, organization_id: UUID, pass_id: UUID) -> Quality:
    """What may be wrong with the data of a pass, each with the path to its rows.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    """
    await queries.pass_by_id(db, organization_id, pass_id)
    await settle(db, organization_id, pass_id)
    counts = await quality_queries.quality_counts(db, organization_id, pass_id)
    return Quality(
        pass_id=pass_id,
        figures=[
            QualityFigure(
                figure=figure,
                count=counts[figure],
                rows=f"/reports/rows?pass_id={pass_id}&of=quality&figure={figure}",
            )
            for figure in _FIGURES[Of.QUALITY]
        ],
        imports=await quality_queries.imports(db, organization_id),
    )
