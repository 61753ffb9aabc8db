"""A block in which a few doors are made anew, without reading the people of all the others."""

from collections.abc import Collection
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from doorstep.universes.columns import (
    PLACES,
    Bytes,
    codes_of,
    lengths,
    offsets,
    pack_codes,
    pack_shape,
    pack_tagged,
    pack_wide,
    shape_of,
    tagged_in,
    wide_of,
)

_BY_DOOR = {"door": "V16", "door_key": "u8", "lon": "f8", "lat": "f8"}
_BY_ROW = {"person": "V16", "person_key": "u8"}
_WORDS = {"language", "import", *PLACES}


Places = NDArray[np.int64]

_NONE = np.zeros(0, dtype=np.int32)
_NOTHING: Bytes = {
    "shape": pack_shape(_NONE, _NONE, _NONE),
    **dict.fromkeys((*_BY_DOOR, *_BY_ROW), b""),
}


def splice(
    old: Bytes, fresh: Bytes | None, stale: Collection[UUID], texts: Collection[str]
) -> Bytes | None:
    """The block with its stale doors as they are in another, which holds nothing else.

    Doors keep their places; those that are new come last, and those that are gone leave. None where
    no door is left.

    Parameters
    ----------
    old, fresh
        All columns of two blocks, as `columns.pack_block` makes them; None is one without doors.
    stale
        The doors made anew, also those that are gone.
    texts
        The keys of kept columns that hold texts; all others hold numbers.
    """
    fresh = fresh or _NOTHING
    spliced = _Splice(old, fresh, stale)
    if not len(spliced.doors):
        return None
    made: dict[str, bytes | None] = {"shape": spliced.shape()}
    words = _WORDS | {f"attribute {key}" for key in texts}
    for name in old.keys() | fresh.keys():
        if name in _BY_DOOR:
            made[name] = spliced.fixed(name, _BY_DOOR[name], spliced.doors)
        elif name in _BY_ROW:
            made[name] = spliced.fixed(name, _BY_ROW[name], spliced.rows)
        elif name == "tags":
            made[name] = spliced.tags()
        elif name in words:
            made[name] = spliced.words(name)
        elif name != "shape":
            made[name] = spliced.numbers(name)
    return {name: content for name, content in made.items() if content is not None}


class _Splice:
    """Two blocks end to end, and the places in them of the doors and rows that are taken."""

    def __init__(self, old: Bytes, fresh: Bytes, stale: Collection[UUID]) -> None:
        self._parts = (old, fresh)
        shapes = [shape_of(part["shape"]) for part in self._parts]
        self._door_counts = [len(door_rows) for door_rows, _, _ in shapes]
        self._row_counts = [int(door_rows.sum()) for door_rows, _, _ in shapes]
        self._door_rows, home_rows, _ = (np.concatenate(both) for both in zip(*shapes, strict=True))
        self._home_starts = np.zeros(sum(self._row_counts), dtype=np.bool_)
        self._home_starts[offsets(home_rows)] = True
        self._empty = np.zeros(sum(self._row_counts), dtype=np.bool_)
        self._empty[np.concatenate((shapes[0][2], shapes[1][2] + self._row_counts[0]))] = True
        self.doors = self._taken(stale)
        taken = self._door_rows[self.doors]
        inside = np.arange(int(taken.sum()), dtype=np.int64) - np.repeat(offsets(taken), taken)
        self.rows: Places = np.repeat(offsets(self._door_rows)[self.doors], taken) + inside

    def _taken(self, stale: Collection[UUID]) -> Places:
        gone = {one.bytes for one in stale}
        old, fresh = ([p["door"][at : at + 16] for at in range(0, len(p["door"]), 16)]
                      for p in self._parts)  # fmt: skip
        anew = {door: len(old) + at for at, door in enumerate(fresh)}
        places = [anew.pop(door, None) if door in gone else at for at, door in enumerate(old)]
        return np.array([at for at in (*places, *anew.values()) if at is not None], dtype=np.int64)

    def shape(self) -> bytes:
        """How the rows that are taken lie behind doors and in households."""
        starts = np.flatnonzero(self._home_starts[self.rows])
        empty = np.flatnonzero(self._empty[self.rows]).astype(np.int32)
        home_rows = lengths(starts, len(self.rows))
        return pack_shape(self._door_rows[self.doors], home_rows, empty)

    def fixed(self, name: str, kind: str, taken: Places) -> bytes:
        """A column of values of one width."""
        both = b"".join(part[name] for part in self._parts)
        return np.frombuffer(both, dtype=kind)[taken].tobytes()

    def numbers(self, name: str) -> bytes | None:
        """A column of numbers."""
        wide = [
            wide_of(part[name]) if name in part else np.full(count, np.nan)
            for part, count in zip(self._parts, self._row_counts, strict=True)
        ]
        return pack_wide(np.concatenate(wide)[self.rows])

    def words(self, name: str) -> bytes | None:
        """A column of texts; words that nobody has any more are gone from it."""
        by_door = name in PLACES
        counts = self._door_counts if by_door else self._row_counts
        known: dict[str, int] = {}
        codes: list[NDArray[np.int64]] = []
        for part, count in zip(self._parts, counts, strict=True):
            words, own = codes_of(part[name]) if name in part else ([], np.zeros(count, np.uint8))
            table = [0, *(known.setdefault(word, len(known) + 1) for word in words)]
            codes.append(np.array(table)[own])
        taken = np.concatenate(codes)[self.doors if by_door else self.rows]
        used = np.bincount(taken, minlength=len(known) + 1) > 0
        used[0] = False
        kept = [word for word, is_used in zip(known, used[1:].tolist(), strict=True) if is_used]
        return pack_codes(kept, np.where(used, np.cumsum(used), 0)[taken])

    def tags(self) -> bytes | None:
        """The column of tags."""
        place = np.full(sum(self._row_counts), -1)
        place[self.rows] = np.arange(len(self.rows))
        found: dict[str, list[Places]] = {}
        first = 0
        for part, count in zip(self._parts, self._row_counts, strict=True):
            for tag, rows in (tagged_in(part["tags"]) if "tags" in part else {}).items():
                found.setdefault(tag, []).append(place[first + rows])
            first += count
        every = {tag: np.sort(np.concatenate(some)) for tag, some in found.items()}
        return pack_tagged({tag: rows[rows >= 0] for tag, rows in every.items()})
