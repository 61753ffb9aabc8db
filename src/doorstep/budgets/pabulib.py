"""Budget rounds as files: the `.pb` format of Pabulib, https://pabulib.org/format."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from doorstep.algorithms.counting import (
    Ballot,
    Election,
    Greedy,
    Project,
    borda,
    make_election,
)
from doorstep.algorithms.counting.model import UncountableError
from doorstep.kit.errors import RefusedError

META, PROJECTS, VOTES = SECTIONS = ("META", "PROJECTS", "VOTES")
VOTE_TYPES = ("approval", "choose-1", "cumulative", "ordinal", "scoring")
WITHDRAWN_COST = "999999999"
"""What Pabulib writes as the cost of a project that was withdrawn after the vote."""
MAX_DECIMALS = 6


class PbError(RefusedError):
    """A file cannot be read; it says in which section and line, and what is to be mended."""


@dataclass(frozen=True, kw_only=True)
class PbProject:
    """A project of a file; ``selected`` as it was published, None if it was not."""

    key: str
    name: str
    cost: Decimal
    selected: bool | None = None
    longitude: str = ""
    latitude: str = ""


@dataclass(frozen=True, kw_only=True)
class PbFile:
    """A round as a file tells it."""

    meta: dict[str, str]
    projects: list[PbProject]
    ballots: list[Ballot] = field(repr=False)
    unit: int
    """How many of what is counted make one of the currency: 1, or 100 where costs have cents."""
    notes: list[str]
    """What is odd about the file without being wrong."""

    @property
    def vote_type(self) -> str:
        """How people voted."""
        return self.meta["vote_type"]

    @property
    def rule(self) -> str:
        """By which rule it was decided, as the file says; `unknown` if it does not."""
        return self.meta.get("rule", "unknown")

    @property
    def title(self) -> str:
        """What it is called."""
        named = [self.meta.get(key, "") for key in ("unit", "subunit", "instance")]
        return self.meta.get("description") or " ".join(filter(None, named)) or "Budget round"

    @property
    def published(self) -> frozenset[str] | None:
        """The winners that the file tells, if it tells any."""
        if all(one.selected is None for one in self.projects):
            return None
        return frozenset(one.key for one in self.projects if one.selected)

    @property
    def election(self) -> Election:
        """What is to be counted."""
        try:
            return make_election(
                [
                    Project(one.key, int(one.cost * self.unit), str(one.cost) == WITHDRAWN_COST)
                    for one in self.projects
                ],
                int(Decimal(self.meta["budget"]) * self.unit),
                self.ballots,
            )
        except UncountableError as error:
            raise PbError(str(error)) from error

    def greedy_rule(self) -> Greedy:
        """The greedy rule as the file has it: without skipping, or with a threshold."""
        threshold = self.meta.get("min_project_score_threshold") or "0"
        return Greedy(skip=self.rule != "greedy-no-skip", threshold=math.ceil(Decimal(threshold)))


Row = tuple[int, list[str]]


def read_pb(text: str) -> PbFile:
    """A round from the text of a `.pb` file.

    Raises
    ------
    PbError
        If it cannot be read; the section and the line are named.
    """
    sections = _sections(text)
    meta = _meta(sections["META"])
    projects = _projects(sections["PROJECTS"])
    keys = {one.key for one in projects}
    notes: list[str] = []
    ballots = [
        _ballot(meta["vote_type"], keys, line, row, notes)
        for line, row in _records(VOTES, sections["VOTES"], ("voter_id", "vote"))
    ]
    amounts = [Decimal(meta["budget"]), *(one.cost for one in projects)]
    return PbFile(meta=meta, projects=projects, ballots=ballots, unit=_unit(amounts), notes=notes)


def _sections(text: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    rows: list[Row] | None = None
    for line, row in _rows(text):
        first = row[0].strip().upper()
        if first in SECTIONS and not any(cell.strip() for cell in row[1:]):
            if first in found:
                raise _wrong(first, line, "this section comes twice; leave one out")
            rows = found[first] = []
        elif rows is None:
            raise _wrong(META, line, "a file begins with a line that says META")
        else:
            rows.append((line, row))
    for section in SECTIONS:
        if section not in found:
            message = f"There is no section {section}. A .pb file has META, PROJECTS and VOTES."
            raise PbError(message)
        if not found[section]:
            message = f"Section {section} is empty. Its first line names its columns."
            raise PbError(message)
    return found


def _rows(text: str) -> Iterator[Row]:
    if "\x00" in text:
        message = "This is no text: it holds zero bytes. Save the file as UTF-8."
        raise PbError(message)
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        message = f"Line {reader.line_num} cannot be read: {error}."
        raise PbError(message) from error


def _wrong(section: str, line: int, what: str) -> PbError:
    return PbError(f"{section}, line {line}: {what}.")


def _meta(rows: Sequence[Row]) -> dict[str, str]:
    # The first line names the columns: key;value.
    meta = {row[0].strip(): row[1].strip() if len(row) > 1 else "" for _, row in rows[1:]}
    lines = {row[0].strip(): line for line, row in rows}
    first = rows[0][0]
    for key in ("budget", "vote_type"):
        if not meta.get(key):
            raise _wrong(META, lines.get(key, first), f"{key} is missing; add {key};…")
    if meta["vote_type"] not in VOTE_TYPES:
        known = ", ".join(VOTE_TYPES)
        what = f"vote_type is {meta['vote_type']!r}; it must be one of {known}"
        raise _wrong(META, lines["vote_type"], what)
    amount(META, lines["budget"], "budget", meta["budget"])
    if threshold := meta.get("min_project_score_threshold"):
        key = "min_project_score_threshold"
        amount(META, lines[key], key, threshold)
    return meta


def amount(section: str, line: int, name: str, text: str) -> Decimal:
    """An amount of money or points, 0 or more, as a file writes it."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or value < 0 or value > 10**15 or exponent < -MAX_DECIMALS:
        what = f"{name} is {text!r}; write a number of 0 or more, with a point before decimals"
        raise _wrong(section, line, what)
    return value


