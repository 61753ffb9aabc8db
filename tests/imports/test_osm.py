from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path

import numpy as np
import osmium
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from osmium.osm import mutable

from doorstep.imports.osm import ATTRIBUTION, OsmFileError, expand_flats, read_osm

HELSINKI = Path(__file__).parents[2] / "geo" / "helsinki.osm.pbf"
LON, LAT = 24.94, 60.17
HOME = {"addr:street": "Kaivokatu", "addr:housenumber": "1"}


def node(ref, east=0.0, north=0.0, **tags):
    """A node some ten-thousandths of a degree away; __ in a key stands for the colon."""
    location = (LON + east * 1e-4, LAT + north * 1e-4)
    return mutable.Node(id=ref, location=location, tags=tags.pop("tags", {}) | tags)


def way(ref, nodes, **tags):
    return mutable.Way(id=ref, nodes=nodes, tags=tags.pop("tags", {}) | tags)


def square(first, east, north, side=1.0):
    """Four nodes around a block."""
    corners = [(0, 0), (side, 0), (side, side), (0, side)]
    return [node(first + i, east + x, north + y) for i, (x, y) in enumerate(corners)]


STREET = [node(1), node(2, 10), way(1, [1, 2], highway="residential", name="Kaivokatu")]


@pytest.fixture
def read(tmp_path):
    """Write objects to a file, street included, and read it."""

    def written(*entities, name="town.osm.pbf", street=STREET):
        path = tmp_path / name
        rank = {"Node": 0, "Way": 1, "Relation": 2}
        everything = sorted((*street, *entities), key=lambda e: (rank[type(e).__name__], e.id))
        with osmium.SimpleWriter(path, overwrite=True) as writer:
            for entity in everything:
                writer.add(entity)
        return read_osm(path)

    return written


def test_a_node_becomes_an_address(read):
    tags = {"addr:unit": "B", "addr:postcode": "00100", "addr:city": "Helsinki"}
    addresses = read(node(5, 3, 4, tags=HOME | tags)).addresses
    assert addresses.external_id == ("node/5",)
    assert addresses.street == ("Kaivokatu",)
    assert addresses.house_number == ("1",)
    assert (addresses.unit, addresses.postcode, addresses.city) == (
        ("B",),
        ("00100",),
        ("Helsinki",),
    )
    assert (addresses.lon[0], addresses.lat[0]) == pytest.approx((LON + 3e-4, LAT + 4e-4))


