from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from towns import grid_town, lines

from doorstep.algorithms.cutting import Doors, Effort, Goal, Ground, cut_in_parts, cut_turfs
from doorstep.algorithms.cutting.parts import rows_of_parts

QUICK = Effort(steps_per_turf=200, rounds=4, kicks=50)
APART_M = 3_000.0


def state(tiles=4, columns=10, rows=6):
    """So many towns side by side, with fields between them."""
    doors, ground = grid_town(columns, rows)
    moves = [np.array([at * APART_M, 0.0]) for at in range(tiles)]
    xy = np.concatenate([doors.xy + move for move in moves])
    edges = [shapely.transform(ground.edges, lambda xy, move=move: xy + move) for move in moves]
    return Doors(xy=xy), Ground(edges=np.concatenate(edges)), (doors, ground)


def test_parts_are_as_good_as_each_town_alone():
    doors, ground, (town, streets) = state()
    goal = Goal(doors=40)
    alone = cut_turfs(town, streets, goal, effort=QUICK)
    with ThreadPoolExecutor(2) as executor:
        cut = cut_in_parts(
            doors, ground, goal, executor, most_doors=len(town.xy), effort=QUICK
        )  # fmt: skip
    assert (cut.turf >= 0).all()
    assert np.bincount(cut.turf).tolist() == cut.doors.tolist()
    for turf in range(len(cut.outlines)):
        assert sorted(cut.seq[cut.turf == turf]) == list(range((cut.turf == turf).sum()))
    away = shapely.distance(cut.outlines[cut.turf], shapely.points(doors.xy))
    assert away.max() < 0.25
    figures, wished = cut.figures, alone.figures
    assert figures["turf_count"] == len(cut.outlines) == 4 * wished["turf_count"]
    assert figures["balanced_share"] == wished["balanced_share"] == 1
    assert figures["walk_m"] == pytest.approx(4 * wished["walk_m"], rel=0.02)
    assert figures["walk_per_bound"] == pytest.approx(wished["walk_per_bound"], rel=0.02)
    assert set(figures) == set(wished)


def test_parts_end_where_the_map_is_empty_and_the_same_whoever_cuts_them():
    doors, ground, (town, _) = state()
    rows = rows_of_parts(doors, ground.boundaries, 1_000)
    tiles = [np.unique(doors.xy[part, 0] // APART_M) for part in rows]
    assert all(len(tile) == 1 for tile in tiles)
    assert sorted(np.concatenate(rows)) == list(range(len(doors.xy)))
    digests = []
    for workers in (1, 3):
        with ThreadPoolExecutor(workers) as executor:
            cut = cut_in_parts(
                doors, ground, Goal(), executor, most_doors=len(town.xy),
                effort=Effort(steps_per_turf=20, rounds=2, kicks=10),
            )  # fmt: skip
        digests.append((cut.turf.tolist(), cut.seq.tolist()))
    assert digests[0] == digests[1]


def test_an_address_and_what_lies_within_one_boundary_stay_together():
    doors, _, _ = state(tiles=2)
    halves = lines(shapely.box(-100, -100, 1_700, 900), shapely.box(1_700, -100, 9_000, 900))
    address = np.arange(len(doors.xy))
    address[[0, -1]] = 0
    joined = Doors(xy=doors.xy, address=address)
    part = np.empty(len(address), np.intp)
    for at, rows in enumerate(rows_of_parts(joined, Ground().boundaries, 100)):
        assert len(rows) <= 110
        part[rows] = at
    assert part[0] == part[-1]
    by_boundary = rows_of_parts(doors, halves, len(doors.xy) // 2)
    assert [len(rows) for rows in by_boundary] == [len(doors.xy) // 2] * 2


def test_doors_left_over_and_turfs_too_small_keep_their_place_in_the_whole():
    doors, ground, _ = state(tiles=2, columns=2, rows=1)
    xy = doors.xy.copy()
    xy[len(xy) - 1] = np.nan
    with ThreadPoolExecutor(1) as executor:
        cut = cut_in_parts(
            Doors(xy=xy), ground, Goal(doors=5_000), executor, most_doors=len(xy) // 2
        )
    assert list(cut.left_over) == [len(xy) - 1]
    assert cut.undersized == [0, 1]
    assert sum("smaller than wished" in note for note in cut.notes) == 1
    assert cut.notes[-1].startswith("2 turfs")


def test_nothing_to_cut_is_no_turf():
    with ThreadPoolExecutor(1) as executor:
        cut = cut_in_parts(Doors(xy=np.full((3, 2), np.nan)), Ground(), Goal(), executor)
    assert sorted(cut.left_over) == [0, 1, 2]
    assert cut.figures["turf_count"] == 0


def test_what_progress_raises_stops_the_work():
    doors, ground, _ = state(tiles=2, columns=2, rows=1)

    class EnoughError(Exception):
        pass

    def stop(share, stage):
        raise EnoughError

    with ThreadPoolExecutor(1) as executor, pytest.raises(EnoughError):
        cut_in_parts(doors, ground, Goal(), executor, most_doors=20, progress=stop)
