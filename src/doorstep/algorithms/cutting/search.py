"""Better turfs by taking strings of stops out of neighbouring turfs and putting them in again.

Slack induction by string removals, after Christiaens and Vanden Berghe, "Slack Induction by String
Removals for Vehicle Routing Problems", Transportation Science 54 (2020), with the shape of a turf
in what it costs: doors of other turfs inside its hull, and pieces that do not hang together.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from doorstep.algorithms.cutting.metric import BLOCKED_M, Metric, walk_m
from doorstep.algorithms.cutting.model import Bools, Floats, Ints

TOUCHED = 12
"""Turfs that one step may change."""


class Plane(NamedTuple):
    """What is near what."""

    near: NDArray[np.int32]
    """Shape (n, q): stops to go to from each, nearest first, filled up with -1."""
    near_m: Floats
    link_start: Ints
    link: Ints
    """Neighbours that hold a turf together."""
    size: Floats
    """Shape (n,): doors or minutes at each stop."""
    home: Ints
    """Shape (n,): turf that each stop was in before, -1 for none."""
    grid_start: Ints
    grid_stop: Ints
    """Stops in each box of a grid."""
    grid_frame: Floats
    """West, south, size of a box in metres, columns, rows."""


class Turfs(NamedTuple):
    """The turfs as they are: changed in place."""

    path: NDArray[np.int32]
    """Shape (k, longest): stops in walking order."""
    length: Ints
    of_stop: Ints
    load: Floats
    cost: Floats
    low: Floats
    """Shape (k,): what a turf should at least hold, and at most."""
    high: Floats


class Taste(NamedTuple):
    """What a turf costs beside the metres walked."""

    per_metre: float
    """Load that a metre walked adds: minutes, or 0 if doors are counted."""
    spread: float
    """Metres per door and metre of root mean square distance from the middle."""
    foreign: float
    """Metres per door of another turf inside the hull."""
    piece: float
    """Metres per piece beyond the first."""
    long_m: float
    """A leg beyond this costs `long_times` as much for the rest."""
    long_times: float
    unbalanced: float
    """Metres per door or minute beyond the limits."""
    stay: float
    """Metres per door that leaves the turf it was in before."""
    off: float
    """Doors or minutes that being beyond the limits at all counts for: above 0, one turf far off is
    better than three a little off; at 0, what is missing can wander from turf to turf."""


@njit(cache=True, nogil=True, inline="always")
def _leg(long_m: float, long_times: float, metres: float) -> float:
    if metres > long_m:
        return metres + long_times * (metres - long_m)
    return metres


@njit(cache=True, nogil=True, inline="always")
def _draw(state: NDArray[np.uint64]) -> np.uint64:
    """The next number of xorshift64* (Vigna 2016)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return x * np.uint64(2685821657736338717)


@njit(cache=True, nogil=True, inline="always")
def below(state: NDArray[np.uint64], count: int) -> int:
    """A whole number from 0 to one below the count."""
    return np.int64(_draw(state) >> np.uint64(33)) % count


@njit(cache=True, nogil=True, inline="always")
def share(state: NDArray[np.uint64]) -> float:
    """A number from 0 to 1."""
    return float(_draw(state) >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True, nogil=True)
def _hull(xy: Floats, stops: NDArray[np.int32], count: int, hull: Floats) -> int:
    """Corners of the convex hull, anticlockwise, into `hull` (Andrew 1979)."""
    order = np.empty(count, np.int32)
    for at in range(count):
        stop = stops[at]
        x, y = xy[stop, 0], xy[stop, 1]
        place = at
        while place:
            other = order[place - 1]
            ox = xy[other, 0]
            if ox < x or (ox == x and xy[other, 1] <= y):
                break
            order[place] = other
            place -= 1
        order[place] = stop
    size = 0
    for turn in range(2):
        floor = size + 1
        for step in range(count):
            stop = order[step] if turn == 0 else order[count - 1 - step]
            x, y = xy[stop, 0], xy[stop, 1]
            while size > floor:
                ax, ay = hull[size - 2, 0], hull[size - 2, 1]
                bx, by = hull[size - 1, 0], hull[size - 1, 1]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0.0:
                    break
                size -= 1
            hull[size, 0], hull[size, 1] = x, y
            size += 1
        size -= 1
    return size