def test_a_building_is_placed_inside_its_outline(read):
    # A hook whose centre lies outside.
    corners = [(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (0, 1)]
    nodes = [node(10 + i, *corner) for i, corner in enumerate(corners)]
    building = way(7, [*range(10, 16), 10], tags=HOME | {"building": "yes"})
    addresses = read(*nodes, building).addresses
    outline = shapely.Polygon(np.array(corners) * 1e-4 + (LON, LAT))
    assert addresses.external_id == ("way/7",)
    assert outline.contains(shapely.Point(addresses.lon[0], addresses.lat[0]))


def test_a_multipolygon_with_a_courtyard_is_placed_on_the_building(read):
    outer, inner = square(10, 0, 0, side=10), square(20, 1, 1, side=8)
    ring = [way(7, [10, 11, 12, 13, 10]), way(8, [20, 21, 22, 23, 20])]
    members = [("w", 7, "outer"), ("w", 8, "inner")]
    relation = mutable.Relation(id=3, members=members, tags=HOME | {"type": "multipolygon"})
    addresses = read(*outer, *inner, *ring, relation).addresses
    assert addresses.external_id == ("relation/3",)
    courtyard = shapely.box(LON + 1e-4, LAT + 1e-4, LON + 9e-4, LAT + 9e-4)
    assert not courtyard.contains(shapely.Point(addresses.lon[0], addresses.lat[0]))


def test_a_multipolygon_without_its_ways_is_listed_as_skipped(read):
    tags = HOME | {"type": "multipolygon"}
    extract = read(mutable.Relation(id=3, members=[("w", 99, "outer")], tags=tags))
    assert [skip.external_id for skip in extract.skipped] == ["relation/3"]


def test_the_place_name_stands_in_for_a_street(read):
    extract = read(node(5, tags={"addr:place": "Suomenlinna", "addr:housenumber": "C 7"}))
    assert extract.addresses.street == ("Suomenlinna",)


def test_addresses_without_street_or_number_are_listed_as_skipped(read):
    extract = read(
        node(5, tags={"addr:housenumber": "7"}), node(6, tags={"addr:street": "Kaivokatu"})
    )
    assert extract.skipped == (
        ("node/5", "neither addr:street nor addr:place"),
        ("node/6", "no addr:housenumber"),
    )
    assert extract.skipped_counts().total() == 2
    assert "no addresses" in extract.warnings[0]


def test_one_address_drawn_as_entrance_and_building_becomes_one_with_the_details_of_both(read):
    building = way(7, [10, 11, 12, 13, 10], tags=HOME | {"addr:postcode": "00100"})
    extract = read(*square(10, 0, 0), building, node(5, tags=HOME | {"addr:flats": "1-3"}))
    assert extract.addresses.external_id == ("node/5",)
    assert extract.addresses.postcode == ("00100",)
    assert extract.addresses.doors_per_address().tolist() == [3]
    assert extract.merged_count == 1


@pytest.mark.parametrize(
    ("tags", "north"),
    [
        ({"addr:housenumber": "2"}, 0),
        ({"addr:unit": "B"}, 0),
        ({"addr:street": "Elsewhere"}, 0),
        ({}, 2.8),  # 31 m
    ],
)
def test_other_numbers_units_streets_and_distant_doors_stay_apart(read, tags, north):
    extract = read(node(5, tags=HOME), node(6, 0, north, tags=HOME | tags))
    assert len(extract.addresses.external_id) == 2
    assert extract.merged_count == 0


def test_doors_within_thirty_metres_merge_whatever_the_spelling(read):
    other = {"addr:street": "KAIVOKATU", "addr:housenumber": "1 a"}
    extract = read(
        node(5, tags=HOME | {"addr:housenumber": "1A"}), node(6, 0, 2.6, tags=HOME | other)
    )
    assert extract.merged_count == 1


def test_two_staircases_with_flats_of_their_own_stay_apart(read):
    extract = read(
        node(5, tags=HOME | {"addr:flats": "1-8"}),
        node(6, 0, 1, tags=HOME | {"addr:flats": "9-16"}),
    )
    assert extract.addresses.doors_per_address().tolist() == [8, 8]


@pytest.mark.parametrize(
    ("text", "flats"),
    [
        ("", ()),
        ("4", ("4",)),
        ("1-3;10", ("1", "2", "3", "10")),
        ("1-3, 2-4", ("1", "2", "3", "4")),
        ("A1-A3", ("A1", "A2", "A3")),
        ("a1-3", ("a1", "a2", "a3")),
        ("A-D", ("A", "B", "C", "D")),
        ("8-1", ("8-1",)),
        ("1-", ("1-",)),
        ("1-9999999", ("1-9999999",)),
        ("1-2000;1-9000", ("1-2000;1-9000",)),
        (";", ()),
    ],
)
def test_flats_are_spelled_out_and_nonsense_stays_one_door(text, flats):
    assert expand_flats(text) == flats


@given(st.text(max_size=30))
def test_any_flats_text_gives_a_bounded_list_of_distinct_labels(text):
    flats = expand_flats(text)
    assert len(set(flats)) == len(flats) <= 2000


def test_streets_are_split_where_they_meet(read):
    nodes = [node(1), node(2, 10), node(3, 20), node(4, 10, 10)]
    main, side = (
        way(1, [1, 2, 3], highway="residential", name="Main"),
        way(2, [2, 4], highway="path"),
    )
    streets = read(street=[*nodes, main, side]).streets
    assert sorted(zip(streets.way_id, streets.from_node, streets.to_node, strict=True)) == [
        (1, 1, 2),
        (1, 2, 3),
        (2, 2, 4),
    ]
    assert streets.name[:2] == ("Main", "Main")
    # A thousandth of a degree at 60.17° N: 55.5 m eastward, 111.4 m northward.
    assert streets.length_m == pytest.approx([55.5, 55.5, 111.4], abs=0.1)
    assert shapely.get_num_points(streets.geometry).tolist() == [2, 2, 2]


def test_a_loop_is_split_where_it_meets_itself(read):
    nodes = [node(1), *square(2, 5, 0)]
    streets = read(street=[*nodes, way(1, [1, 2, 3, 4, 5, 2], highway="service")]).streets
    assert list(zip(streets.from_node, streets.to_node, strict=True)) == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("tags", "walkable"),
    [
        ({"highway": "footway"}, True),
        ({"highway": "residential", "foot": "no"}, False),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "private", "foot": "yes"}, True),
        ({"highway": "trunk"}, False),
        ({"highway": "trunk", "foot": "yes"}, True),
    ],
)
def test_what_is_said_of_feet_decides_whether_one_may_walk(read, tags, walkable):
    streets = read(street=[node(1), node(2, 5), way(1, [1, 2], tags=tags)]).streets
    assert streets.walkable.tolist() == [walkable]


