"""`doorstep cut` from the outside: files in, files out, and what it says of bad ones."""

import csv
import gzip
import itertools
import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from doorstep.cli import cli
from doorstep.commands import cutting
from doorstep.commands.cutting_picture import TINTS, ranges, round_length, tints_of
from doorstep.imports.osm import read_osm

HELSINKI = Path(__file__).parents[2] / "geo" / "helsinki.osm.pbf"
STEP = 0.0004
"""Degrees between houses: 45 m at the equator, where the town lies if nothing else is said."""
NAMES = ["High Street", "Mill Lane", "Church Road", "Station Road", "King St", "Queen St"]


class Town:
    """Six streets from west to east with houses on both sides, and a river across them."""

    def __init__(self, folder, west=10.0, south=0.0, houses=20):
        self.folder, self.west, self.south, self.houses = folder, west, south, houses
        self.rows = [
            (
                f"{len(NAMES) * at + row:05}",
                self.lon(at),
                south + row * 2 * STEP + side * STEP / 4,
                NAMES[row],
            )
            for row in range(len(NAMES))
            for at in range(houses)
            for side in (-1, 1)
            if side == 1 or at % 2
        ]
        self.rows = [(f"{n:05}", *row[1:]) for n, row in enumerate(self.rows)]

    def lon(self, at):
        lon = self.west + at * STEP
        return lon - 360 if lon > 180 else lon

    def doors(self, name="doors.csv", rows=None, header="door_id,lon,lat,street"):
        lines = [",".join(map(str, row)) for row in (self.rows if rows is None else rows)]
        text = "\n".join([header, *lines, ""])
        path = self.folder / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    def network(self, name="map.gpkg", bridge=False, crs="EPSG:4326"):
        """Streets between the houses of a row, and one street up each side of the river."""
        lines, names = [], []
        at_river = self.houses // 2
        for row, street in enumerate(NAMES):
            y = self.south + row * 2 * STEP
            for a, b in ((0, at_river - 1), (at_river, self.houses - 1)):
                cuts = [(self.lon(at), y) for at in range(a, b + 1)]
                lines += [shapely.LineString(pair) for pair in itertools.pairwise(cuts)]
                names += [street.upper()] * (b - a)
        for at in (0, at_river - 1, at_river, self.houses - 1):
            ys = [self.south + row * 2 * STEP for row in range(len(NAMES))]
            ups = [(self.lon(at), y) for y in ys]
            lines += [shapely.LineString(pair) for pair in itertools.pairwise(ups)]
            names += [None] * (len(ys) - 1)
        allowed = ["no"] * len(lines)
        if bridge:
            y = self.south
            lines.append(shapely.LineString([(self.lon(at_river - 1), y), (self.lon(at_river), y)]))
            names.append("Bridge St")
            allowed.append("yes")
        frame = gpd.GeoDataFrame(
            {"name": names, "footbridge": allowed}, geometry=lines, crs="EPSG:4326"
        )
        pyogrio.write_dataframe(frame.to_crs(crs), self.folder / name, layer="streets")
        return f"{self.folder / name}:streets"

    def river(self, name="river.geojson"):
        x = self.lon(self.houses // 2) - STEP / 2
        x = x if x > -180 else x + 360
        line = shapely.LineString([(x, self.south - 0.01), (x, self.south + 0.02)])
        frame = gpd.GeoDataFrame({"kind": ["water"]}, geometry=[line], crs="EPSG:4326")
        pyogrio.write_dataframe(frame, self.folder / name)
        return self.folder / name

    def side(self, lon):
        x = self.lon(self.houses // 2) - STEP / 2
        return (lon - x + 180) % 360 - 180 > 0


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")

    def run(*arguments):
        out = tmp_path / "turfs.csv"
        words = ["cut", *map(str, arguments)]
        if "--out" not in words:
            words += ["--out", str(out)]
        return CliRunner().invoke(cli, [*words, "--quick"])

    return run


@pytest.fixture
def fails(run, tmp_path):
    def fails(*arguments):
        done = run(*arguments)
        assert done.exit_code == 1, done.output
        assert not (tmp_path / "turfs.csv").exists()
        assert not list(tmp_path.glob(".doorstep-*"))
        return " ".join(done.output.split())

    return fails


def turfs(folder, name="turfs.csv"):
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def check_whole(town, rows, size):
    """Every door once in input order; each turf walked from 0 without a gap, and of the size."""
    assert [row["door_id"] for row in rows] == [row[0] for row in town.rows]
    held = {}
    for row in rows:
        held.setdefault(row["turf_id"], []).append(int(row["seq"]))
    assert sorted(held, key=int) == [str(at + 1) for at in range(len(held))]
    for walk in held.values():
        assert sorted(walk) == list(range(len(walk)))
    return [len(walk) for walk in held.values() if not 0.9 * size <= len(walk) <= 1.1 * size]


def test_a_town_is_cut_with_everything_written(town, run, tmp_path):
    extra = {name: tmp_path / f"turfs.{name}" for name in ("gpkg", "png", "json")}
    done = run(
        "--doors", town.doors(), "--network", town.network(), "--barriers", town.river(),
        "--doors-per-turf", 15, "--staging", "10.001,0.001", "--polygons", extra["gpkg"],
        "--picture", extra["png"], "--report", extra["json"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    first = (tmp_path / "turfs.csv").read_text().splitlines()[0]
    assert first == "door_id,lon,lat,turf_id,seq"
    rows = turfs(tmp_path)
    assert check_whole(town, rows, 15) == []
    sides = {}
    for row in rows:
        sides.setdefault(row["turf_id"], set()).add(town.side(float(row["lon"])))
    assert all(len(side) == 1 for side in sides.values()), "no turf lies astride the river"
    check_polygons(extra["gpkg"], rows)
    assert extra["png"].read_bytes().startswith(b"\x89PNG")
    report = json.loads(extra["json"].read_bytes())
    assert report["figures"]["crossing_leg_count"] == 0
    assert [one["turf_id"] for one in report["turfs"]] == sorted(sides, key=int)
    assert sum(one["doors"] for one in report["turfs"]) == len(town.rows)
    assert report["left_over"] == []
    assert report["options"]["doors"] == "doors.csv", "no folder of this machine"
    assert str(tmp_path) not in extra["json"].read_text()


def check_polygons(path, rows):
    areas = pyogrio.read_dataframe(path)
    assert list(areas.columns) == ["turf_id", "name", "doors", "minutes", "walk_m", "geometry"]
    assert areas.crs.to_epsg() == 4326
    assert areas.geometry.is_valid.all()
    shape_of = dict(zip(areas["turf_id"].astype(str), areas.geometry, strict=True))
    for row in rows:
        place = shapely.Point(float(row["lon"]), float(row["lat"]))
        assert {one for one, shape in shape_of.items() if shape.covers(place)} == {row["turf_id"]}
    streets = "|".join(NAMES)
    for name, turf in zip(areas["name"], areas["turf_id"], strict=True):
        assert re.fullmatch(f"({streets}) · {turf}", name)
    return areas


def test_the_same_input_gives_the_same_bytes_and_another_seed_is_heard(town, run, tmp_path):
    made = []
    for turn in ("a", "b", "c"):
        files = {
            one: tmp_path / f"{turn}.{one}" for one in ("csv", "gpkg", "geojson", "png", "json")
        }
        for kind in ("gpkg", "geojson"):
            done = run(
                "--doors", town.doors(), "--network", town.network(), "--out", files["csv"],
                "--doors-per-turf", 12, "--polygons", files[kind], "--picture", files["png"],
                "--report", files["json"], "--seed", 8 if turn == "c" else 7,
            )  # fmt: skip
            assert done.exit_code == 0, done.output
        made.append({kind: path.read_bytes() for kind, path in files.items()})
    for kind in made[0]:
        assert made[0][kind] == made[1][kind], kind
    assert json.loads(made[2]["json"])["options"]["seed"] == 8


def test_a_crossing_is_used_only_where_the_organizer_allows_it(tmp_path, run):
    town = Town(tmp_path, houses=6)
    doors, river = town.doors(), town.river()
    network = town.network(bridge=True)
    cut = "--doors", doors, "--network", network, "--barriers", river, "--doors-per-turf", 200
    assert run(*cut).exit_code == 0
    apart = {town.side(float(row["lon"])): row["turf_id"] for row in turfs(tmp_path)}
    assert apart[True] != apart[False]
    done = run(*cut, "--allow-crossing", "footbridge")
    assert done.exit_code == 0, done.output
    assert len({row["turf_id"] for row in turfs(tmp_path)}) == 1


def test_boundaries_keep_turfs_within_and_name_doors_outside(town, run, tmp_path):
    north = town.south + 5 * STEP
    boxes = [
        shapely.box(town.west - 1, town.south - 1, town.west + 1, north),
        shapely.box(town.west - 1, north, town.west + 1, town.south + 9 * STEP),
    ]
    frame = gpd.GeoDataFrame({"precinct": ["1-1", "1-2"]}, geometry=boxes, crs="EPSG:4326")
    pyogrio.write_dataframe(frame.to_crs("EPSG:3857"), tmp_path / "precincts.gpkg")
    done = run(
        "--doors", town.doors(), "--boundaries", tmp_path / "precincts.gpkg",
        "--doors-per-turf", 15, "--report", tmp_path / "r.json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "r.json").read_bytes())
    outside = {row[0] for row in town.rows if row[2] > town.south + 9 * STEP}
    assert outside
    assert {one["door_id"]: one["reason"] for one in report["left_over"]} == dict.fromkeys(
        outside, "It lies outside all boundaries."
    )
    sides = {}
    for row in turfs(tmp_path):
        if row["door_id"] in outside:
            assert row["turf_id"] == row["seq"] == ""
        else:
            sides.setdefault(row["turf_id"], set()).add(float(row["lat"]) > north)
    assert all(len(side) == 1 for side in sides.values())


@pytest.mark.parametrize(("west", "south"), [(179.996, -17.8), (18.4, -33.9), (-70.9, -53.1)])
def test_towns_at_the_antimeridian_and_in_the_south_are_cut_alike(tmp_path, run, west, south):
    town = Town(tmp_path, west=west, south=south)
    areas = tmp_path / "turfs.geojson"
    done = run(
        "--doors", town.doors(), "--network", town.network(), "--barriers", town.river(),
        "--doors-per-turf", 15, "--polygons", areas, "--picture", tmp_path / "turfs.png",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    rows = turfs(tmp_path)
    assert check_whole(town, rows, 15) == []
    for shape in check_polygons(areas, rows).geometry:
        for part in shapely.get_parts(shape):
            assert part.bounds[2] - part.bounds[0] < 1, "no area runs around the earth"


def test_minutes_are_a_size_as_well(town, run, tmp_path):
    done = run("--doors", town.doors(), "--network", town.network(), "--minutes", 45,
               "--report", tmp_path / "r.json")  # fmt: skip
    assert done.exit_code == 0, done.output
    table = json.loads((tmp_path / "r.json").read_bytes())["turfs"]
    assert all(40 <= one["minutes"] <= 50 for one in table)


def test_slower_volunteers_get_smaller_turfs(town, run, tmp_path):
    counts = []
    for more in ((), ("--pace", "walk=60,knock=4")):
        report = tmp_path / "report.json"
        done = run("--doors", town.doors(), "--minutes", 40, "--report", report, *more)
        assert done.exit_code == 0, done.output
        told = json.loads(report.read_text())
        counts.append(len(told["turfs"]))
    assert told["options"]["pace"] == {
        "walk_m_per_min": 60, "knock_min": 4, "entry_min": 1, "unit_min": 1.5
    }  # fmt: skip
    assert counts[1] > 1.4 * counts[0]


def test_without_a_network_it_says_so(town, run, tmp_path):
    done = run("--doors", town.doors(), "--report", tmp_path / "r.json")
    assert done.exit_code == 0, done.output
    assert "straight lines" in done.output
    notes = json.loads((tmp_path / "r.json").read_bytes())["notes"]
    assert sum("straight lines" in note for note in notes) == 1


def test_doors_come_in_many_kinds_of_file_and_are_cut_alike(town, run, tmp_path):
    table = pl.DataFrame(town.rows, schema=["door_id", "lon", "lat", "street"], orient="row")
    points = gpd.GeoDataFrame(
        {"door_id": table["door_id"].to_list(), "street": table["street"].to_list()},
        geometry=gpd.points_from_xy(table["lon"].to_numpy(), table["lat"].to_numpy()),
        crs="EPSG:4326",
    )
    table.write_parquet(tmp_path / "doors.parquet")
    pyogrio.write_dataframe(points, tmp_path / "doors.geojson")
    pyogrio.write_dataframe(points.to_crs("EPSG:32632"), tmp_path / "doors.gpkg", layer="doors")
    other = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs="EPSG:4326")
    pyogrio.write_dataframe(other, tmp_path / "doors.gpkg", layer="other", append=True)
    network, seen = town.network(), []
    for source in (
        town.doors(), town.doors("doors.csv.gz"), tmp_path / "doors.parquet",
        tmp_path / "doors.geojson", f"{tmp_path / 'doors.gpkg'}:doors",
    ):  # fmt: skip
        done = run("--doors", source, "--network", network, "--doors-per-turf", 15)
        assert done.exit_code == 0, done.output
        rows = turfs(tmp_path)
        assert rows[0]["door_id"] == "00000", "an id is text: its zeros stay"
        seen.append([(row["door_id"], row["turf_id"]) for row in rows])
    assert all(len({turf for _, turf in one}) == len({turf for _, turf in seen[0]}) for one in seen)
    assert seen[0] == seen[1] == seen[2]


def test_doors_without_a_place_are_left_over_with_the_reason(town, run, tmp_path):
    spoilt = {
        3: ("", ""),
        5: ("nan", "0.1"),
        7: ("0.001", "10.001"),
        9: ("512", "99"),
        11: ("x", "1"),
    }
    spoilt[7] = ("-150", "60")
    rows = [(row[0], *spoilt.get(at, row[1:3]), row[3]) for at, row in enumerate(town.rows)]
    done = run(
        "--doors", town.doors(rows=rows), "--doors-per-turf", 15, "--report", tmp_path / "r.json"
    )
    assert done.exit_code == 0, done.output
    found = {
        int(one["door_id"]): one["reason"]
        for one in json.loads((tmp_path / "r.json").read_bytes())["left_over"]
    }
    assert sorted(found) == sorted(spoilt)
    assert "lon and lat are empty" in found[3]
    assert "lon is empty" in found[5]
    assert "1,000 km from the other doors" in found[7]
    assert "lon 512, lat 99 is no place" in found[9]
    assert "lon x" in found[11]
    written = turfs(tmp_path)
    assert [row["door_id"] for row in written] == [row[0] for row in town.rows]
    for at in spoilt:
        assert written[at]["turf_id"] == written[at]["seq"] == ""
    assert written[3]["lon"] == written[11]["lon"] == ""


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_few_doors_are_one_turf(town, run, tmp_path, count):
    done = run(
        "--doors", town.doors(rows=town.rows[:count]), "--network", town.network(),
        "--polygons", tmp_path / "t.gpkg", "--picture", tmp_path / "t.pdf",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert [(row["turf_id"]) for row in turfs(tmp_path)] == ["1"] * count


def test_a_tower_is_peeled_by_floors_and_its_turfs_share_a_spot(town, run, tmp_path):
    tower = [
        (f"t{unit}", 10.002, 0.002, "High Street", unit // 4 + 1, f"{unit % 4}")
        for unit in range(64)
    ]
    rows = [*((*row, "", "") for row in town.rows), *tower]
    doors = town.doors(rows=rows, header="door_id,lon,lat,street,floor,unit")
    done = run("--doors", doors, "--network", town.network(), "--doors-per-turf", 20,
               "--polygons", tmp_path / "t.gpkg", "--picture", tmp_path / "t.png")  # fmt: skip
    assert done.exit_code == 0, done.output
    floors = {}
    for row, door in zip(turfs(tmp_path), rows, strict=True):
        if row["door_id"].startswith("t"):
            floors.setdefault(row["turf_id"], []).append((int(row["seq"]), door[4]))
    assert len(floors) >= 3
    cuts = turfs(tmp_path)
    areas = pyogrio.read_dataframe(tmp_path / "t.gpkg").set_index("turf_id").geometry
    assert areas.is_valid.all()
    for row in cuts:
        place = shapely.Point(float(row["lon"]), float(row["lat"]))
        within = {turf for turf, shape in areas.items() if shape.covers(place)}
        assert within == (set(floors) if row["turf_id"] in floors else {row["turf_id"]})
    square_m = areas.to_crs("EPSG:32632")
    for one, other in itertools.combinations(square_m, 2):
        assert one.intersection(other).area < 1e-6
    for walk in floors.values():
        climbed = [floor for _, floor in sorted(walk)]
        assert climbed == sorted(climbed), "floors are walked in order"


def test_an_openstreetmap_extract_gives_streets_and_barriers(run, tmp_path):
    addresses = read_osm(HELSINKI).addresses
    near = np.argsort(np.hypot((addresses.lon - 24.946) / 2, addresses.lat - 60.167))[:120]
    rows = [(at, addresses.lon[at], addresses.lat[at], addresses.street[at]) for at in near]
    doors = tmp_path / "doors.csv"
    pl.DataFrame(rows, schema=["door_id", "lon", "lat", "street"], orient="row").write_csv(doors)
    done = run(
        "--doors", doors, "--network", HELSINKI, "--barriers", HELSINKI, "--allow-crossing",
        "bridge", "--doors-per-turf", 20, "--picture", tmp_path / "t.png", "--report",
        tmp_path / "r.json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "r.json").read_bytes())
    assert report["attribution"] == "© OpenStreetMap contributors"
    assert report["options"]["network"] == ["helsinki.osm.pbf"]
    assert len(report["turfs"]) == 6
    assert report["figures"]["stretch"] > 1, "walks follow streets"


def test_an_id_that_all_share_is_no_address(town, run, tmp_path):
    rows = [(*row, "0", "0") for row in town.rows]
    doors = town.doors(rows=rows, header="door_id,lon,lat,street,address_id,household_id")
    done = run("--doors", doors, "--network", town.network(), "--doors-per-turf", 15)
    assert done.exit_code == 0, done.output
    assert "address_id such as '0'" in done.output
    assert "household_id such as '0'" in done.output
    assert check_whole(town, turfs(tmp_path), 15) == []


def test_a_missing_column_is_named_with_those_there(town, fails):
    said = fails("--doors", town.doors(header="id,lon,lat,street"))
    assert "no column door_id" in said
    assert "id, lon, lat, street" in said


def test_twice_the_same_id_is_named_with_its_rows(town, fails):
    rows = list(town.rows)
    rows[4] = (rows[1][0], *rows[4][1:])
    assert "00001 (rows 3, 6)" in fails("--doors", town.doors(rows=rows))


def test_an_empty_id_is_named_with_its_row(town, fails):
    rows = [town.rows[0], ("", *town.rows[1][1:]), *town.rows[2:]]
    assert "door_id is empty in row 3" in fails("--doors", town.doors(rows=rows))


def test_doors_without_any_place_are_refused(town, fails):
    rows = [(row[0], row[1] * 100_000, row[2] + 1_000, row[3]) for row in town.rows]
    assert "no door has a position. Row 2: lon" in fails("--doors", town.doors(rows=rows))


def test_a_wrong_weight_is_named_with_its_row(town, fails):
    rows = [(*row, "0" if at == 2 else "1") for at, row in enumerate(town.rows)]
    doors = town.doors(rows=rows, header="door_id,lon,lat,street,weight")
    assert "weight is '0' in row 4" in fails("--doors", doors)


def test_what_is_no_file_or_has_no_doors_is_refused(town, fails, tmp_path):
    assert "there is no file" in fails("--doors", tmp_path / "none.csv")
    assert "is a folder" in fails("--doors", tmp_path)
    (tmp_path / "empty.csv").write_text("")
    assert "The file is empty" in fails("--doors", tmp_path / "empty.csv")
    assert "no rows" in fails("--doors", town.doors(rows=[]))
    (tmp_path / "doors.pdf").write_bytes(b"%PDF-1.7 ...")
    assert "PDF" in fails("--doors", tmp_path / "doors.pdf")


def test_a_wrong_layer_is_answered_with_those_there(town, fails, tmp_path):
    network = town.network().removesuffix(":streets")
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(10, 0)], crs="EPSG:4326")
    pyogrio.write_dataframe(frame, network, layer="benches", append=True)
    doors = "--doors", town.doors()
    said = fails(*doors, "--network", network)
    assert "several layers: streets, benches" in said
    assert "has no layer roads, but: streets, benches" in fails(
        *doors, "--network", f"{network}:roads"
    )
    assert "holds Point" in fails(*doors, "--network", f"{network}:benches")
    assert "holds Point" in fails(*doors, "--barriers", f"{network}:benches")
    assert "holds LineString" in fails(*doors, "--boundaries", f"{network}:streets")
    (tmp_path / "bad.gpkg").write_bytes(b"nothing of the kind")
    assert "broken or no map file" in fails(*doors, "--network", tmp_path / "bad.gpkg")
    (tmp_path / "bad.geojson").write_text("{}")
    assert "cannot be read as a map layer" in fails(*doors, "--barriers", tmp_path / "bad.geojson")
    (tmp_path / "bad.osm.pbf").write_bytes(b"nothing of the kind")
    assert "not OpenStreetMap data" in fails(*doors, "--network", tmp_path / "bad.osm.pbf")


def test_a_map_of_another_place_is_refused(town, fails, tmp_path):
    (tmp_path / "far").mkdir()
    away = Town(tmp_path / "far", west=20.0)
    assert "no line within 1 km of the doors" in fails(
        "--doors", town.doors(), "--network", away.network()
    )
    box = gpd.GeoDataFrame(geometry=[shapely.box(20, 0, 21, 1)], crs="EPSG:4326")
    pyogrio.write_dataframe(box, tmp_path / "box.geojson")
    said = fails("--doors", town.doors(), "--boundaries", tmp_path / "box.geojson")
    assert "no door lies in an area" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--minutes", "60", "--doors-per-turf", "50"], "one of the two"),
        (["--doors-per-turf", "0"], "above 0"),
        (["--minutes", "-5"], "above 0"),
        (["--minutes", "nan"], "above 0"),
        (["--staging", "10"], "not LON,LAT"),
        (["--staging", "nan,1"], "no place on the globe"),
        (["--staging", "0,99"], "no place on the globe"),
        (["--polygons", "turfs.shp"], "must end in .gpkg or .geojson"),
        (["--picture", "nowhere/turfs.png"], "no folder nowhere"),
    ],
)
def test_options_that_mean_nothing_are_refused(town, fails, options, message):
    assert message in fails("--doors", town.doors(), *options)


def test_no_file_is_written_over_another(town, fails, tmp_path):
    doors = town.doors()
    before = doors.read_bytes()
    assert "named twice" in fails("--doors", doors, "--out", doors)
    assert doors.read_bytes() == before
    report = tmp_path / "a.json"
    doubled = tmp_path / "sub" / ".." / "a.json"
    (tmp_path / "sub").mkdir()
    (tmp_path / "net.json").symlink_to(report)
    assert "--allow-crossing" in fails(
        "--doors",
        doors,
        "--network",
        town.network(),
        "--allow-crossing",
        "none",
        "--report",
        doubled,
    )


@pytest.mark.parametrize("at", ["drafting", "picture"])
def test_an_interrupt_leaves_nothing_half_written(town, run, tmp_path, monkeypatch, at):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cutting, "cut_turfs" if at == "drafting" else "draw", stop)
    before = b"earlier work"
    (tmp_path / "turfs.csv").write_bytes(before)
    doors = town.doors()
    there = sorted(path.name for path in tmp_path.iterdir())
    done = run("--doors", doors, "--picture", tmp_path / "turfs.png")
    assert done.exit_code == 130
    assert "Nothing was written" in done.output
    assert (tmp_path / "turfs.csv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == there


def test_neighbours_have_different_colours():
    boxes = np.array(
        [
            shapely.box(x * 100, y * 100, x * 100 + 100, y * 100 + 100)
            for x in range(9)
            for y in range(9)
        ],
        np.object_,
    )
    tints = tints_of(boxes)
    assert set(tints) <= set(range(len(TINTS)))
    for one, first in enumerate(boxes):
        for other in range(one):
            if first.distance(boxes[other]) < 1:
                assert tints[one] != tints[other]


def test_numbers_and_lengths_are_written_as_people_do():
    assert ranges([7, 3, 5, 6]) == "3, 5–7"  # noqa: RUF001
    assert ranges([4]) == "4"
    assert [round_length(one) for one in (1.0, 49, 260, 5_000)] == [1, 20, 200, 5_000]
