"""The order in which people count house numbers, floors and units."""

import math
import re

from doorstep.algorithms.addresses.keys import unit_key

_PIECES = re.compile(r"^-\d+|\d+|\D+")
# int() refuses longer ones; that numbers of such length compare by these digits harms nobody.
_DIGITS = 4000
_FLOOR = re.compile(r"^floor(\d{1,3})(?!\d)|^(\d{1,3})(?:left|right|middle)")
_LEVEL = re.compile(r"^(-?\d{1,4})(?!\d)")
_BASEMENT = re.compile(r"^(?:basement|[bu])-?(\d{0,2})$")
# Between the ground and the first floor stand those of whom nobody said how high they live.
_GROUND, _SOMEWHERE = 0.0, 0.5

Pieces = tuple[tuple[int, int, str], ...]


def natural_key(label: str) -> tuple[Pieces, str]:
    """Return a key that sorts labels of doors, units and floors as people count them.

    Numbers compare as numbers and come before words, so "2B" < "10A" and "B1" < "B10"; a leading
    minus is a floor below ground. Case and spaces do not matter, unless nothing else differs.

    Parameters
    ----------
    label
        Any text, digits of any script.

    Returns
    -------
    tuple
        A key that compares with that of every other label and equals that of the same label only.
    """
    text = "".join(label.replace("\N{MINUS SIGN}", "-").casefold().split())
    return tuple(_piece(piece) for piece in _PIECES.findall(text)), label


def _piece(piece: str) -> tuple[int, int, str]:
    if piece[-1].isdecimal():
        return 0, int(piece[:_DIGITS]), ""
    return 1, 0, piece


def unit_order(unit: str, floor: str) -> tuple[float, Pieces, tuple[Pieces, str], str]:
    """Return a key that sorts the units of a building from the basement to the penthouse.

    The floor comes first, where one is given or the unit names it ("2nd floor", "3º izq"); "Apt 2"
    and "2" stand beside each other.

    Parameters
    ----------
    unit, floor
        As people write them; "" where there is none.

    Returns
    -------
    tuple
        A key that compares with every other and equals that of the same unit and floor only.
    """
    key = unit_key(unit)
    level = _level(unit_key(floor), floor) if floor.strip() else _named_level(key)
    return level, natural_key(key)[0], natural_key(floor), unit


def _named_level(key: str) -> float:
    """Return the floor that a unit's key names: below 0 under ground, infinite for a penthouse."""
    if key.startswith(("penthouse", "attic")):
        return math.inf
    if key.startswith("basement"):
        return -1.0
    if key.startswith("ground"):
        return _GROUND
    found = _FLOOR.match(key)
    return float(found[1] or found[2]) if found else _SOMEWHERE


def _level(key: str, floor: str) -> float:
    """Return the floor that a floor's label means."""
    found = _LEVEL.match(floor.replace("\N{MINUS SIGN}", "-").strip())
    if found:
        return float(found[1])
    below = _BASEMENT.match(key)
    if below:
        return -float(below[1] or 1)
    return _GROUND if key in {"g", "k"} else _named_level(key)
