"""Cutting turf in Cambridge, against what one would take from a shelf.

A kd split, METIS on the triangulation of the doors without links across barriers, and k-means with
bounds on the sizes on a part of the city. All turfs are walked in our order and measured alike; a
leg across a barrier counts as the way it guesses, so that nobody's walk drowns in penalties.
METIS and k-means are left out where pymetis and k-means-constrained are not installed.

The order within turfs is held against LKH (Helsgaun 2000) from the same first door, where elkai is
installed: a yardstick only, as its licence is not for everyone's use.
"""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import shapely
from harness import report

from doorstep.algorithms.cutting import (
    Doors,
    Effort,
    Goal,
    Ground,
    Pace,
    cut_turfs,
    recut,
    walk_turf,
)
from doorstep.algorithms.cutting.distances import metric_of
from doorstep.algorithms.cutting.measure import measure
from doorstep.algorithms.cutting.metric import BLOCKED_M, legs_m, matrix_m
from doorstep.algorithms.cutting.path import path_m, shortest_path
from doorstep.algorithms.cutting.stops import stops_of
from doorstep.algorithms.cutting.surroundings import neighbours, plane_of, sparse_rows
from doorstep.commands.cutting import QUICK
from doorstep.commands.cutting_doors import read_town
from doorstep.commands.cutting_files import Source
from doorstep.commands.cutting_ground import Layers, read_land

DATA = Path(__file__).parents[1].parent / "shared" / "data"
GOAL = Goal(doors=50.0)
SUBSET = 4_000
AROUND_M = 700.0
SMALLEST = 5
"""Stops that a walk must have to be compared."""
WALK_GOAL = 0.65
"""Of the walk of a kd split."""
ORDERED, RUNS = 60, 3
"""Turfs whose order is compared, and runs of LKH of which the best counts."""
CM = 100
DONE_SHARE, MINUTES = 0.3, 120.0
"""Doors that are done before leftovers are cut again, and the size of turfs then, beside `GOAL`."""
HEAD = (
    "", "cut s", "turfs", "m/door", "÷ bound", "±10 %", "split", "one piece", "foreign", "radius m"
)  # fmt: skip


class City:
    """Doors on their ground, in metres."""

    def __init__(self, doors: Doors, ground: Ground) -> None:
        self.doors, self.ground = doors, ground
        self._edges = shapely.STRtree(ground.edges)
        self._barriers = shapely.STRtree(ground.barriers)

    def part(self, rows: Any) -> "City":
        """The city with some of its doors."""
        own = {
            name: None if value is None else value[rows] for name, value in vars(self.doors).items()
        }
        return City(Doors(**own), self.ground)

    def ordered(self, turf: Any) -> Any:
        """Place of each door in the walk of its turf."""
        seq = np.zeros(len(turf), np.intp)
        for at in range(int(turf.max()) + 1):
            rows = np.flatnonzero(turf == at)
            walk = walk_turf(Doors(xy=self.doors.xy[rows]), self._near(rows))
            seq[rows[walk.order]] = np.arange(len(rows))
        return seq

    def _near(self, rows: Any) -> Ground:
        """The ground around some doors."""
        low, high = self.doors.xy[rows].min(axis=0), self.doors.xy[rows].max(axis=0)
        box = shapely.box(*(low - AROUND_M), *(high + AROUND_M))
        edges = np.sort(self._edges.query(box))
        return Ground(
            edges=self.ground.edges[edges],
            barriers=self.ground.barriers[np.sort(self._barriers.query(box))],
        )

    def legs(self, rows: Any) -> Any:
        """Metres between each two places of some doors, with two rows of 0 for open ends."""
        places = np.unique(np.round(self.doors.xy[rows], 2), axis=0)
        metric = metric_of(places, None, self._near(rows))
        return matrix_m(*metric, np.arange(len(places), dtype=np.int32)) % BLOCKED_M

    def measured(self, turf: Any, seq: Any) -> dict[str, Any]:
        """The figures of a cut, whoever made it; doors of one turf on one spot are one stop."""
        doors = self.doors
        spots = np.unique(np.round(doors.xy, 2), axis=0, return_inverse=True)[1].ravel()
        _, first, stop, held = np.unique(
            np.column_stack([spots, turf]), axis=0,
            return_index=True, return_inverse=True, return_counts=True,
        )  # fmt: skip
        place = np.full(len(first), len(seq))
        np.minimum.at(place, stop.ravel(), seq)
        street = None if doors.street is None else doors.street[first]
        metric = metric_of(doors.xy[first], street, self.ground)
        metric.stop[:, 7] = held
        of_stop = turf[first]
        size = np.bincount(of_stop, held).astype(np.float64)
        figures = measure(
            metric, of_stop, place, size=size, stop_size=held, target=GOAL.size,
            tolerance=GOAL.tolerance, barriers=self.ground.barriers,
            near=plane_of(metric, held.astype(np.float64)).near,
        )  # fmt: skip
        order = np.lexsort((place, of_stop))
        begin, end = order[:-1], order[1:]
        same = of_stop[begin] == of_stop[end]
        walk_m = float((legs_m(metric, begin[same], end[same]) % BLOCKED_M).sum())
        per_bound = walk_m / figures["bound_m"]
        return figures | {
            "walk_m": walk_m, "walk_per_bound": per_bound, "m_per_door": walk_m / len(doors.xy),
        }  # fmt: skip