@njit(cache=True, nogil=True)
def foreign_doors(
    stop_at: Floats, grid_start: Ints, grid_stop: Ints, grid_frame: Floats, of_stop: Ints,
    turf: int, stops: NDArray[np.int32], count: int, hull: Floats,
) -> float:  # fmt: skip
    """Doors of other turfs strictly inside the hull of this one."""
    corners = _hull(stop_at, stops, count, hull)
    if corners < 3:
        return 0.0
    west, east, south, north = np.inf, -np.inf, np.inf, -np.inf
    for at in range(corners):
        west, east = min(west, hull[at, 0]), max(east, hull[at, 0])
        south, north = min(south, hull[at, 1]), max(north, hull[at, 1])
    first = np.int64((west - grid_frame[0]) / grid_frame[2])
    last = np.int64((east - grid_frame[0]) / grid_frame[2])
    bottom = np.int64((south - grid_frame[1]) / grid_frame[2])
    top = np.int64((north - grid_frame[1]) / grid_frame[2])
    rows = np.int64(grid_frame[4])
    doors = 0.0
    for column in range(first, last + 1):
        begin = grid_start[column * rows + bottom]
        end = grid_start[column * rows + top + 1]
        for at in range(begin, end):
            stop = grid_stop[at]
            if of_stop[stop] == turf:
                continue
            x, y = stop_at[stop, 0], stop_at[stop, 1]
            if x <= west or x >= east or y <= south or y >= north:
                continue
            px, py = hull[corners - 1, 0], hull[corners - 1, 1]
            inside = True
            for corner in range(corners):
                qx, qy = hull[corner, 0], hull[corner, 1]
                if (qx - px) * (y - py) - (qy - py) * (x - px) <= 1e-6:
                    inside = False
                    break
                px, py = qx, qy
            if inside:
                doors += stop_at[stop, 7]
    return doors


@njit(cache=True, nogil=True)
def pieces(
    link_start: Ints,
    link: Ints,
    of_stop: Ints,
    turf: int,
    stops: NDArray[np.int32],
    count: int,
    queue: NDArray[np.int32],
    seen: Ints,
    stamp: int,
) -> int:
    """How many pieces the turf falls into."""
    found, reached = 0, 0
    for first in range(count):
        if seen[stops[first]] == stamp:
            continue
        found += 1
        queue[reached] = stops[first]
        seen[stops[first]] = stamp
        end = reached + 1
        while reached < end:
            here = queue[reached]
            reached += 1
            for at in range(link_start[here], link_start[here + 1]):
                there = link[at]
                if of_stop[there] == turf and seen[there] != stamp:
                    seen[there] = stamp
                    queue[end] = there
                    end += 1
    return found


@njit(cache=True, nogil=True)
def _spread(stop_at: Floats, stops: NDArray[np.int32], count: int) -> float:
    """Doors times the root mean square distance of a door from their middle."""
    doors, x, y, square = 0.0, 0.0, 0.0, 0.0
    ox, oy = stop_at[stops[0], 0], stop_at[stops[0], 1]
    for at in range(count):
        stop = stops[at]
        dx, dy, weight = stop_at[stop, 0] - ox, stop_at[stop, 1] - oy, stop_at[stop, 7]
        doors += weight
        x += weight * dx
        y += weight * dy
        square += weight * (dx * dx + dy * dy)
    return np.sqrt(max(0.0, square * doors - x * x - y * y))


@njit(cache=True, nogil=True)
def _walked(
    stop_at: Floats, rows: Ints, slots: NDArray[np.float32], walls: Floats, box_start: Ints,
    box_wall: Ints, frame: Floats, long_m: float, long_times: float,
    stops: NDArray[np.int32], count: int,
) -> tuple[float, float]:  # fmt: skip
    metres, cost = 0.0, 0.0
    for at in range(1, count):
        leg = walk_m(
            stop_at, rows, slots, walls, box_start, box_wall, frame, stops[at - 1], stops[at]
        )
        metres += min(leg, BLOCKED_M)
        cost += _leg(long_m, long_times, leg)
    return metres, cost


