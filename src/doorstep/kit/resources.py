"""Files that travel with the program: in a checkout at its top, in a wheel under ``data/``."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_WHEEL = _PACKAGE / "data"
_TOP = _WHEEL if _WHEEL.is_dir() else _PACKAGE.parents[1]

MIGRATIONS = _TOP / "migrations"
GEO = _TOP / "geo"