@pytest.mark.parametrize(
    ("tags", "crosses"),
    [
        ({"bridge": "yes"}, True),
        ({"bridge": "no"}, False),
        ({"tunnel": "yes"}, True),
        ({"tunnel": "building_passage"}, False),
    ],
)
def test_bridges_and_tunnels_cross_barriers(read, tags, crosses):
    tags = {"highway": "footway"} | tags
    streets = read(street=[node(1), node(2, 5), way(1, [1, 2], tags=tags)]).streets
    assert streets.crosses_barrier.tolist() == [crosses]


@pytest.mark.parametrize(
    ("tags", "kinds"),
    [
        ({"railway": "rail"}, ("railway",)),
        ({"railway": "subway", "tunnel": "yes"}, ()),
        ({"railway": "tram"}, ()),
        ({"waterway": "river", "name": "Vantaa"}, ("water",)),
        ({"waterway": "river", "tunnel": "culvert"}, ()),
        ({"natural": "coastline"}, ("water",)),
        ({"highway": "motorway"}, ("motorway",)),
    ],
)
def test_barriers_are_what_stops_a_walker(read, tags, kinds):
    assert read(node(3), node(4, 5), way(9, [3, 4], tags=tags)).barriers.kind == kinds


def test_a_lake_with_an_island_keeps_it(read):
    ring = [way(7, [10, 11, 12, 13, 10]), way(8, [20, 21, 22, 23, 20])]
    tags = {"type": "multipolygon", "natural": "water"}
    members = [("w", 7, "outer"), ("w", 8, "inner")]
    relation = mutable.Relation(id=3, members=members, tags=tags)
    barriers = read(*square(10, 0, 0, 10), *square(20, 3, 3), *ring, relation).barriers
    assert barriers.kind == ("water",)
    assert barriers.geometry[0].area == pytest.approx(99e-8, rel=1e-6)


def test_a_street_cut_by_the_border_keeps_its_pieces_and_is_listed(read):
    nodes = [node(1), node(2, 5), node(4, 15), node(5, 20)]
    extract = read(street=[*nodes, way(1, [1, 2, 3, 4, 5], highway="residential")])
    assert list(zip(extract.streets.from_node, extract.streets.to_node, strict=True)) == [
        (1, 2),
        (4, 5),
    ]
    assert extract.skipped[0].external_id == "way/1"


def test_other_highways_are_listed_as_skipped(read):
    extract = read(node(3), node(4, 5), way(9, [3, 4], highway="construction"))
    assert extract.skipped == (("way/9", "highway=construction is not a street"),)


