"""Doors to be cut, from any table or point layer, with what is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyproj import CRS

from doorstep.algorithms.addresses import street_key, unit_order
from doorstep.algorithms.cutting import Doors
from doorstep.algorithms.projection import MAX_LAT, MAX_LON, local_crs, to_metres
from doorstep.commands.cutting_files import Source, layer_of
from doorstep.commands.screen import CommandError
from doorstep.imports.reading import Table, open_table
from doorstep.imports.reading.table import ROW_NUMBER
from doorstep.kit.errors import RefusedError

NAMES = {
    "door_id": ("door_id", "doorid"),
    "lon": ("lon", "longitude", "lng"),
    "lat": ("lat", "latitude"),
    "street": ("street", "street_name"),
    "unit": ("unit",),
    "floor": ("floor",),
    "address_id": ("address_id",),
    "household_id": ("household_id",),
    "weight": ("weight",),
}
"""What a column may be called, the likeliest first; case does not matter."""
NEEDED = ("door_id", "lon", "lat")
FAR_KM = 1_000
"""A door this far from the middle of all is a mistake, such as 0, 0 for a place not known."""
WIDE_M = 200.0
"""Doors of one address or household lie nearer to each other than this, or its id says nothing."""
SHOWN = 5


@dataclass(frozen=True, eq=False)
class Town:
    """Doors in the order of their file.

    `lonlat` is as the file has it, NaN where that is no number; `left_over` says why a row cannot
    be cut.
    """

    ids: list[str]
    lonlat: NDArray[np.float64]
    streets: list[str]
    doors: Doors
    crs: CRS
    left_over: dict[int, str]
    notes: list[str]

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Whether each door has a position."""
        return np.isfinite(self.doors.xy[:, 0]) & np.isfinite(self.doors.xy[:, 1])


def read_town(source: Source) -> Town:
    """The doors of a file.

    Raises
    ------
    CommandError
        If it cannot be read as a table of doors; the message names column or row, and the remedy.
    """
    rows = _rows(source)
    _check_ids(rows)
    lon, lat = _number(rows["lon"]), _number(rows["lat"])
    wrong = dict(_misplaced(rows, lon, lat))
    if len(wrong) == rows.height:
        message = f"{source}: no door has a position. Row {rows[ROW_NUMBER][0]}: {wrong[0]}"
        raise CommandError(message)
    good = np.ones(rows.height, np.bool_)
    good[list(wrong)] = False
    middle = _middle(lon[good], lat[good])
    xy = np.full((rows.height, 2), np.nan)
    xy[good] = to_metres(lon[good], lat[good], middle)
    wrong |= _strays(xy, middle)
    xy[list(wrong)] = np.nan
    notes: list[str] = []
    streets = _texts(rows, "street")
    keys = {name: street_key(name) for name in set(streets)}
    folded = np.empty(len(streets), np.object_)
    folded[:] = [keys[name] for name in streets]
    spot = _codes([f"{a:.7f} {b:.7f}" for a, b in zip(lon, lat, strict=True)])
    address = _shared(rows, "address_id", xy, notes)
    household = _shared(rows, "household_id", xy, notes)
    doors = Doors(
        xy=xy,
        address=_codes(np.where(address >= 0, address, -1 - spot).tolist()),
        household=household,
        rank=_ranks(_texts(rows, "unit"), _texts(rows, "floor")),
        street=folded,
        weight=_weights(rows),
    )
    ids = rows["door_id"].to_list()
    lonlat = np.column_stack([lon, lat])
    return Town(ids, lonlat, streets, doors, local_crs(*middle), wrong, notes)


def _rows(source: Source) -> pl.DataFrame:
    """The columns that matter, as text and by the names they have here."""
    try:
        # Sheets of workbooks and tables in zips are told apart by the reading itself.
        is_map = source.path.suffix.lower() == ".gpkg"
        layer = layer_of(source, "--doors") if is_map else source.layer
        table = open_table(source.path, source.path.name, layer=layer)
        chosen = _columns(source, table)
        frames: list[pl.DataFrame] = []
        for batch in table.batches(list(chosen.values()), 500_000):
            for reject in batch.rejects[:1]:
                message = f"{source}, row {reject.row_number}: {reject.reason} {reject.remedy}"
                raise CommandError(message)
            frames.append(batch.rows)
    except RefusedError as error:
        message = f"{source}: {error}"
        raise CommandError(message) from None
    if not sum(frame.height for frame in frames):
        message = f"{source} has a header but no rows. Export it again, with its doors."
        raise CommandError(message)
    rows = pl.concat(frames)
    rows.columns = [ROW_NUMBER, *chosen]
    return rows


def _columns(source: Source, table: Table) -> dict[str, str]:
    there = {name.strip().casefold(): name for name in reversed(table.columns)}
    found = {
        field: there[next(name for name in names if name in there)]
        for field, names in NAMES.items()
        if any(name in there for name in names)
    }
    if missing := [name for name in NEEDED if name not in found]:
        message = (
            f"{source} has no column {' and no column '.join(missing)}, but: "
            f"{', '.join(table.columns[:20])}. Each door needs door_id, lon and lat; in a map "
            "file, points will do for lon and lat. Rename or add the column."
        )
        raise CommandError(message)
    return found