def _records(
    section: str, rows: Sequence[Row], needed: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    line, header = rows[0]
    names = [cell.strip() for cell in header]
    for name in needed:
        if name not in names:
            raise _wrong(section, line, f"there is no column {name} among {';'.join(names)}")
    seen: set[str] = set()
    for at, row in rows[1:]:
        if len(row) > len(names):
            what = f"there are {len(row)} cells for {len(names)} columns; quote what holds a ;"
            raise _wrong(section, at, what)
        record = dict(zip(names, (cell.strip() for cell in row), strict=False))
        key = record.get(needed[0], "")
        if not key:
            raise _wrong(section, at, f"{needed[0]} is empty")
        if key in seen:
            raise _wrong(section, at, f"{needed[0]} {key} comes twice")
        seen.add(key)
        yield at, record


def _projects(rows: Sequence[Row]) -> list[PbProject]:
    projects: list[PbProject] = []
    for line, row in _records(PROJECTS, rows, ("project_id", "cost")):
        cost = amount(PROJECTS, line, "cost", row.get("cost", ""))
        if not cost:
            raise _wrong(PROJECTS, line, "cost is 0; a project costs something")
        projects.append(
            PbProject(
                key=row["project_id"],
                name=row.get("name") or row["project_id"],
                cost=cost,
                # 2 and more: paid for from elsewhere, which no rule decided.
                selected=row["selected"] == "1" if row.get("selected") else None,
                longitude=row.get("longitude", ""),
                latitude=row.get("latitude", ""),
            )
        )
    return projects


def _ballot(
    vote_type: str, keys: set[str], line: int, row: Mapping[str, str], notes: list[str]
) -> Ballot:
    chosen = [key.strip() for key in row.get("vote", "").split(",") if key.strip()]
    if not keys.issuperset(chosen):
        unknown = next(key for key in chosen if key not in keys)
        raise _wrong(VOTES, line, f"project {unknown[:40]} is not in section PROJECTS")
    if vote_type == "choose-1" and len(chosen) > 1:
        raise _wrong(VOTES, line, f"{len(chosen)} projects are named where one may be chosen")
    once = list(dict.fromkeys(chosen))
    if len(once) < len(chosen):
        notes.append(f"VOTES, line {line}: a project is named twice; it is counted once.")
    given = row.get("points", "")
    if vote_type in {"cumulative", "scoring"} or (vote_type == "ordinal" and given):
        return _with_points(line, chosen, given)
    return borda(once) if vote_type == "ordinal" else dict.fromkeys(once, 1)


def _with_points(line: int, chosen: Sequence[str], text: str) -> Ballot:
    points = [part.strip() for part in text.split(",") if part.strip()]
    if len(points) != len(chosen):
        what = f"there are {len(chosen)} projects and {len(points)} points; give each its points"
        raise _wrong(VOTES, line, what)
    ballot: dict[str, int] = {}
    for key, one in zip(chosen, points, strict=True):
        number = int(one) if one.isdecimal() else amount(VOTES, line, "points", one)
        if number != int(number):
            raise _wrong(VOTES, line, f"points are {one}; write whole numbers")
        ballot[key] = max(int(number), ballot.get(key, 0))
    return ballot


def _unit(amounts: Sequence[Decimal]) -> int:
    exponents = [one.normalize().as_tuple().exponent for one in amounts]
    return 10 ** max(0, *(-one for one in exponents if isinstance(one, int)))


def write_pb(
    meta: Mapping[str, object],
    projects: Sequence[Mapping[str, object]],
    votes: Sequence[Mapping[str, object]],
) -> str:
    """The text of a `.pb` file; each record names the same columns as the first of its section."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerows([["META"], ["key", "value"], *meta.items()])
    for section, records in (("PROJECTS", projects), ("VOTES", votes)):
        writer.writerow([section])
        # Where nobody voted the columns are named all the same.
        writer.writerow(records[0].keys() if records else ("voter_id", "vote"))
        writer.writerows([_cell(value) for value in one.values()] for one in records)
    return out.getvalue()


def _cell(value: object) -> str:
    # A line's end inside a cell is more than most readers of this format bear.
    return "" if value is None else " ".join(str(value).split())