@pytest.mark.parametrize("name", ["a.osm", "a.osm.bz2", "a.osm.gz", "a.osm.pbf"])
def test_every_usual_format_reads_the_same(read, name):
    extract = read(node(5, tags=HOME), name=name)
    assert extract.addresses.external_id == ("node/5",)
    assert extract.streets.way_id.tolist() == [1]


def test_every_cut_of_a_file_is_refused_by_name(tmp_path, read):
    read(node(5, tags=HOME))
    whole = (tmp_path / "town.osm.pbf").read_bytes()
    cut = tmp_path / "cut.osm.pbf"
    for size in range(len(whole)):
        cut.write_bytes(whole[:size])
        with pytest.raises(OsmFileError, match=r"cut\.osm\.pbf .*(Download|export)"):
            read_osm(cut)


@pytest.mark.parametrize("name", ["a.osm", "a.osm.bz2", "a.osm.gz"])
def test_cut_text_files_are_refused(tmp_path, read, name):
    read(node(5, tags=HOME), name=name)
    whole = (tmp_path / name).read_bytes()
    # The last bytes of XML may be no more than the line end.
    for size in range(len(whole.rstrip())):
        (tmp_path / name).write_bytes(whole[:size])
        with pytest.raises(OsmFileError, match=name):
            read_osm(tmp_path / name)


def test_a_cut_between_two_blocks_is_found_by_the_checksum(tmp_path):
    whole = HELSINKI.read_bytes()
    cut = tmp_path / HELSINKI.name
    # Relations stand in the last block; without it the file is valid, and shorter.
    cut.write_bytes(whole[: whole.rindex(b"\x0a\x07OSMData") - 4])
    assert "no multipolygons" in read_osm(cut).warnings[0]
    checksum = HELSINKI.with_name(HELSINKI.name + ".md5")
    cut.with_name(checksum.name).write_bytes(checksum.read_bytes())
    with pytest.raises(OsmFileError, match="checksum"):
        read_osm(cut)


def test_cuts_of_a_real_file_are_refused_without_its_checksum_too(tmp_path):
    whole = HELSINKI.read_bytes()
    cut = tmp_path / HELSINKI.name
    for size in range(0, len(whole), 997):
        cut.write_bytes(whole[:size])
        with pytest.raises(OsmFileError, match=HELSINKI.name):
            read_osm(cut)


@pytest.mark.parametrize(
    "content",
    [b"", b"id,street\n1,Main", b"\x00" * 500, b"\x1f\x8b junk", b"BZh91 junk", b"PK\x03\x04"],
)
def test_other_files_are_refused_by_name(tmp_path, content):
    path = tmp_path / "doors.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(OsmFileError, match=r"doors\.osm\.pbf"):
        read_osm(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.osm.pbf"):
        with pytest.raises(OsmFileError, match="is not there"):
            read_osm(path)


def test_a_file_without_streets_is_refused(read):
    with pytest.raises(OsmFileError, match="no streets"):
        read(node(5, tags=HOME), street=[])


def test_helsinki_holds_what_its_readme_says():
    seen = []
    extract = read_osm(HELSINKI, progress=seen.append)
    addresses, streets = extract.addresses, extract.streets
    assert (len(addresses.external_id), extract.merged_count) == (706, 743)
    assert len({len(column) for column in addresses}) == 1
    assert len({len(column) for column in streets}) == 1
    assert len(streets.way_id) == 4763
    assert streets.length_m.sum() == pytest.approx(101_359, abs=1)
    assert extract.skipped_counts()["neither addr:street nor addr:place"] == 19
    assert extract.bounds == pytest.approx((24.93518, 60.16416, 24.95341, 60.17911), abs=1e-5)
    assert extract.data_at == datetime(2019, 4, 21, 9, 50, 14, tzinfo=UTC)
    assert extract.attribution == ATTRIBUTION
    assert extract.warnings == ()


def test_the_checksum_beside_the_helsinki_file_is_its_own():
    digest = md5(HELSINKI.read_bytes(), usedforsecurity=False).hexdigest()
    assert HELSINKI.with_name(HELSINKI.name + ".md5").read_text() == f"{digest}  {HELSINKI.name}\n"
