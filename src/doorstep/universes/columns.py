"""People and doors by columns: packed block by block, so that a filter reads only what it names.

A block holds the doors of one stretch of the list. It has one row for each person, door by door and
household by household, and one row for each door of which nobody is known. Columns are of rows, or
of doors where everyone behind a door shares the value.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from doorstep.imports.model import AttributeKind

Mask = NDArray[np.bool_]
Bytes = dict[str, bytes]

PLACES = ("precinct", "city", "postcode", "street")

_WHOLE = (np.int8, np.int16, np.int32)
_CODES = (np.uint8, np.uint16, np.uint32)
_pack = msgspec.msgpack.encode
_words = msgspec.msgpack.Decoder(tuple[list[str], str, bytes])
_numbers = msgspec.msgpack.Decoder(tuple[str, bytes])
_shape = msgspec.msgpack.Decoder(tuple[bytes, bytes, bytes])
_tags = msgspec.msgpack.Decoder(dict[str, bytes])


class Seat(NamedTuple):
    """A person at their door, or a door of which nobody is known; as the database lists them."""

    block_no: int
    door_id: UUID
    household_id: UUID | None
    person_id: UUID | None
    lon: float
    lat: float
    precinct: str
    city: str
    postcode: str
    street: str
    language: str | None
    import_run_id: UUID | None
    birth_year: int | None
    has_phone: bool
    has_email: bool
    tags: Sequence[str]
    attributes: Mapping[str, Any]


def plain(text: str) -> str:
    """A text as it is compared: without differences of case and surrounding space."""
    return text.strip().casefold()


def day_number(text: str) -> float:
    """A day written 2026-10-01 as a number that grows with it; NaN if it is not a day."""
    digits = text[:10].replace("-", "")
    return float(digits) if len(digits) == 8 and digits.isascii() and digits.isdigit() else np.nan  # noqa: PLR2004


def pack_block(seats: Sequence[Seat], kinds: Mapping[str, AttributeKind]) -> Bytes:
    """A block's columns by name; ``seats`` are ordered by door, then household.

    Columns without any value are left out: the reader knows them as unknown throughout.
    """
    (
        _, door_ids, household_ids, person_ids, lons, lats, *places, languages, imports, births,
        phones, emails, tags, attributes,
    ) = zip(*seats, strict=True)  # fmt: skip
    door_starts = _starts(door_ids)
    home_starts = _starts(list(zip(door_ids, household_ids, strict=True)))
    home_rows = lengths(home_starts, len(seats))
    empty = np.array([at for at, one in enumerate(person_ids) if one is None], dtype=np.int32)
    doors = b"".join(door_ids[at].bytes for at in door_starts)
    people = b"".join(bytes(16) if one is None else one.bytes for one in person_ids)
    made: dict[str, bytes | None] = {
        "shape": pack_shape(lengths(door_starts, len(seats)), home_rows, empty),
        "door": doors,
        "person": people,
        "door_key": keys_of(doors).tobytes(),
        "person_key": keys_of(people).tobytes(),
        "lon": np.array(lons)[door_starts].tobytes(),
        "lat": np.array(lats)[door_starts].tobytes(),
        "language": _pack_words(languages),
        "import": _pack_words([None if one is None else str(one) for one in imports]),
        "birth_year": _pack_numbers(births),
        "phone": _pack_numbers(phones),
        "email": _pack_numbers(emails),
        "tags": _pack_tags(tags),
    }
    for name, values in zip(PLACES, places, strict=True):
        made[name] = _pack_words([values[at] for at in door_starts])
    for key in {key for one in attributes for key in one}:
        if kind := kinds.get(key):
            column = [one.get(key) for one in attributes]
            made[f"attribute {key}"] = _pack_attribute(column, kind)
    return {name: content for name, content in made.items() if content is not None}


def keys_of(ids: bytes) -> NDArray[np.uint64]:
    """The lower halves of ids that lie end to end: 62 random bits each, enough to tell them."""
    return np.frombuffer(ids, dtype=">u8")[1::2].astype(np.uint64)


def _starts(values: Sequence[object]) -> NDArray[np.int64]:
    return np.array(
        [at for at in range(len(values)) if at == 0 or values[at] != values[at - 1]], dtype=np.int64
    )


def lengths(starts: NDArray[np.int64], end: int) -> NDArray[np.int32]:
    """How long each stretch is, the last up to the end."""
    return np.diff(starts, append=end).astype(np.int32)


def _pack_words(values: Iterable[object]) -> bytes | None:
    known: dict[str, int] = {}
    seen: dict[object, int] = {None: 0}
    codes: list[int] = []
    for value in values:
        code = seen.get(value)
        if code is None:
            word = plain(str(value))
            code = seen[value] = known.setdefault(word, len(known) + 1) if word else 0
        codes.append(code)
    return pack_codes(list(known), np.array(codes))


def pack_codes(words: Sequence[str], codes: NDArray[np.integer[Any]]) -> bytes | None:
    """A column of texts: each the place of its word, from 1, or 0 where not known."""
    if not words:
        return None
    kind = next(one for one in _CODES if len(words) <= np.iinfo(one).max)
    return _pack((words, np.dtype(kind).str, codes.astype(kind).tobytes()))


def codes_of(column: bytes) -> tuple[list[str], NDArray[np.integer[Any]]]:
    """What `pack_codes` was given."""
    words, kind, raw = _words.decode(column)
    return words, np.frombuffer(raw, dtype=kind)


def _pack_numbers(values: Iterable[float | None]) -> bytes | None:
    return pack_wide(np.array([np.nan if one is None else one for one in values], dtype=np.float64))


def pack_wide(wide: NDArray[np.float64]) -> bytes | None:
    """A column of numbers, NaN where not known, as narrow as they allow."""
    known = ~np.isnan(wide)
    if not known.any():
        return None
    for kind in _WHOLE:
        # The lowest stands for not known.
        limits = np.iinfo(kind)
        if (np.abs(wide[known]) <= limits.max).all():
            narrow = np.where(known, wide, limits.min).astype(kind)
            if (narrow[known] == wide[known]).all():
                return _pack((narrow.dtype.str, narrow.tobytes()))
    return _pack((wide.dtype.str, wide.tobytes()))


def wide_of(column: bytes) -> NDArray[np.float64]:
    """What `pack_wide` was given."""
    kind, raw = _numbers.decode(column)
    found = np.frombuffer(raw, dtype=kind)
    wide = found.astype(np.float64)
    if found.dtype.kind == "i":
        wide[found == np.iinfo(found.dtype).min] = np.nan
    return wide


def _pack_attribute(values: Iterable[object], kind: AttributeKind) -> bytes | None:
    match kind:
        case AttributeKind.TEXT:
            return _pack_words(values)
        case AttributeKind.DATE:
            return _pack_numbers(day_number(v) if isinstance(v, str) else None for v in values)
        case AttributeKind.YES_NO:
            return _pack_numbers(v if isinstance(v, bool) else None for v in values)
        case AttributeKind.NUMBER:
            return _pack_numbers(
                v if isinstance(v, int | float) and not isinstance(v, bool) else None
                for v in values
            )


def _pack_tags(values: Iterable[Sequence[str]]) -> bytes | None:
    found: dict[str, list[int]] = {}
    for row, tags in enumerate(values):
        for tag in {plain(one) for one in tags} if tags else ():
            found.setdefault(tag, []).append(row)
    return pack_tagged({tag: np.array(rows) for tag, rows in found.items()})


def pack_tagged(rows: Mapping[str, NDArray[np.integer[Any]]]) -> bytes | None:
    """The column of tags: which rows have each of them."""
    packed = {tag: some.astype(np.int32).tobytes() for tag, some in rows.items() if len(some)}
    return _pack(packed) if packed else None


def tagged_in(column: bytes) -> dict[str, NDArray[np.int32]]:
    """What `pack_tagged` was given."""
    return {tag: np.frombuffer(rows, dtype=np.int32) for tag, rows in _tags.decode(column).items()}


def pack_shape(
    door_rows: NDArray[np.int32], home_rows: NDArray[np.int32], empty: NDArray[np.int32]
) -> bytes:
    """How many rows each door has, and each household; and the rows of doors without people."""
    return _pack((door_rows.tobytes(), home_rows.tobytes(), empty.tobytes()))


def shape_of(column: bytes) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """What `pack_shape` was given."""
    door_rows, home_rows, empty = (np.frombuffer(o, np.int32) for o in _shape.decode(column))
    return door_rows, home_rows, empty


class Block:
    """The columns of a block that were read."""

    def __init__(self, columns: Bytes) -> None:
        self._columns = columns
        self.door_rows, self._home_rows, self._empty = shape_of(columns["shape"])
        self.rows = int(self.door_rows.sum())

    @cached_property
    def known(self) -> Mask:
        """Rows of people, not of doors of which nobody is known."""
        found = np.ones(self.rows, dtype=np.bool_)
        found[self._empty] = False
        return found

    @cached_property
    def home_sizes(self) -> NDArray[np.int32]:
        """For each row, how many people its household has."""
        return np.where(self.known, np.repeat(self._home_rows, self._home_rows), 0)

    def behind(self, doors: Mask) -> Mask:
        """For each row, what holds for its door."""
        return np.repeat(doors, self.door_rows)

    def doors_of(self, rows: Mask) -> Mask:
        """For each door, whether any of its rows is among these."""
        return np.logical_or.reduceat(rows, offsets(self.door_rows))

    def count_homes(self, rows: Mask) -> int:
        """How many households have any of these rows; doors of which nobody is known have none."""
        found = np.logical_or.reduceat(rows & self.known, offsets(self._home_rows))
        return int(np.count_nonzero(found))

    def keys(self, name: str) -> NDArray[np.uint64]:
        """Keys of ids: ``door_key`` of doors or ``person_key`` of rows."""
        return np.frombuffer(self._columns[name], dtype=np.uint64)

    def ids(self, name: str, chosen: Mask) -> list[UUID]:
        """The ids, ``door`` of doors or ``person`` of rows, where ``chosen``."""
        raw = self._columns[name]
        return [UUID(bytes=raw[16 * at : 16 * at + 16]) for at in np.flatnonzero(chosen).tolist()]

    def positions(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitude and latitude of each door, in degrees."""
        return np.frombuffer(self._columns["lon"]), np.frombuffer(self._columns["lat"])

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column of numbers, NaN where not known."""
        if name not in self._columns:
            return np.full(self.rows, np.nan)
        return wide_of(self._columns[name])

    def words(self, name: str, fits: Callable[[str | None], bool]) -> Mask:
        """Where a column of texts fits; it is asked once for each different text, and for None."""
        if name not in self._columns:
            size = len(self.door_rows) if name in PLACES else self.rows
            return np.full(size, fits(None))
        words, codes = codes_of(self._columns[name])
        table = np.array([fits(None), *map(fits, words)])
        found: Mask = table[codes]
        return found

    def tagged(self, tag: str) -> Mask:
        """Rows with this tag."""
        found = np.zeros(self.rows, dtype=np.bool_)
        if "tags" in self._columns:
            rows = tagged_in(self._columns["tags"]).get(plain(tag))
            if rows is not None:
                found[rows] = True
        return found


def offsets(counts: NDArray[np.int32]) -> NDArray[np.int64]:
    """Where each stretch begins of stretches that lie end to end."""
    return np.cumsum(counts, dtype=np.int64) - counts