def _check_ids(rows: pl.DataFrame) -> None:
    empty = rows.filter(pl.col("door_id").is_null() | (pl.col("door_id").str.strip_chars() == ""))
    if empty.height:
        message = f"door_id is empty in {_where(empty)}. Give every door an id of its own."
        raise CommandError(message)
    twice = rows.filter(pl.col("door_id").is_duplicated())
    if twice.height:
        ids = twice["door_id"].unique(maintain_order=True)
        named = "; ".join(
            f"{one} ({_where(twice.filter(pl.col('door_id') == one))})" for one in ids[:SHOWN]
        )
        more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
        message = f"door_id is not unique: {named}{more}. Give every door an id of its own."
        raise CommandError(message)


def _where(rows: pl.DataFrame) -> str:
    numbers = rows[ROW_NUMBER][:SHOWN].to_list()
    more = ", …" if rows.height > SHOWN else ""
    return f"row{'s' if rows.height > 1 else ''} {', '.join(map(str, numbers))}{more}"


def _number(texts: pl.Series) -> NDArray[np.float64]:
    """Numbers, with a comma for the point as well; NaN for all else."""
    plain = texts.str.strip_chars().str.replace(r"^([^.,]*),([^.,]*)$", "$1.$2")
    return plain.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()


def _misplaced(
    rows: pl.DataFrame, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> Iterator[tuple[int, str]]:
    on_earth = (np.abs(lon) <= MAX_LON) & (np.abs(lat) <= MAX_LAT)
    for row in np.flatnonzero(~on_earth).tolist():
        said = {name: (rows[name][row] or "").strip() for name in ("lon", "lat")}
        if empty := [name for name, text in said.items() if text.casefold() in ("", "nan")]:
            yield row, f"It has no position: {' and '.join(empty)} {_IS[len(empty)]} empty."
            continue
        swapped = abs(lat[row]) <= MAX_LON and abs(lon[row]) <= MAX_LAT
        yield (
            row,
            f"lon {said['lon']}, lat {said['lat']} is no place on the globe in degrees."
            + (" Perhaps the two are swapped." if swapped else ""),
        )


_IS = ("", "is", "are")


def _middle(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[float, float]:
    """Where most doors are, also astride the 180th meridian and with a few far astray."""
    turned = float(np.angle(np.exp(1j * np.radians(lon)).mean(), deg=True))
    east = turned + float(np.median((lon - turned + 180) % 360 - 180))
    return (east + 180) % 360 - 180, float(np.median(lat))


def _strays(xy: NDArray[np.float64], middle: tuple[float, float]) -> dict[int, str]:
    here = to_metres([middle[0]], [middle[1]], middle)[0]
    off_m = np.hypot(*(xy - here).T)
    stray = np.flatnonzero((off_m > FAR_KM * 1000) | np.isinf(off_m))
    why = f"It lies more than {FAR_KM:,} km from the other doors. Check lon and lat."
    return dict.fromkeys(stray.tolist(), why)


def _texts(rows: pl.DataFrame, name: str) -> list[str]:
    if name not in rows.columns:
        return [""] * rows.height
    return rows[name].fill_null("").str.strip_chars().to_list()


def _codes(values: list[Any]) -> NDArray[np.intp]:
    """A number for each different value, in the order they come."""
    numbers = {value: at for at, value in enumerate(dict.fromkeys(values))}
    return np.array([numbers[value] for value in values], np.intp)


def _shared(
    rows: pl.DataFrame, name: str, xy: NDArray[np.float64], notes: list[str]
) -> NDArray[np.intp]:
    """Number of what the rows share by an id; -1 where there is none, or it says nothing."""
    texts = _texts(rows, name)
    codes = _codes(texts)
    codes[[not text for text in texts]] = -1
    held = pl.DataFrame({"code": codes, "x": xy[:, 0], "y": xy[:, 1]}).filter(
        (pl.col("code") >= 0) & pl.col("x").is_not_nan()
    )
    spread = pl.max_horizontal(
        pl.col("x").max() - pl.col("x").min(), pl.col("y").max() - pl.col("y").min()
    )
    wide = held.group_by("code").agg(spread.alias("m")).filter(pl.col("m") > WIDE_M)["code"]
    if len(wide):
        first = texts[int(np.argmax(codes == wide.min()))]
        notes.append(
            f"{len(wide):,} {name} such as {first!r} {'is' if len(wide) == 1 else 'are'} shared "
            f"by doors more than {WIDE_M:.0f} m apart, and not used. Doors on one spot stay "
            "together all the same."
        )
        codes[np.isin(codes, wide.to_numpy())] = -1
    return codes


def _ranks(units: list[str], floors: list[str]) -> NDArray[np.intp]:
    """Place of each door among all by floor and unit, then as the file has them."""
    pairs = list(zip(units, floors, strict=True))
    order = sorted(set(pairs), key=lambda pair: unit_order(*pair))
    place = {pair: at for at, pair in enumerate(order)}
    ranks = np.empty(len(pairs), np.intp)
    ranks[np.argsort([place[pair] for pair in pairs], kind="stable")] = np.arange(len(pairs))
    return ranks


def _weights(rows: pl.DataFrame) -> NDArray[np.float64] | None:
    if "weight" not in rows.columns:
        return None
    weight = _number(rows["weight"].fill_null("1"))
    wrong = ~(np.isfinite(weight) & (weight > 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        message = (
            f"weight is {rows['weight'][row]!r} in row {rows[ROW_NUMBER][row]}. Give a number "
            "above 0: for how many doors it counts."
        )
        raise CommandError(message)
    return weight
