"""`doorstep cut` in parts: four tiles of a town, cut by a local cluster and by processes."""

import csv
import json
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from doorstep.algorithms import cutting
from doorstep.algorithms.cutting import parts
from doorstep.cli import cli
from doorstep.commands import cutting_parts
from doorstep.commands.screen import CommandError

TILES, ROWS, COLUMNS = 4, 12, 30
STEP = 0.0003
"""Degrees between houses: 33 m at the equator."""
ONE_TILE = ROWS * COLUMNS


@pytest.fixture
def tiles(tmp_path):
    """Four towns a quarter of a degree apart: a file of all, and one of the first alone."""
    lines = [
        f"{tile}-{row}-{column},{10 + 0.25 * tile + STEP * column},{STEP * row}"
        for tile in range(TILES)
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]
    every, one = tmp_path / "state.csv", tmp_path / "town.csv"
    every.write_text("\n".join(["door_id,lon,lat", *lines, ""]))
    one.write_text("\n".join(["door_id,lon,lat", *lines[:ONE_TILE], ""]))
    return every, one


@pytest.fixture
def run(tmp_path):
    def run(doors, *more):
        out, report = tmp_path / "turfs.csv", tmp_path / "report.json"
        words = ["cut", "--doors", doors, "--out", out, "--report", report, "--quick"]
        done = CliRunner().invoke(cli, [*map(str, words), "--doors-per-turf", "40", *more])
        assert done.exit_code == 0, done.output
        with out.open(newline="") as file:
            rows = list(csv.DictReader(file))
        return rows, json.loads(report.read_bytes())["figures"]

    return run


@pytest.fixture
def scheduler():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        host="127.0.0.1",
        protocol="tcp",
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        dashboard_address="127.0.0.1:0",
    ) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_cuts_four_tiles_as_well_as_one(tiles, run, scheduler, monkeypatch):
    monkeypatch.setattr(parts, "MOST_DOORS", ONE_TILE)
    every, one = tiles
    _, alone = run(one)
    rows, figures = run(every, "--dask", scheduler)
    assert len(rows) == TILES * ONE_TILE
    assert all(row["turf_id"] for row in rows)
    tile = np.array([row["door_id"].partition("-")[0] for row in rows])
    turf = np.array([row["turf_id"] for row in rows])
    assert all(len(np.unique(tile[turf == one])) == 1 for one in np.unique(turf))
    held = np.unique(turf, return_counts=True)[1]
    assert 36 <= held.min() <= held.max() <= 44
    assert figures["turf_count"] == TILES * alone["turf_count"]
    assert figures["balanced_share"] == alone["balanced_share"] == 1
    assert figures["walk_per_bound"] <= 1.02 * alone["walk_per_bound"]
    assert figures["one_piece_share"] >= alone["one_piece_share"] - 0.02


def test_processes_of_this_machine_cut_a_part_elsewhere():
    with cutting_parts.workers(None) as executor:
        doors = cutting.Doors(xy=np.arange(24.0).reshape(12, 2))
        goal = cutting.Goal(doors=12)
        cut = cutting.cut_in_parts(doors, cutting.Ground(), goal, executor)
    assert cut.turf.tolist() == [0] * 12


def test_a_scheduler_that_does_not_answer_is_named_with_the_remedy(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cutting_parts, "CONNECT_S", 0.2)
    with (
        pytest.raises(CommandError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"),
        cutting_parts.workers("tcp://127.0.0.1:9"),
    ):
        pass


def test_without_dask_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(CommandError, match=r"doorstep\[scale\]"),
        cutting_parts.workers("tcp://127.0.0.1:8786"),
    ):
        pass
