"""From what was typed off a sheet to contact events, as a phone would have sent them."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from doorstep.canvass.model import BatchResult, Outcome
from doorstep.canvass.service import accept
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import FieldProblem, RefusedError
from doorstep.kit.ids import new_id
from doorstep.sheets import queries
from doorstep.sheets.codes import read_code
from doorstep.sheets.model import Keyed, KeyedLine, LineResult, ResultsKeyed, SheetResults
from doorstep.sheets.printing import letter
from doorstep.sheets.queries import SheetRow, Standing
from doorstep.sheets.service import people_at
from doorstep.surveys.model import ScriptVersion
from doorstep.surveys.service import check_answer, script_version

_FUTURE = dt.timedelta(minutes=10)
_DAY_MS = 86_400_000
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, kw_only=True)
class _Telling:
    """One event that a line comes to."""

    index: int
    event: dict[str, Any]
    says: Any
    """The result or value, by which a correction is told from a repetition."""


async def key_results(db: Connection, caller: Caller, typed: SheetResults) -> ResultsKeyed:
    """Take in what was written on a sheet.

    The same line of the same sheet and day is the same event: typed twice it counts once, typed
    otherwise it corrects what was typed before.

    Raises
    ------
    NotFoundError
        If there is no sheet of this code.
    RefusedError
        If a line, letter or answer is not on the sheet; every fault is named, nothing is stored.
    """
    organization_id = caller.organization_id
    sheet = await queries.sheet_by_code(db, organization_id, read_code(typed.sheet_code))
    script = None
    if sheet.script_id is not None:
        script = await script_version(db, organization_id, sheet.script_id, sheet.script_version)
    _refuse_faults(sheet, script, typed)
    doors = [sheet.door_ids[one.line - 1] for one in typed.results]
    # Turf may have been cut anew since: a door counts where it is now.
    live = await queries.live_turfs(db, organization_id, sheet.pass_id, doors)
    turf_of = {row.door_id: row.turf_id for row in live}
    tellings = [
        telling
        for index, one in enumerate(typed.results)
        for telling in _tellings(index, one, sheet, turf_of, typed.walked_at)
    ]
    ids = [telling.event["id"] for telling in tellings]
    known = {row.id: row for row in await queries.standing_events(db, organization_id, ids)}
    events = [(telling, event) for telling in tellings if (event := _new(telling, known))]
    answered = None
    if events:
        sent_at = dt.datetime.now(dt.UTC)
        body = {"sent_at": sent_at, "events": [event for _, event in events]}
        answered = await accept(db, caller, msgspec.json.encode(body))
    return _keyed(typed, [telling for telling, _ in events], known, answered)


def _refuse_faults(sheet: SheetRow, script: ScriptVersion | None, typed: SheetResults) -> None:
    faults = list(_faults(sheet, script, typed))
    if faults:
        error = RefusedError(f"{len(faults)} of the entries do not fit the sheet; see errors.")
        error.errors = faults
        raise error


def _faults(
    sheet: SheetRow, script: ScriptVersion | None, typed: SheetResults
) -> Iterator[FieldProblem]:
    if typed.walked_at > dt.datetime.now(dt.UTC) + _FUTURE:
        yield FieldProblem(field="walked_at", detail="This is in the future. Say when it was.")
    with_result: dict[int, int] = {}
    for index, one in enumerate(typed.results):
        for field, detail in _entry_faults(sheet, script, one):
            yield FieldProblem(field=f"results[{index}].{field}", detail=detail)
        if one.result is not None and with_result.setdefault(one.line, index) != index:
            detail = f"Line {one.line} has a result already. A door has one a visit."
            yield FieldProblem(field=f"results[{index}].result", detail=detail)


def _entry_faults(
    sheet: SheetRow, script: ScriptVersion | None, one: LineResult
) -> Iterator[tuple[str, str]]:
    if one.line > len(sheet.door_ids):
        yield "line", f"The sheet ends with line {len(sheet.door_ids)}."
        return
    if one.result is None and not one.answers and one.note is None:
        yield "result", "Say what came of it: a result, answers or a note."
    letters = [letter(n) for n in range(len(people_at(sheet, sheet.door_ids[one.line - 1])))]
    if one.person is not None and one.person not in letters:
        there = f"has {', '.join(letters)}" if letters else "names nobody"
        yield "person", f"There is no {one.person} on line {one.line}; it {there}."
    questions = {question.key: question for question in script.questions} if script else {}
    for key, value in one.answers.items():
        if key not in questions:
            yield f"answers.{key}", "The script of this sheet has no such question."
        elif fault := check_answer(questions[key], value):
            yield f"answers.{key}", fault


def _tellings(
    index: int,
    one: LineResult,
    sheet: SheetRow,
    turf_of: Mapping[UUID, UUID],
    walked_at: dt.datetime,
) -> Iterator[_Telling]:
    door_id = sheet.door_ids[one.line - 1]
    people = people_at(sheet, door_id)
    person_id = None if one.person is None else people[_place(one.person)]
    at_door = {
        "turf_id": turf_of.get(door_id, sheet.turf_id),
        "door_id": door_id,
        "person_id": person_id,
        "occurred_at": walked_at,
    }

    def telling(kind: str, says: Any, *parts: object, **fields: Any) -> _Telling:
        event_id = _event_id(sheet.id, walked_at, one.line, kind, *parts)
        return _Telling(
            index=index, event={"id": event_id, "kind": kind, **at_door, **fields}, says=says
        )

    if one.result is not None:
        yield telling("attempt", one.result.value, result=one.result)
    for key, value in one.answers.items():
        asked = {"script_id": sheet.script_id, "script_version": sheet.script_version}
        asked |= {"question": key, "value": value, "consent": one.consent}
        yield telling("answer", value, one.person, key, **asked)
    if one.note is not None:
        yield telling("note", None, one.person, one.note, text=one.note)


def _place(typed: str) -> int:
    return next(place for place in range(27 * 26) if letter(place) == typed)


def _event_id(sheet_id: UUID, walked_at: dt.datetime, *parts: object) -> UUID:
    """The one id of what a line of a sheet says of a day, made like a UUIDv7 (RFC 9562)."""
    day_ms = (walked_at.astimezone(dt.UTC).date() - _EPOCH).days * _DAY_MS
    told = sheet_id.bytes + msgspec.json.encode(parts)
    chance = int.from_bytes(hashlib.blake2b(told, digest_size=10).digest())
    number = day_ms << 80 | 7 << 76 | (chance >> 68) << 64 | 2 << 62 | chance & (2**62 - 1)
    return UUID(int=number)


def _new(telling: _Telling, known: Mapping[UUID, Standing]) -> dict[str, Any] | None:
    """The event as it is sent: a correction where it says something new, none where nothing."""
    before = known.get(telling.event["id"])
    if before is None:
        return telling.event
    if telling.says is None or telling.says in (before.result, before.value):
        return None
    said = {"result": telling.says} if telling.event["kind"] == "attempt" else {
        "value": telling.says, "consent": telling.event["consent"],
    }  # fmt: skip
    return {
        "id": new_id(),
        "kind": "correct",
        "target_id": telling.event["id"],
        # Of corrections the latest stands, so they happen when they are typed.
        "occurred_at": dt.datetime.now(dt.UTC),
        **said,
    }


def _keyed(
    typed: SheetResults,
    sent: Sequence[_Telling],
    known: Mapping[UUID, Standing],
    answered: BatchResult | None,
) -> ResultsKeyed:
    outcomes: defaultdict[int, set[Keyed]] = defaultdict(set)
    reasons: dict[int, str | None] = {}
    for telling, result in zip(sent, answered.results if answered else [], strict=True):
        if result.outcome in (Outcome.ACCEPTED, Outcome.DUPLICATE):
            changed = telling.event["id"] in known
            outcomes[telling.index].add(Keyed.CHANGED if changed else Keyed.STORED)
        else:
            outcomes[telling.index].add(Keyed.NEEDS_REVIEW)
            reasons[telling.index] = result.reason
    return ResultsKeyed(
        lines=[
            KeyedLine(line=one.line, outcome=_worst(outcomes[index]), reason=reasons.get(index))
            for index, one in enumerate(typed.results)
        ]
    )


def _worst(outcomes: set[Keyed]) -> Keyed:
    order = (Keyed.NEEDS_REVIEW, Keyed.CHANGED, Keyed.STORED)
    return next((one for one in order if one in outcomes), Keyed.UNCHANGED)
