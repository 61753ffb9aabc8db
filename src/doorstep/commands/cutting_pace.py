"""How long things take, as said on the command line or in a file."""

import json
from pathlib import Path
from typing import Any, cast

from doorstep.algorithms.cutting import Pace
from doorstep.commands.screen import CommandError

SHORT = {
    "walk": "walk_m_per_min",
    "knock": "knock_min",
    "entry": "entry_min",
    "unit": "unit_min",
}
"""What each number is called on the command line."""
EXAMPLE = "walk=80,knock=3,entry=1,unit=2"


def pace_of(text: str | None) -> Pace:
    """The pace that was asked for; numbers that are not given are those of the default.

    Raises
    ------
    CommandError
        If it is neither a file nor numbers, or one cannot be; the message says which.
    """
    if text is None:
        return Pace()
    given = _listed(text) if "=" in text else _read(Path(text))
    wrong = sorted(given.keys() - SHORT.values())
    if wrong:
        message = f"--pace: {wrong[0]} is no number of a pace. Give such as {EXAMPLE}"
        raise CommandError(message)
    try:
        return Pace(**{name: _number(name, value) for name, value in given.items()})
    except ValueError as error:
        message = f"--pace: {error}. Give such as {EXAMPLE}"
        raise CommandError(message) from None


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        message = f"{name} is {value!r}, which is no number"
        raise ValueError(message) from None


def _listed(text: str) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for part in text.split(","):
        name, _, value = (one.strip() for one in part.partition("="))
        name = SHORT.get(name, name)
        if name in given:
            message = f"--pace: {name} is given twice. Give each number once."
            raise CommandError(message)
        given[name] = value
    return given


def _read(path: Path) -> dict[str, Any]:
    """The numbers of a JSON file: as the server tells a campaign's pace, or these alone."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        message = f"--pace: {path} cannot be read as JSON ({error}). Or give {EXAMPLE}"
        raise CommandError(message) from None
    if isinstance(found, dict):
        found = cast("dict[str, Any]", found).get("in_use", found)
    if not isinstance(found, dict):
        message = f"--pace: {path} holds no object with {', '.join(SHORT.values())}."
        raise CommandError(message)
    return cast("dict[str, Any]", found)