def ours(city: City, effort: Effort | None = None) -> tuple[Any, Any, float]:
    """Turf and place of each door, and seconds with polygons and figures."""
    begun = perf_counter()
    made = cut_turfs(city.doors, city.ground, GOAL, effort=effort)
    return made.turf, made.seq, perf_counter() - begun


def theirs(city: City, cut: Callable[[City], Any]) -> tuple[Any, Any, float]:
    """The same for a cut by others, walked in our order; seconds without that."""
    begun = perf_counter()
    turf = np.unique(cut(city), return_inverse=True)[1].ravel()
    took_s = perf_counter() - begun
    return turf, city.ordered(turf), took_s


def kd_split(city: City) -> Any:
    """Halves along the longer side until each is a turf."""
    xy, turf = city.doors.xy, np.zeros(len(city.doors.xy), np.intp)
    waiting = [(np.arange(len(xy)), 0, round(len(xy) / GOAL.size))]
    while waiting:
        rows, number, count = waiting.pop()
        if count == 1:
            turf[rows] = number
            continue
        rows = rows[np.argsort(xy[rows, np.argmax(np.ptp(xy[rows], axis=0))], kind="stable")]
        left = count // 2
        at = round(len(rows) * left / count)
        waiting += [(rows[:at], number, left), (rows[at:], number + left, count - left)]
    return turf


def metis(city: City) -> Any:
    """METIS (Karypis and Kumar 1998), after whole turfs are peeled from towers as ours are."""
    pymetis = importlib.import_module("pymetis")
    stops = stops_of(city.doors, GOAL, Pace())
    ground = Ground(barriers=shapely.transform(city.ground.barriers, lambda xy: xy - stops.middle))
    metric = metric_of(stops.xy, None, ground)
    a, b = neighbours(metric.xy)
    of_stop = np.full(len(stops.xy), -1)
    free = np.setdiff1d(np.arange(len(stops.xy)), stops.peeled)
    anew = np.full(len(stops.xy), -1)
    anew[free] = np.arange(len(free))
    seen = (legs_m(metric, a, b) < BLOCKED_M) & (anew[a] >= 0) & (anew[b] >= 0)
    start, link = sparse_rows(len(free), anew[a[seen]], anew[b[seen]])
    count = round(stops.doors[free].sum() / GOAL.size)
    _, part = pymetis.part_graph(
        count, adjacency=pymetis.CSRAdjacency(adj_starts=start, adjacent=link),
        vweights=stops.doors[free].astype(int).tolist(),
        options=pymetis.Options(seed=7, ufactor=50),
    )  # fmt: skip
    of_stop[free] = part
    of_stop[stops.peeled] = count + np.arange(len(stops.peeled))
    return of_stop[stops.of_door]


def constrained(city: City) -> Any:
    """K-means with 45 to 55 doors in each cluster (Bradley, Bennett and Demiriz 2000)."""
    kind = importlib.import_module("k_means_constrained").KMeansConstrained
    count = round(len(city.doors.xy) / GOAL.size)
    found = kind(n_clusters=count, size_min=45, size_max=55, random_state=7, n_init=1)
    return found.fit_predict(city.doors.xy)


def shown(city: City, name: str, turf: Any, seq: Any, took_s: float) -> dict[str, Any]:
    """The figures, and a line of the table."""
    figures = city.measured(turf, seq)
    cells = (
        f"{took_s:.2f}", f"{figures['turf_count']:,}", f"{figures['m_per_door']:.2f}",
        f"{figures['walk_per_bound']:.3f}", f"{figures['balanced_share']:.1%}",
        f"{figures['split_count']}", f"{figures['one_piece_share']:.1%}",
        f"{figures['foreign_share']:.1%}", f"{figures['radius_m']:.0f}",
    )  # fmt: skip
    print(f"{name:34}" + "".join(f"{cell:>10}" for cell in cells), flush=True)
    return figures


def compare(city: City, others: dict[str, Callable[[City], Any]]) -> dict[str, float]:
    """Our walk as a share of each other's, with a table."""
    print(f"\n{len(city.doors.xy):,} doors, {GOAL.size:g} to a turf")
    print(f"{HEAD[0]:34}" + "".join(f"{cell:>10}" for cell in HEAD[1:]))
    shown(city, "doorstep, quick", *ours(city, QUICK))
    own = shown(city, "doorstep", *ours(city))["m_per_door"]
    shares: dict[str, float] = {}
    for name, cut in others.items():
        try:
            figures = shown(city, name, *theirs(city, cut))
        except ModuleNotFoundError as missing:
            print(f"{name:34}  skipped: {missing.name} is not installed")
            continue
        shares[name] = own / figures["m_per_door"]
    for name, share in shares.items():
        print(f"our walk ÷ {name:23} {share:.3f}")
    return shares