@njit(cache=True, nogil=True)
def _assess(
    stop_at: Floats, rows: Ints, slots: NDArray[np.float32], walls: Floats, box_start: Ints,
    box_wall: Ints, frame: Floats, link_start: Ints, link: Ints, size: Floats, home: Ints,
    grid_start: Ints, grid_stop: Ints, grid_frame: Floats, of_stop: Ints,
    stops: NDArray[np.int32], count: int, turf: int, low: float, high: float, taste: Taste,
    hull: Floats, queue: NDArray[np.int32], seen: Ints, stamp: int, ceiling: float,
) -> tuple[float, float]:  # fmt: skip
    """Cost and load of a turf; cost stops early, above the ceiling, once it is above."""
    if count == 0:
        return 0.0, 0.0
    metres, cost = _walked(
        stop_at, rows, slots, walls, box_start, box_wall, frame, taste.long_m, taste.long_times,
        stops, count,
    )  # fmt: skip
    load = taste.per_metre * metres
    for at in range(count):
        load += size[stops[at]]
        if home[stops[at]] >= 0 and home[stops[at]] != turf:
            cost += taste.stay * stop_at[stops[at], 7]
    if load > high:
        cost += taste.unbalanced * (load - high + taste.off)
    elif load < low:
        cost += taste.unbalanced * (low - load + taste.off)
    if taste.spread > 0.0:
        cost += taste.spread * _spread(stop_at, stops, count)
    if cost > ceiling:
        return cost, load
    parts = pieces(link_start, link, of_stop, turf, stops, count, queue, seen, stamp)
    cost += taste.piece * (parts - 1)
    if cost <= ceiling and taste.foreign > 0.0:
        cost += taste.foreign * foreign_doors(
            stop_at, grid_start, grid_stop, grid_frame, of_stop, turf, stops, count, hull
        )
    return cost, load


@njit(cache=True, nogil=True)
def assess_all(metric: Metric, plane: Plane, turfs: Turfs, taste: Taste) -> None:
    """Write down what every turf holds and costs."""
    stop_at, rows, slots, walls, box_start, box_wall, frame = metric
    _, _, link_start, link, size, home, grid_start, grid_stop, grid_frame = plane
    path, length, of_stop, load, cost, low, high = turfs
    longest = path.shape[1]
    hull = np.empty((2 * longest + 2, 2))
    queue = np.empty(longest, np.int32)
    seen = np.zeros(len(of_stop), np.intp)
    for turf in range(len(length)):
        if length[turf]:
            cost[turf], load[turf] = _assess(
                stop_at, rows, slots, walls, box_start, box_wall, frame,
                link_start, link, size, home, grid_start, grid_stop, grid_frame, of_stop,
                path[turf], length[turf], turf, low[turf], high[turf], taste, hull, queue, seen,
                turf + 1, np.inf,
            )  # fmt: skip


@njit(cache=True, nogil=True)
def _index(path: NDArray[np.int32], count: int, stop: int) -> int:
    for at in range(count):
        if path[at] == stop:
            return at
    return -1


