"""Walk sheets as a PDF, laid out by Typst from `walk_sheet.typ`."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from shutil import copyfile
from string import ascii_lowercase
from tempfile import TemporaryDirectory
from typing import Any, cast

import matplotlib as mpl
import msgspec
import segno

from doorstep.algorithms.projecting import Result
from doorstep.sheets.codes import shown
from doorstep.sheets.drawing import Ground, draw
from doorstep.sheets.gathering import Content, Line
from doorstep.sheets.laying import lay_out
from doorstep.sheets.lettering import Fonts, scripts_without_font
from doorstep.sheets.model import Paper
from doorstep.surveys.model import (
    MultiQuestion,
    Question,
    ScaleQuestion,
    ScriptVersion,
    SingleQuestion,
    YesNoQuestion,
)

_TEMPLATE = Path(__file__).with_name("walk_sheet.typ")
_FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
_PAPERS = {Paper.A4: ("a4", 186.0, 232.0), Paper.LETTER: ("us-letter", 191.9, 214.0)}
# The order that a canvasser's eye runs along: what happens most comes first.
RESULTS = {
    Result.NOT_HOME: ("NH", "not home"),
    Result.CANVASSED: ("T", "talked"),
    Result.REFUSED: ("RF", "refused"),
    Result.COME_BACK: ("CB", "come back"),
    Result.MOVED: ("MV", "moved"),
    Result.LANGUAGE_BARRIER: ("LB", "language barrier"),
    Result.INACCESSIBLE: ("IN", "cannot be reached"),
    Result.DECEASED: ("DE", "deceased"),
    Result.DO_NOT_CONTACT: ("DN", "do not contact"),
}
_ZIGZAG = 4
"""Crossed more often than every so many doors, a street is listed with both its sides."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A turf's sheet, with the code it is keyed back by."""

    code: str
    content: Content


def print_sheets(
    sheets: Sequence[Sheet],
    paper: Paper,
    fonts: Path | None = None,
    report: Callable[[int, int], None] | None = None,
) -> bytes:
    """The sheets as one PDF, each turf on leaves of its own; call it in a thread.

    ``fonts`` is a folder with fonts for scripts that neither the machine's nor our own have.
    """
    # Thirty megabytes that nothing else needs: loaded when something is printed.
    import typst  # noqa: PLC0415

    name, width_mm, height_mm = _PAPERS[paper]
    folders: Any = [str(folder) for folder in (fonts, _FONTS) if folder and folder.is_dir()]
    font_files = tuple(
        (str(font.path), font.index)
        for font in typst.Fonts(font_paths=folders).fonts()
        if font.path
    )
    told: list[dict[str, Any]] = []
    maps: list[bytes] = []
    for number, sheet in enumerate(sheets):
        if report:
            report(number, len(sheets))
        told.append(_sheet(sheet, font_files))
        maps.append(draw(_ground(sheet.content), width_mm=width_mm, height_mm=height_mm))
    data = {
        "title": ", ".join(one["turf"] for one in told)[:200],
        "paper": name,
        "results": [{"letter": letter, "label": label} for letter, label in RESULTS.values()],
        "sheets": told,
    }
    # Typst reads pictures from files; names and addresses stay in memory.
    with TemporaryDirectory(prefix="doorstep-") as folder:
        for number, picture in enumerate(maps):
            Path(folder, f"{number}.png").write_bytes(picture)
        template = Path(folder, _TEMPLATE.name)
        copyfile(_TEMPLATE, template)
        made = lay_out(template, msgspec.json.encode(data), folders)
    if report:
        report(len(sheets), len(sheets))
    return made


def _sheet(sheet: Sheet, font_files: Fonts) -> dict[str, Any]:
    of = sheet.content
    open_count = sum(not (line.done or line.door.do_not_contact) for line in of.lines)
    facts = [
        f"{len(of.lines):,} doors",
        f"{of.turf.walk_m / 1000:.1f} km on foot",
        f"about {_hours(of.turf.minutes)}",
    ]
    if open_count < len(of.lines):
        facts.insert(1, f"{open_count:,} still to knock at")
    told = {
        "turf": of.turf.name,
        "pass": of.of.name,
        "code": sheet.code,
        "code_shown": shown(sheet.code),
        "facts": "  ·  ".join(facts),
        "qr": _qr(sheet.code),
        "attribution": of.ground.attribution,
        "script": of.script and _script(of.script),
        "asked": _asked(of.script),
        "blocks": [_block(title, lines) for title, lines in by_street(of.lines)],
    }
    lacking = scripts_without_font("".join(_texts(told)), font_files)
    told["unprinted"] = f"There is no font here for: {', '.join(lacking)}." if lacking else ""
    return told


def _texts(told: Any) -> Iterator[str]:
    match told:
        case str():
            yield told
        case dict():
            for name, one in cast("dict[str, Any]", told).items():
                yield from () if name == "qr" else _texts(one)
        case list():
            for one in cast("list[Any]", told):
                yield from _texts(one)
        case _:
            pass


