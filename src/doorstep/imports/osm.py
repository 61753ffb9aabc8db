"""Reads addresses, streets and barriers out of an OpenStreetMap file, as columns."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from osmium import FileProcessor
from osmium.filter import KeyFilter
from osmium.geom import WKBFactory
from osmium.io import Header, Reader
from osmium.osm import NOTHING
from shapely.geometry.base import BaseGeometry

from doorstep.algorithms.projection import lengths_m, to_metres

ATTRIBUTION = "© OpenStreetMap contributors"
MERGE_WITHIN_M = 30
MAX_FLATS = 2_000
PROGRESS_EVERY = 10_000
COORDINATE_SCALE = 1e7  # OpenStreetMap stores ten-millionths of a degree.
NEIGHBOUR_CELLS = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
MAX_BLOCK_HEADER = 64 * 1024
# A block's header: its type, perhaps an index, then (field 3) its size as a varint.
BLOCK_SIZE = re.compile(
    rb"\x0a.OSM(?:Header|Data)(?:\x12.*)?\x18([\x80-\xff]*[\x00-\x7f])", re.DOTALL
)
UNKNOWN_PLACE = 2**31 - 1  # What libosmium gives for a node that the file does not hold.
ADDRESS_KEYS = ("addr:housenumber", "addr:housename", "addr:street", "addr:place")
INDEX_KEYS = (*ADDRESS_KEYS, "highway", "natural", "waterway", "railway")

STREETS = frozenset({
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street",
    "pedestrian", "service", "track", "road", "footway", "cycleway", "path", "steps", "bridleway",
})  # fmt: skip
MOTORWAYS = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
# Trams run in the street and are stepped over anywhere; streams and ditches are culverted in towns.
RAILWAYS = frozenset({"rail", "light_rail", "narrow_gauge", "subway"})
WATERWAYS = frozenset({"river", "canal", "riverbank", "dock"})
WATER_AREAS = frozenset({"water", "riverbank", "dock"})
NO_ENTRY = frozenset({"no", "private"})
FOOT_WELCOME = frozenset({"yes", "designated", "permissive"})
NO_FOOT = NO_ENTRY | {"use_sidepath"}


class OsmFileError(ValueError):
    """The file cannot be read as OpenStreetMap data; the message names it and the remedy."""


class Skipped(NamedTuple):
    """Something the file holds and the extract does not, and why."""

    external_id: str
    reason: str


class Addresses(NamedTuple):
    """Columns of equal length, one row per address; an address may hold several flats."""

    external_id: tuple[str, ...]
    street: tuple[str, ...]
    house_number: tuple[str, ...]
    unit: tuple[str | None, ...]
    postcode: tuple[str | None, ...]
    city: tuple[str | None, ...]
    floor: tuple[str | None, ...]
    building_floors: tuple[str | None, ...]
    flats: tuple[tuple[str, ...], ...]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def doors_per_address(self) -> NDArray[np.int64]:
        """Count the doors of each address: its flats, or one."""
        return np.array([len(flats) or 1 for flats in self.flats], dtype=np.int64)


class Streets(NamedTuple):
    """Columns of equal length, one row per stretch between two junctions or ends."""

    way_id: NDArray[np.int64]
    name: tuple[str | None, ...]
    highway: tuple[str, ...]
    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]
    geometry: NDArray[np.object_]
    length_m: NDArray[np.float64]
    walkable: NDArray[np.bool_]
    crosses_barrier: NDArray[np.bool_]


class Barriers(NamedTuple):
    """Columns of equal length; kind is water, railway or motorway."""

    external_id: tuple[str, ...]
    kind: tuple[str, ...]
    name: tuple[str | None, ...]
    geometry: NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class OsmExtract:
    """What a file holds for canvassing; shapes in degrees, longitude first.

    `bounds` is west, south, east, north. `merged_count` addresses were drawn twice and became one.
    `warnings` are for people: the file was read, but something about it is odd.
    """

    addresses: Addresses
    streets: Streets
    barriers: Barriers
    bounds: tuple[float, float, float, float]
    data_at: datetime | None
    merged_count: int
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...]
    attribution: str = ATTRIBUTION

    def skipped_counts(self) -> Counter[str]:
        """Count what was skipped by reason."""
        return Counter(skip.reason for skip in self.skipped)


class _Address(NamedTuple):
    """One address before duplicates are merged."""

    external_id: str
    street: str
    house_number: str
    unit: str | None
    postcode: str | None
    city: str | None
    floor: str | None
    building_floors: str | None
    flats: tuple[str, ...]


@dataclass
class _Reading:
    """What has been gathered so far, while the file streams by."""

    addresses: list[_Address] = field(default_factory=list[_Address])
    places: list[BaseGeometry] = field(default_factory=list[BaseGeometry])
    ways: list[tuple[int, str | None, str, bool, bool, int]] = field(
        default_factory=list[tuple[int, str | None, str, bool, bool, int]]
    )
    refs: list[int] = field(default_factory=list[int])
    coordinates: list[NDArray[np.float64]] = field(default_factory=list[NDArray[np.float64]])
    barriers: list[tuple[str, str, str | None, BaseGeometry]] = field(
        default_factory=list[tuple[str, str, str | None, BaseGeometry]]
    )
    skipped: list[Skipped] = field(default_factory=list[Skipped])
    awaited: set[str] = field(default_factory=set[str])
    assembled: set[str] = field(default_factory=set[str])
    has_relations: bool = False


def read_osm(path: str | Path, progress: Callable[[int], None] | None = None) -> OsmExtract:
    """Addresses, streets and barriers of an OpenStreetMap file.

    Parameters
    ----------
    path
        A file in PBF or XML, the latter also packed (.gz, .bz2). If the checksum that download
        servers publish lies beside it (`NAME.md5`), the file must match it: a PBF file cut exactly
        between two blocks is itself a valid, shorter file, and nothing else can tell.
    progress
        Called now and then with the count of objects read so far.

    Returns
    -------
    OsmExtract
        In degrees, longitude first. Every address and way left out is listed in `skipped`.

    Raises
    ------
    OsmFileError
        The file is missing, cut short, damaged, not OpenStreetMap data, or without streets.
    """
    path = Path(path)
    _check_whole(path)
    reading = _Reading()
    try:
        with Reader(path, NOTHING) as reader:
            header = reader.header()
        for count, entity in enumerate(_entities(path), start=1):
            _take(reading, entity)
            if progress and count % PROGRESS_EVERY == 0:
                progress(count)
    except (RuntimeError, ValueError, OSError) as error:
        raise _broken(path, str(error)) from error
    return _extract(path, reading, header)


def _entities(path: Path) -> Iterator[Any]:
    """Objects with a key of interest; relations come back once more as areas when complete."""
    wanted = KeyFilter(*INDEX_KEYS)
    return iter(FileProcessor(path).with_areas(wanted).with_filter(wanted))


def _take(reading: _Reading, entity: Any) -> None:
    tags: dict[str, str] = dict(entity.tags)
    if entity.is_node():
        if _is_address(tags):
            place = shapely.Point(entity.lon, entity.lat)
            _take_address(reading, f"node/{entity.id}", tags, place)
    elif entity.is_way():
        _take_way(reading, entity, tags)
    elif entity.is_relation():
        reading.has_relations = True
        if _is_address(tags) or _barrier_kind(tags):
            reading.awaited.add(f"relation/{entity.id}")
    elif not entity.from_way():
        _take_area(reading, entity, tags)


def _take_way(reading: _Reading, way: Any, tags: dict[str, str]) -> None:
    kind, highway = _barrier_kind(tags), tags.get("highway")
    external_id = f"way/{way.id}"
    if not kind and not highway and not _is_address(tags):
        return
    nodes = [(node.ref, node.x, node.y) for node in way.nodes]
    known = [node for node in nodes if node[1] != UNKNOWN_PLACE]
    if len(known) < len(nodes):
        reading.skipped.append(
            Skipped(external_id, "kept in part: some of its nodes are not in the file")
        )
    shape = _shape(known, closed=way.is_closed() and len(known) == len(nodes))
    if shape is None:
        reading.skipped.append(Skipped(external_id, "fewer than two of its nodes are in the file"))
        return
    if _is_address(tags):
        _take_address(reading, external_id, tags, shape)
    if kind:
        solid = kind == "water" and tags.get("natural") != "coastline"
        line = shape.exterior if isinstance(shape, shapely.Polygon) and not solid else shape
        reading.barriers.append((external_id, kind, tags.get("name"), line))
    if highway in STREETS:
        _take_street(reading, way.id, tags, nodes)
    elif highway:
        reading.skipped.append(Skipped(external_id, f"highway={highway} is not a street"))


def _take_area(reading: _Reading, area: Any, tags: dict[str, str]) -> None:
    external_id, kind = f"relation/{area.orig_id()}", _barrier_kind(tags)
    reading.assembled.add(external_id)
    if not kind and not _is_address(tags):
        return
    shape = shapely.from_wkb(WKBFactory().create_multipolygon(area))
    if _is_address(tags):
        _take_address(reading, external_id, tags, shape)
    if kind:
        reading.barriers.append((external_id, kind, tags.get("name"), shape))


def _shape(nodes: Sequence[tuple[int, int, int]], *, closed: bool) -> BaseGeometry | None:
    """Way as polygon if it closes, as line otherwise, in degrees."""
    points = np.array([node[1:] for node in nodes], dtype=np.float64) / COORDINATE_SCALE
    if len(points) < 2:  # noqa: PLR2004 a line has two ends
        return None
    return shapely.Polygon(points) if closed and len(points) > 3 else shapely.LineString(points)  # noqa: PLR2004 a ring


def _take_street(
    reading: _Reading, way_id: int, tags: dict[str, str], nodes: Sequence[tuple[int, int, int]]
) -> None:
    """Store the runs of nodes that the file holds: a way cut by its border may come in pieces."""
    over_or_under = tags.get("bridge", "no") != "no" or (
        tags.get("tunnel", "no") not in {"no", "building_passage"}
    )
    run: list[tuple[int, int, int]] = []
    for node in (*nodes, (0, UNKNOWN_PLACE, 0)):
        if node[1] != UNKNOWN_PLACE:
            if not run or run[-1][0] != node[0]:
                run.append(node)
            continue
        if len(run) > 1:
            reading.ways.append(
                (
                    way_id,
                    tags.get("name"),
                    tags["highway"],
                    _walkable(tags),
                    over_or_under,
                    len(run),
                )
            )
            table = np.array(run, dtype=np.int64)
            reading.refs.extend(table[:, 0].tolist())
            reading.coordinates.append(table[:, 1:] / COORDINATE_SCALE)
        run = []


def _walkable(tags: dict[str, str]) -> bool:
    """Whether one may go there on foot: what is said of feet beats what is said of all."""
    foot = tags.get("foot")
    if foot in FOOT_WELCOME:
        return True
    return (
        foot not in NO_FOOT
        and tags.get("access") not in NO_ENTRY
        and tags["highway"] not in MOTORWAYS
    )


def _barrier_kind(tags: dict[str, str]) -> str | None:
    if tags.get("tunnel", "no") != "no":
        return None
    if tags.get("natural") in {"water", "coastline"} or tags.get("waterway") in WATERWAYS:
        return "water"
    if tags.get("railway") in RAILWAYS:
        return "railway"
    return "motorway" if tags.get("highway") in MOTORWAYS else None


def _is_address(tags: dict[str, str]) -> bool:
    return any(key in tags for key in ADDRESS_KEYS)


def _take_address(
    reading: _Reading, external_id: str, tags: dict[str, str], place: BaseGeometry
) -> None:
    street = tags.get("addr:street") or tags.get("addr:place")
    house_number = tags.get("addr:housenumber") or tags.get("addr:housename")
    if not street or not house_number:
        reason = "no addr:housenumber" if street else "neither addr:street nor addr:place"
        reading.skipped.append(Skipped(external_id, reason))
        return
    reading.places.append(place)
    reading.addresses.append(
        _Address(
            external_id=external_id,
            street=street,
            house_number=house_number,
            unit=tags.get("addr:unit"),
            postcode=tags.get("addr:postcode"),
            city=tags.get("addr:city"),
            floor=tags.get("addr:floor") or tags.get("level"),
            building_floors=tags.get("building:levels"),
            flats=expand_flats(tags.get("addr:flats", "")),
        )
    )


def expand_flats(text: str) -> tuple[str, ...]:
    """Labels of the flats that an `addr:flats` value names: "1-3;10" gives 1, 2, 3 and 10.

    Ranges may carry a common prefix ("A1-A4") or be letters ("A-D"). A value with any part that
    cannot be read stays one door under the whole text.
    """
    labels: dict[str, None] = {}
    for part in filter(None, (part.strip() for part in re.split("[;,]", text))):
        flats = _flat_range(part)
        if not flats or len(labels) + len(flats) > MAX_FLATS:
            return (text.strip(),)
        labels.update(dict.fromkeys(flats))
    return tuple(labels)


def _flat_range(part: str) -> list[str]:
    if "-" not in part:
        return [part]
    if letters := re.fullmatch(r"([A-Za-z])\s*-\s*([A-Za-z])", part):
        return [chr(code) for code in range(ord(letters[1]), ord(letters[2]) + 1)]
    numbers = re.fullmatch(r"(\D*)(\d{1,6})\s*-\s*(\D*)(\d{1,6})", part)
    if not numbers or numbers[3] not in {"", numbers[1]}:
        return []
    first, last = int(numbers[2]), int(numbers[4])
    if last - first >= MAX_FLATS:
        return []
    return [f"{numbers[1]}{number}" for number in range(first, last + 1)]


def _extract(path: Path, reading: _Reading, header: Header) -> OsmExtract:
    if not reading.ways:
        raise _broken(path, "it holds no streets")
    reading.skipped.extend(
        Skipped(external_id, "its outline is not whole in the file")
        for external_id in sorted(reading.awaited - reading.assembled)
    )
    addresses = _addresses(reading)
    corners = np.vstack([*reading.coordinates, np.column_stack((addresses.lon, addresses.lat))])
    (west, south), (east, north) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    stamp = header.get("osmosis_replication_timestamp")
    return OsmExtract(
        addresses=addresses,
        streets=_streets(reading),
        barriers=_barriers(reading),
        bounds=(west, south, east, north),
        data_at=datetime.fromisoformat(stamp) if stamp else None,
        merged_count=len(reading.addresses) - len(addresses.external_id),
        skipped=tuple(reading.skipped),
        warnings=tuple(_warnings(reading)),
    )


def _warnings(reading: _Reading) -> Iterator[str]:
    if not reading.addresses:
        yield "The file holds no addresses: doors have to come from elsewhere."
    if not reading.has_relations:
        yield (
            "The file holds no multipolygons. If it should, it may be cut short: compare its "
            "checksum with the one published where it came from."
        )


def _addresses(reading: _Reading) -> Addresses:
    """Columns of the addresses, those drawn twice (as entrance and as building, say) joined."""
    places = np.array(reading.places, dtype=np.object_)
    crossed = ~shapely.is_valid(places)
    places[crossed] = shapely.make_valid(places[crossed])
    degrees = shapely.get_coordinates(shapely.point_on_surface(places)).reshape(-1, 2)
    rows = _merged(reading.addresses, degrees)
    columns = list(zip(*rows.values(), strict=True)) or [()] * len(_Address._fields)
    kept = np.array(list(rows), dtype=np.int64)
    return Addresses(*columns, lon=degrees[kept, 0], lat=degrees[kept, 1])


def _merged(addresses: list[_Address], degrees: NDArray[np.float64]) -> dict[int, _Address]:
    """Addresses by number, each twin's details given to the first; nodes come before outlines."""
    centre = degrees.mean(axis=0).tolist() if len(degrees) else [0, 0]
    metres = to_metres(degrees[:, 0], degrees[:, 1], (centre[0], centre[1]))
    cells = (metres // MERGE_WITHIN_M).astype(np.int64).tolist()
    found: dict[tuple[object, ...], list[int]] = {}
    rows: dict[int, _Address] = {}
    for at in sorted(range(len(addresses)), key=lambda at: addresses[at].external_id[0]):
        row, (east, north) = addresses[at], cells[at]
        key = tuple("".join((part or "").casefold().split()) for part in row[1:4])
        near = [
            other
            for dx, dy in NEIGHBOUR_CELLS
            for other in found.get((*key, east + dx, north + dy), ())
            if np.hypot(*(metres[at] - metres[other])) <= MERGE_WITHIN_M
            and (not row.flats or rows[other].flats in ((), row.flats))
        ]
        if near:
            first = min(near)
            rows[first] = _Address._make(
                mine or other for mine, other in zip(rows[first], row, strict=True)
            )
        else:
            rows[at] = row
            found.setdefault((*key, east, north), []).append(at)
    return dict(sorted(rows.items()))


def _streets(reading: _Reading) -> Streets:
    """Split the ways wherever a node belongs to two of them, or twice to one."""
    refs = np.array(reading.refs, dtype=np.int64)
    coordinates = np.vstack(reading.coordinates)
    sizes = np.array([way[-1] for way in reading.ways])
    ends = np.cumsum(sizes)
    _, spot, uses = np.unique(refs, return_inverse=True, return_counts=True)
    cut = uses[spot] > 1
    cut[ends - sizes] = cut[ends - 1] = True
    stops = np.flatnonzero(cut)
    owner = np.repeat(np.arange(len(sizes)), sizes)[stops]
    inside = owner[1:] == owner[:-1]
    start, stop, owner = stops[:-1][inside], stops[1:][inside], owner[1:][inside]
    counts = stop - start + 1
    line = np.repeat(np.arange(len(counts)), counts)
    points = np.arange(len(line)) + np.repeat(start - (np.cumsum(counts) - counts), counts)
    lines = np.asarray(shapely.linestrings(coordinates[points], indices=line), dtype=np.object_)
    ids, names, classes, walkable, over_or_under, _ = zip(*reading.ways, strict=True)
    return Streets(
        way_id=np.array(ids, dtype=np.int64)[owner],
        name=tuple(names[way] for way in owner),
        highway=tuple(classes[way] for way in owner),
        from_node=refs[start],
        to_node=refs[stop],
        geometry=lines,
        length_m=lengths_m(lines),
        walkable=np.array(walkable)[owner],
        crosses_barrier=np.array(over_or_under)[owner],
    )


def _barriers(reading: _Reading) -> Barriers:
    columns: list[tuple[Any, ...]] = list(zip(*reading.barriers, strict=True)) or [()] * 4
    ids, kinds, names, shapes = columns
    return Barriers(ids, kinds, names, np.array(shapes, dtype=np.object_))


def _check_whole(path: Path) -> None:
    """Refuse a file that is missing, empty, of another kind, cut short or unlike its checksum."""
    if not path.is_file():
        message = f"{path} is not there: check the name, or download the extract first"
        raise OsmFileError(message)
    with path.open("rb") as file:
        start = file.read(64)
    packed = start.startswith((b"\x1f\x8b", b"BZh"))
    if not start:
        raise _broken(path, "it is empty")
    if b"OSMHeader" in start:
        _check_blocks(path)
    elif not packed and b"<?xml" not in start and b"<osm" not in start:
        raise _broken(path, "it is not OpenStreetMap data (.osm.pbf, .osm, .osm.gz, .osm.bz2)")
    checksum = path.with_name(path.name + ".md5")
    if checksum.is_file():
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "md5").hexdigest()
        if checksum.read_text(encoding="ascii", errors="replace")[:32].lower() != digest:
            raise _broken(path, f"it does not match its checksum in {checksum.name}")


def _check_blocks(path: Path) -> None:
    """Walk the blocks of a PBF file; libosmium overlooks one to three stray bytes at the end.

    Layout: https://wiki.openstreetmap.org/wiki/PBF_Format#File_format
    """
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            header_size = int.from_bytes(file.read(4), "big")
            header = file.read(min(header_size, MAX_BLOCK_HEADER))
            found = BLOCK_SIZE.fullmatch(header)
            if not found or len(header) != header_size:
                raise _broken(path, f"its blocks break off at byte {at}")
            at += 4 + header_size + _varint(found[1])
    if at != size:
        raise _broken(path, f"it ends at byte {size}, within a block")


def _varint(text: bytes) -> int:
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(text))


def _broken(path: Path, reason: str) -> OsmFileError:
    return OsmFileError(
        f"{path} cannot be read as OpenStreetMap data: {reason}. Download it again, or export it "
        "again as .osm.pbf with streets and addresses."
    )