@njit(cache=True, nogil=True)
def improve(
    metric: Metric,
    plane: Plane,
    turfs: Turfs,
    taste: Taste,
    mine: Bools,
    stops: Ints,
    seed: int,
    steps: int,
    hot: float,
    cold: float,
    string: int,
) -> tuple[int, float]:
    """Take out and put in, `steps` times, cooling from `hot` to `cold`.

    Only turfs marked in `mine` change, so that parts of a map can be worked on at once; what
    others do meanwhile changes nothing here.

    Returns
    -------
    tuple
        Steps that were taken, and what was gained in metres.
    """
    stop_at, rows, slots, walls, box_start, box_wall, frame = metric
    near, near_m, link_start, link, size_of, home, grid_start, grid_stop, grid_frame = plane
    seen = np.zeros(len(turfs[2]), np.intp)
    all_path, all_length, of_stop, all_load, all_cost, all_low, all_high = turfs
    long_m, long_times = taste.long_m, taste.long_times
    state = np.empty(1, np.uint64)
    state[0] = np.uint64(seed * 2 + 1) * np.uint64(0x9E3779B97F4A7C15)
    for _ in range(8):
        _draw(state)
    longest = all_path.shape[1]
    hull = np.empty((2 * longest + 2, 2))
    queue = np.empty(longest, np.int32)
    stamp = 0
    kept_path = np.empty((TOUCHED, longest), np.int32)
    kept_length = np.empty(TOUCHED, np.intp)
    kept_load = np.empty(TOUCHED)
    kept_cost = np.empty(TOUCHED)
    touched = np.empty(TOUCHED, np.intp)
    removed = np.empty(4 * longest, np.int32)
    moments = np.zeros((TOUCHED, 4))
    taken_steps, gained = 0, 0.0
    width = near.shape[1]
    cooling = (cold / hot) ** (1.0 / max(1, steps))
    heat = hot / cooling
    for _ in range(steps):
        heat *= cooling
        seed_stop = stops[below(state, len(stops))]
        wanted = 2 + (below(state, 4) == 0)
        count, out = 0, 0
        # Take a string out of each of a few turfs around one stop.
        for at in range(-1, width):
            stop = seed_stop if at < 0 else near[seed_stop, at]
            if stop < 0:
                break
            turf = of_stop[stop]
            if turf < 0 or not mine[turf]:
                continue
            known = False
            for other in range(count):
                known = known or touched[other] == turf
            if known:
                continue
            if count == wanted:
                break
            length = all_length[turf]
            # A turf too small is now and then dissolved into those around it.
            whole = all_load[turf] < all_low[turf] and below(state, 3) == 0
            if length < 2 and not whole:
                continue
            path = all_path[turf]
            touched[count] = turf
            kept_length[count] = length
            kept_load[count] = all_load[turf]
            kept_cost[count] = all_cost[turf]
            for place in range(length):
                kept_path[count, place] = path[place]
            taken = length if whole else 1 + below(state, min(string, length - 1))
            begin = _index(path, length, stop) - below(state, taken)
            begin = max(0, min(begin, length - taken))
            before = (
                _walked(
                    stop_at,
                    rows,
                    slots,
                    walls,
                    box_start,
                    box_wall,
                    frame,
                    long_m,
                    long_times,
                    path,
                    length,
                )[0]
                if taste.per_metre > 0.0
                else 0.0
            )
            for place in range(begin, begin + taken):
                removed[out] = path[place]
                of_stop[path[place]] = -1
                all_load[turf] -= size_of[path[place]]
                out += 1
            for place in range(begin + taken, length):
                path[place - taken] = path[place]
            all_length[turf] = length - taken
            if taste.per_metre > 0.0:
                after = _walked(
                    stop_at,
                    rows,
                    slots,
                    walls,
                    box_start,
                    box_wall,
                    frame,
                    long_m,
                    long_times,
                    path,
                    length - taken,
                )[0]
                all_load[turf] += taste.per_metre * (after - before)
            count += 1
        if count == 0:
            continue
        # Sums for the spread of a turf with one stop more.
        for other in range(count):
            _moments(stop_at, all_path, all_length, touched[other], moments, other)
        # In what order they go in: at random, or the largest first.
        largest = below(state, 2) == 0
        for at in range(out):
            pick = at + below(state, out - at)
            if largest:
                for other in range(at, out):
                    if size_of[removed[other]] > size_of[removed[pick]]:
                        pick = other
            removed[at], removed[pick] = removed[pick], removed[at]
        done = True
        for at in range(out):
            stop = removed[at]
            best, best_turf, best_place, best_load = np.inf, -1, 0, 0.0
            for nth in range(width):
                other = near[stop, nth]
                if other < 0:
                    break
                turf = of_stop[other]
                if turf < 0 or not mine[turf]:
                    continue
                if below(state, 100) == 0:
                    continue
                path, length = all_path[turf], all_length[turf]
                if all_load[turf] + size_of[stop] > all_high[turf] or length >= longest:
                    continue
                slot = -1
                for known in range(count):
                    if touched[known] == turf:
                        slot = known
                place = _index(path, length, other)
                spread = 0.0
                if taste.spread > 0.0 and slot >= 0:
                    spread = taste.spread * _more_spread(stop_at, stop, moments, slot)
                if home[stop] >= 0 and home[stop] != turf:
                    spread += taste.stay * stop_at[stop, 7]
                to_other = near_m[stop, nth]
                for after in range(2):
                    # Between other and the one before or after it, or at an end of the path.
                    beyond = place - 1 + 2 * after
                    added = _leg(long_m, long_times, to_other)
                    metres = to_other
                    if 0 <= beyond < length:
                        leg = walk_m(
                            stop_at,
                            rows,
                            slots,
                            walls,
                            box_start,
                            box_wall,
                            frame,
                            stop,
                            path[beyond],
                        )
                        gap = walk_m(
                            stop_at,
                            rows,
                            slots,
                            walls,
                            box_start,
                            box_wall,
                            frame,
                            other,
                            path[beyond],
                        )
                        added += _leg(long_m, long_times, leg) - _leg(long_m, long_times, gap)
                        metres += leg - gap
                    load = all_load[turf] + size_of[stop] + taste.per_metre * metres
                    if load > all_high[turf]:
                        continue
                    if slot < 0:
                        # A turf that nothing was taken from must be worth the trouble.
                        added += taste.spread * 20.0
                    if added + spread < best:
                        best, best_turf, best_load = added + spread, turf, load
                        best_place = place + after
            if best_turf < 0:
                done = False
                break
            slot = -1
            for known in range(count):
                if touched[known] == best_turf:
                    slot = known
            path, length = all_path[best_turf], all_length[best_turf]
            if slot < 0:
                if count == TOUCHED:
                    done = False
                    break
                slot = count
                touched[slot] = best_turf
                kept_length[slot] = length
                kept_load[slot] = all_load[best_turf]
                kept_cost[slot] = all_cost[best_turf]
                for place in range(length):
                    kept_path[slot, place] = path[place]
                _moments(stop_at, all_path, all_length, best_turf, moments, slot)
                count += 1
            for place in range(length, best_place, -1):
                path[place] = path[place - 1]
            path[best_place] = stop
            all_length[best_turf] = length + 1
            all_load[best_turf] = best_load
            of_stop[stop] = best_turf
            _add_moments(stop_at, stop, moments, slot)
        if done:
            old, new = 0.0, 0.0
            for slot in range(count):
                old += kept_cost[slot]
            ceiling = old - heat * np.log(max(share(state), 1e-300))
            for slot in range(count):
                stamp += 1
                turf = touched[slot]
                all_cost[turf], all_load[turf] = _assess(
                    stop_at, rows, slots, walls, box_start, box_wall, frame,
                    link_start, link, size_of, home, grid_start, grid_stop, grid_frame, of_stop,
                    all_path[turf], all_length[turf], turf, all_low[turf], all_high[turf], taste,
                    hull, queue, seen, stamp, ceiling - new,
                )  # fmt: skip
                new += all_cost[turf]
                if new > ceiling:
                    done = False
                    break
            if done:
                taken_steps += 1
                gained += old - new
                continue
        for at in range(out):
            of_stop[removed[at]] = -1
        for slot in range(count):
            turf = touched[slot]
            all_length[turf] = kept_length[slot]
            all_load[turf] = kept_load[slot]
            all_cost[turf] = kept_cost[slot]
            for place in range(kept_length[slot]):
                all_path[turf, place] = kept_path[slot, place]
                of_stop[kept_path[slot, place]] = turf
    return taken_steps, gained