def _hours(minutes: float) -> str:
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


def _qr(code: str) -> str:
    out = io.BytesIO()
    segno.make(code, error="q", micro=False).save(out, kind="svg", scale=4, border=1)
    return out.getvalue().decode()


def _ground(of: Content) -> Ground:
    streets, barriers = of.ground.streets, of.ground.barriers
    return Ground(
        doors=of.lonlat,
        outline=of.outline,
        streets=streets.geometry.tolist(),
        street_names=streets.name,
        highways=streets.highway,
        barriers=barriers.geometry.tolist(),
        barrier_kinds=barriers.kind,
    )


def by_street(lines: Sequence[Line]) -> Iterator[tuple[str, list[Line]]]:
    """Lines in walking order under what they are headed by: a street, and its side if it is kept.

    A street walked in zigzag would be all headings, so there the sides stand together.
    """
    for street, group in groupby(lines, key=lambda line: line.door.street):
        along = list(group)
        sides = [(side, list(those)) for side, those in groupby(along, key=_side)]
        if len(sides) > 1 and len(along) < _ZIGZAG * len(sides):
            yield f"{street}, both sides", along
            continue
        for side, those in sides:
            yield f"{street}, {side}" if side else street, those


def _side(line: Line) -> str:
    digits = re.search(r"\d+", line.door.house_number)
    return "" if digits is None else "odd numbers" if int(digits[0][-1]) % 2 else "even numbers"


def _block(title: str, lines: Sequence[Line]) -> dict[str, Any]:
    first, last = lines[0].number, lines[-1].number
    numbers = f"line {first}" if first == last else f"lines {first} to {last}"
    doors: list[dict[str, Any]] = []
    building = None
    for line in lines:
        doors.append(_door(line, arrives=line.door.building_id != building))
        building = line.door.building_id
    return {"title": title, "facts": numbers, "doors": doors}


def _door(line: Line, *, arrives: bool) -> dict[str, Any]:
    door = line.door
    floor = f"floor {door.floor}" if door.floor else ""
    label = ", ".join(part for part in (door.house_number, door.unit, floor) if part)
    notes = [door.access_note if arrives else "", door.note]
    closed = ""
    if door.do_not_contact:
        closed = "Do not knock."
    elif line.done:
        closed = f"Done: {line.status.replace('_', ' ')}."
    return {
        "line": line.number,
        "label": label or "\N{EN DASH}",
        "note": "  ".join(note for note in notes if note),
        "closed": closed,
        "people": [] if closed else [
            {
                "letter": letter(place),
                "name": f"{person.given_name} {person.family_name}".strip(),
                "language": person.language or "",
            }
            for place, person in enumerate(line.people)
        ],
    }  # fmt: skip


def letter(place: int) -> str:
    """The letter of somebody at a door, from 0: a to z, then aa, ab and so on."""
    rest, last = divmod(place, len(ascii_lowercase))
    return (ascii_lowercase[rest - 1] if rest else "") + ascii_lowercase[last]


def _script(script: ScriptVersion) -> dict[str, Any]:
    return {
        "introduction": script.introduction,
        "sensitive": any(question.sensitive for question in script.questions),
        "questions": [
            {
                "number": number,
                "text": question.text,
                "note": _note(question),
                "options": _options(question),
            }
            for number, question in enumerate(script.questions, 1)
        ],
    }


def _note(question: Question) -> str:
    notes = ["opinion*"] if question.sensitive else []
    if isinstance(question, MultiQuestion):
        notes.append("as many as apply")
    if question.show_if is not None:
        notes.append("not for everyone: see the script")
    if isinstance(question.hint, str):
        notes.append(question.hint)
    return "; ".join(notes)


def _options(question: Question) -> list[dict[str, str]]:
    match question:
        case SingleQuestion() | MultiQuestion():
            return [
                {"letter": letter(place), "text": option.text}
                for place, option in enumerate(question.options)
            ]
        case ScaleQuestion(labels=[_, *_]):
            steps = range(question.low, question.high + 1)
            return [
                {"letter": str(step), "text": text}
                for step, text in zip(steps, question.labels, strict=False)
            ]
        case _:
            return []


def _asked(script: ScriptVersion | None) -> list[dict[str, Any]]:
    """The questions as they are ticked off beside each person."""
    questions = script.questions if script else []
    return [
        {"number": number, "sensitive": question.sensitive, "marks": _marks(question)}
        for number, question in enumerate(questions, 1)
    ]


def _marks(question: Question) -> list[str]:
    match question:
        case SingleQuestion() | MultiQuestion():
            return [letter(place) for place in range(len(question.options))]
        case ScaleQuestion():
            return [str(step) for step in range(question.low, question.high + 1)]
        case YesNoQuestion():
            return ["Y", "N"]
        case _:
            return []