def compare_orders(city: City, turf: Any) -> None:
    """How much longer our walks are than those of LKH, and how long they take to find."""
    try:
        elkai = importlib.import_module("elkai")
    except ModuleNotFoundError as missing:
        print(f"order against LKH: skipped, as {missing.name} is not installed")
        return
    gaps, took_s = [], 0.0
    kicks = Effort().kicks
    # So that loading what is compiled is in nobody's time.
    shortest_path(np.zeros((7, 7)), False, 1, 1, np.empty(0, np.int32))
    step = max(1, int(turf.max() + 1) // ORDERED)
    for at in range(0, int(turf.max()) + 1, step):
        metres = city.legs(np.flatnonzero(turf == at))
        if len(metres) < SMALLEST:
            continue
        begun = process_time()
        ours = shortest_path(metres, False, kicks, 1, np.empty(0, np.int32))
        took_s += process_time() - begun
        best_m = min(_lkh_m(elkai, metres, int(ours[0])) for _ in range(RUNS))
        gaps.append(path_m(metres, ours) / max(best_m, 1e-9) - 1)
    print(
        f"\norder against LKH, same start, {len(gaps)} turfs: longer by {np.mean(gaps):.3%} "
        f"(goal 0.1 %), at most {np.max(gaps):.2%} (goal 1 %); "
        f"{1000 * took_s / len(gaps):.1f} ms of CPU a turf (goal 2)"
    )


def compare_leftovers(city: City) -> None:
    """How many doors change hands when what is left of turfs is cut again, and how good that is."""
    left = np.random.default_rng(1).random(len(city.doors.xy)) >= DONE_SHARE
    rest = city.part(np.flatnonzero(left))
    print(f"\n{DONE_SHARE:.0%} of the doors done, the others cut again")
    for goal in (GOAL, Goal(doors=None, minutes=MINUTES)):
        before = cut_turfs(city.doors, city.ground, goal).turf[left]
        begun, spent = perf_counter(), process_time()
        made = recut(rest.doors, rest.ground, goal, before=before)
        took_s, cpu_s = perf_counter() - begun, process_time() - spent
        found = made.figures
        print(
            f"{goal.size:g} {goal.unit}: {took_s:.1f} s ({cpu_s:.1f} s of CPU), "
            f"churn {np.mean(made.turf != before):.1%}, {found['turf_count']} turfs, "
            f"±10 % {found['balanced_share']:.1%}, one piece {found['one_piece_share']:.1%}, "
            f"foreign {found['foreign_share']:.1%}, split {found['split_count']}, "
            f"far legs {found['far_leg_count']}, ÷ bound {found['walk_per_bound']:.3f}"
        )


def _lkh_m(elkai: Any, metres: Any, start: int) -> float:
    """Metres of the walk from this stop that LKH finds."""
    count = len(metres) - 2
    cm = np.zeros((count + 1, count + 1), np.int64)
    cm[:count, :count] = np.rint(CM * metres[:count, :count])
    # One more stop closes the tour; only from the start is it near, so the walk begins there.
    cm[count, :count] = cm[:count, count] = 2 * max(1, cm.max())
    cm[count, start] = cm[start, count] = 0
    tour = elkai.solve_int_matrix(cm.tolist(), 1)
    at = tour.index(count)
    walk = [*tour[at + 1 :], *tour[:at]]
    return path_m(metres, np.array(walk))


def cambridge() -> City:
    """The doors, streets and barriers of the City of Cambridge."""
    town = read_town(Source(DATA / "cambridge_doors.csv.gz", None))
    streets = Source(DATA / "cambridge_network.gpkg", "streets")
    barriers = Source(DATA / "cambridge_barriers.gpkg", "barriers")
    land = read_land(Layers([streets], [barriers], None, None), town)
    return City(town.doors, land.ground)


def main() -> None:
    """Both tables; the figure is our walk as a share of a kd split's, all over the city."""
    if not DATA.is_dir():
        print(f"skipped: there is no data of Cambridge in {DATA}")
        sys.exit(0)
    city = cambridge()
    off_m = np.hypot(*(city.doors.xy - np.median(city.doors.xy, axis=0)).T)
    nearest = np.argsort(off_m, kind="stable")
    # So that compiling is in nobody's time.
    ours(city.part(np.sort(nearest[:300])))
    part = city.part(np.sort(nearest[:SUBSET]))
    compare(part, {"kd split": kd_split, "METIS": metis, "k-means-constrained": constrained})
    shares = compare(city, {"kd split": kd_split, "METIS": metis})
    compare_orders(city, kd_split(city))
    compare_leftovers(city)
    report("cutting", shares["kd split"], WALK_GOAL, {})


if __name__ == "__main__":
    main()