@njit(cache=True, nogil=True)
def _moments(
    stop_at: Floats, path: NDArray[np.int32], length: Ints, turf: int, sums: Floats, row: int
) -> None:
    sums[row] = 0.0
    for at in range(length[turf]):
        _add_moments(stop_at, path[turf, at], sums, row)


@njit(cache=True, nogil=True)
def _add_moments(stop_at: Floats, stop: int, sums: Floats, row: int) -> None:
    x, y, weight = stop_at[stop, 0], stop_at[stop, 1], stop_at[stop, 7]
    sums[row, 0] += weight
    sums[row, 1] += weight * x
    sums[row, 2] += weight * y
    sums[row, 3] += weight * (x * x + y * y)


@njit(cache=True, nogil=True)
def _more_spread(stop_at: Floats, stop: int, sums: Floats, row: int) -> float:
    """What one stop more adds to doors times root mean square distance."""
    x, y, weight = stop_at[stop, 0], stop_at[stop, 1], stop_at[stop, 7]
    doors, sx, sy = sums[row, 0] + weight, sums[row, 1] + weight * x, sums[row, 2] + weight * y
    square = sums[row, 3] + weight * (x * x + y * y)
    now = max(0.0, sums[row, 3] * sums[row, 0] - sums[row, 1] ** 2 - sums[row, 2] ** 2)
    then = max(0.0, square * doors - sx * sx - sy * sy)
    return np.sqrt(then) - np.sqrt(now)
