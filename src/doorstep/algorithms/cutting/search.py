"""Better turfs by taking strings of stops out of neighbouring turfs and putting them in again.

Slack induction by string removals, after Christiaens and Vanden Berghe, "Slack Induction by String
Removals for Vehicle Routing Problems", Transportation Science 54 (2020), with the shape of a turf
in what it costs: doors of other turfs inside its hull, and pieces that do not hang together.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from doorstep.algorithms.cutting.costs import (
    BEYOND,
    METRES,
    SQUARE,
    Plane,
    Taste,
    Turfs,
    add_stop,
    beyond,
    foreign_doors,
    least_cost,
    pieces,
    plain_cost,
    wider,
)
from doorstep.algorithms.cutting.metric import Metric, walk_m
from doorstep.algorithms.cutting.model import Bools, Floats, Ints

TOUCHED = 12
"""Turfs that one step may change."""
BURST, NEARBY = 64, 128
"""So many steps begin among so many stops next to each other, then others follow: what one step has
read, the next finds in the processor's cache, and takes a third less time."""
BLINK = 100
"""One in so many places is overlooked, so that not every search ends alike."""


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
def _chained(
    stop_at: Floats, rows: Ints, slots: NDArray[np.float32], walls: Floats, box_start: Ints,
    box_wall: Ints, frame: Floats, home: Ints, path: NDArray[np.int32], length: Ints, mine: Bools,
    long_m: float,
) -> tuple[Ints, NDArray[np.int32], Floats, Floats]:  # fmt: skip
    """First stop of each turf; stops before and after each, and the metres ahead; sums."""
    first = np.full(len(length), -1)
    beside = np.full((len(stop_at), 2), -1, np.int32)
    ahead_m = np.zeros(len(stop_at))
    sums = np.zeros((len(length), SQUARE + 1))
    for turf in range(len(length)):
        if not mine[turf]:
            continue
        last = -1
        for at in range(length[turf]):
            stop = path[turf, at]
            beside[stop, 0] = last
            add_stop(sums, turf, stop_at, home, stop, 1.0)
            if last < 0:
                first[turf] = stop
            else:
                leg = walk_m(stop_at, rows, slots, walls, box_start, box_wall, frame, last, stop)
                beside[last, 1] = stop
                ahead_m[last] = leg
                sums[turf, METRES] += leg
                sums[turf, BEYOND] += beyond(long_m, leg)
            last = stop
    return first, beside, ahead_m, sums


@njit(cache=True, nogil=True, inline="always")
def _listed(first: Ints, beside: NDArray[np.int32], turf: int, stops: NDArray[np.int32]) -> int:
    """Write down the stops of a turf; how many they are."""
    count, stop = 0, first[turf]
    while stop >= 0:
        stops[count] = stop
        count += 1
        stop = beside[stop, 1]
    return count


@njit(cache=True, nogil=True, inline="always")
def _note(
    stop: int, beside: NDArray[np.int32], ahead_m: Floats, log: NDArray[np.int32], log_m: Floats,
    entries: int,
) -> int:  # fmt: skip
    """Remember what is beside a stop, so that it can be put back."""
    log[entries, 0], log[entries, 1], log[entries, 2] = stop, beside[stop, 0], beside[stop, 1]
    log_m[entries] = ahead_m[stop]
    return entries + 1


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
    all_path, all_length, of_stop, all_load, all_cost, all_low, all_high = turfs
    long_m, long_times, per_metre = taste.long_m, taste.long_times, taste.per_metre
    longest, width = all_path.shape[1], near.shape[1]
    first, beside, ahead_m, sums = _chained(
        stop_at, rows, slots, walls, box_start, box_wall, frame, home, all_path, all_length, mine,
        long_m,
    )  # fmt: skip
    state = np.empty(1, np.uint64)
    state[0] = np.uint64(seed * 2 + 1) * np.uint64(0x9E3779B97F4A7C15)
    for _ in range(8):
        _draw(state)
    hull = np.empty((2 * longest + 2, 2))
    queue = np.empty(longest, np.int32)
    seen = np.zeros(len(of_stop), np.intp)
    met = np.zeros(len(of_stop), np.intp)
    stamp, meeting = 0, 0
    touched = np.empty(TOUCHED, np.intp)
    kept_first, kept_length = np.empty(TOUCHED, np.intp), np.empty(TOUCHED, np.intp)
    kept_load, kept_cost = np.empty(TOUCHED), np.empty(TOUCHED)
    kept_sums = np.empty((TOUCHED, SQUARE + 1))
    members = np.empty((TOUCHED, longest), np.int32)
    removed = np.empty(4 * longest, np.int32)
    came_from = np.empty(4 * longest, np.intp)
    log = np.empty((16 * longest, 3), np.int32)
    log_m = np.empty(len(log))
    taken_steps, gained = 0, 0.0
    cooling = (cold / hot) ** (1.0 / max(1, steps))
    heat = hot / cooling
    around = 0
    for step in range(steps):
        heat *= cooling
        if step % BURST == 0:
            around = below(state, len(stops))
        seed_stop = stops[(around + below(state, NEARBY)) % len(stops)]
        wanted = 2 + (below(state, 4) == 0)
        # What the step may cost more than what it replaces.
        more = -heat * np.log(max(share(state), 1e-300))
        count, out, entries = 0, 0, 0
        old, least = 0.0, 0.0
        # Take a string out of each of a few turfs around one stop.
        for at in range(-1, width):
            stop = seed_stop if at < 0 else near[seed_stop, at]
            if stop < 0 or count == wanted:
                break
            turf = of_stop[stop]
            if turf < 0 or not mine[turf]:
                continue
            known = False
            for slot in range(count):
                known = known or touched[slot] == turf
            if known:
                continue
            length = all_length[turf]
            # A turf too small is now and then dissolved into those around it.
            whole = all_load[turf] < all_low[turf] and below(state, 3) == 0
            if length < 2 and not whole:
                continue
            taken = length if whole else 1 + below(state, min(string, length - 1))
            touched[count] = turf
            kept_first[count], kept_length[count] = first[turf], length
            kept_load[count], kept_cost[count] = all_load[turf], all_cost[turf]
            kept_sums[count] = sums[turf]
            old += all_cost[turf]
            count += 1
            begin, back = stop, below(state, taken)
            while back and beside[begin, 0] >= 0:
                begin = beside[begin, 0]
                back -= 1
            end, held = begin, 1
            while held < taken and beside[end, 1] >= 0:
                end = beside[end, 1]
                held += 1
            while held < taken:
                begin = beside[begin, 0]
                held += 1
            a, b = beside[begin, 0], beside[end, 1]
            walked = sums[turf, METRES]
            stop = begin
            if a >= 0:
                entries = _note(a, beside, ahead_m, log, log_m, entries)
                sums[turf, METRES] -= ahead_m[a]
                sums[turf, BEYOND] -= beyond(long_m, ahead_m[a])
            while stop != b:
                removed[out] = stop
                came_from[out] = turf
                out += 1
                of_stop[stop] = -1
                all_load[turf] -= size_of[stop]
                add_stop(sums, turf, stop_at, home, stop, -1.0)
                sums[turf, METRES] -= ahead_m[stop]
                sums[turf, BEYOND] -= beyond(long_m, ahead_m[stop])
                stop = beside[stop, 1]
            if b >= 0:
                entries = _note(b, beside, ahead_m, log, log_m, entries)
                beside[b, 0] = a
            if a >= 0:
                beside[a, 1] = b
                ahead_m[a] = 0.0
                if b >= 0:
                    leg = walk_m(stop_at, rows, slots, walls, box_start, box_wall, frame, a, b)
                    ahead_m[a] = leg
                    sums[turf, METRES] += leg
                    sums[turf, BEYOND] += beyond(long_m, leg)
            else:
                first[turf] = b
            all_length[turf] = length - taken
            all_load[turf] += per_metre * (sums[turf, METRES] - walked)
            least += least_cost(sums, turf, taste)
        # In what order they go in: at random, or the largest first.
        largest = below(state, 2) == 0
        for at in range(out):
            pick = at + below(state, out - at)
            if largest:
                for other in range(at, out):
                    if size_of[removed[other]] > size_of[removed[pick]]:
                        pick = other
            removed[at], removed[pick] = removed[pick], removed[at]
            came_from[at], came_from[pick] = came_from[pick], came_from[at]
        done = count > 0
        for at in range(out):
            # Nothing that is still to come makes it cheaper.
            if not done or least > old + more:
                done = False
                break
            stop = removed[at]
            for nth in range(width):
                if near[stop, nth] >= 0:
                    met[near[stop, nth]] = meeting + nth + 1
            best, best_turf, best_a, best_b = np.inf, -1, -1, -1
            best_a_m, best_b_m, best_wide = 0.0, 0.0, 0.0
            for nth in range(width):
                other = near[stop, nth]
                if other < 0:
                    break
                turf = of_stop[other]
                if turf < 0 or not mine[turf]:
                    continue
                if all_load[turf] + size_of[stop] > all_high[turf] or all_length[turf] >= longest:
                    continue
                to_other = near_m[stop, nth]
                wide = -1.0
                for side in range(2):
                    # Between other and the one before or after it, or at an end of the path.
                    there = beside[other, side]
                    gap, to_there = 0.0, 0.0
                    if there >= 0:
                        gap = ahead_m[other] if side else ahead_m[there]
                    # No detour is shorter, as ways are a metric.
                    if to_other - gap + max(0.0, to_other - gap) * (there >= 0) >= best:
                        continue
                    if there >= 0:
                        rank = met[there] - meeting - 1
                        if 0 <= rank < nth:
                            continue
                        to_there = (
                            near_m[stop, rank]
                            if rank > nth
                            else walk_m(
                                stop_at, rows, slots, walls, box_start, box_wall, frame, stop,
                                there,
                            )
                        )  # fmt: skip
                    if below(state, BLINK) == 0:
                        continue
                    metres = to_other + to_there - gap
                    if all_load[turf] + size_of[stop] + per_metre * metres > all_high[turf]:
                        continue
                    if wide < 0.0:
                        wide = taste.spread * wider(sums, turf, stop_at, stop)
                        if home[stop] >= 0 and home[stop] != turf:
                            wide += taste.stay * stop_at[stop, 7]
                    added = beyond(long_m, to_other) + beyond(long_m, to_there)
                    added = metres + wide + long_times * (added - beyond(long_m, gap))
                    if added < best:
                        best, best_turf, best_wide = added, turf, wide
                        best_a, best_b, best_a_m, best_b_m = there, other, to_there, to_other
                        if side:
                            best_a, best_b, best_a_m, best_b_m = other, there, to_other, to_there
            meeting += width
            if best_turf < 0:
                done = False
                break
            slot = -1
            for nth in range(count):
                if touched[nth] == best_turf:
                    slot = nth
            if slot < 0:
                if count == TOUCHED:
                    done = False
                    break
                touched[count] = best_turf
                kept_first[count], kept_length[count] = first[best_turf], all_length[best_turf]
                kept_load[count], kept_cost[count] = all_load[best_turf], all_cost[best_turf]
                kept_sums[count] = sums[best_turf]
                old += all_cost[best_turf]
                least += least_cost(sums, best_turf, taste)
                count += 1
            gap = 0.0
            entries = _note(stop, beside, ahead_m, log, log_m, entries)
            if best_a >= 0:
                entries = _note(best_a, beside, ahead_m, log, log_m, entries)
                gap = ahead_m[best_a]
                beside[best_a, 1] = stop
                ahead_m[best_a] = best_a_m
            else:
                first[best_turf] = stop
            if best_b >= 0:
                entries = _note(best_b, beside, ahead_m, log, log_m, entries)
                beside[best_b, 0] = stop
            beside[stop, 0], beside[stop, 1] = best_a, best_b
            ahead_m[stop] = best_b_m
            metres = best_a_m + best_b_m - gap
            sums[best_turf, METRES] += metres
            sums[best_turf, BEYOND] += (
                beyond(long_m, best_a_m) + beyond(long_m, best_b_m) - beyond(long_m, gap)
            )
            add_stop(sums, best_turf, stop_at, home, stop, 1.0)
            all_length[best_turf] += 1
            all_load[best_turf] += size_of[stop] + per_metre * metres
            of_stop[stop] = best_turf
            least += metres + best_wide
        if done:
            new = 0.0
            for slot in range(count):
                turf = touched[slot]
                all_cost[turf] = 0.0
                if all_length[turf]:
                    all_cost[turf] = plain_cost(
                        sums, turf, all_load[turf], all_low[turf], all_high[turf], taste
                    )
                new += all_cost[turf]
            for slot in range(count):
                if new > old + more:
                    break
                turf = touched[slot]
                held = _listed(first, beside, turf, members[slot])
                stamp += 1
                parts = pieces(
                    link_start, link, of_stop, turf, members[slot], held, queue, seen, stamp
                )
                torn = taste.piece * max(0, parts - 1)
                all_cost[turf] += torn
                new += torn
            for slot in range(count):
                if new > old + more:
                    break
                turf = touched[slot]
                strangers = taste.foreign * foreign_doors(
                    stop_at, grid_start, grid_stop, grid_frame, of_stop, turf, members[slot],
                    all_length[turf], hull,
                )  # fmt: skip
                all_cost[turf] += strangers
                new += strangers
            if new <= old + more:
                taken_steps += 1
                gained += old - new
                continue
        for at in range(entries - 1, -1, -1):
            stop = log[at, 0]
            beside[stop, 0], beside[stop, 1] = log[at, 1], log[at, 2]
            ahead_m[stop] = log_m[at]
        for at in range(out):
            of_stop[removed[at]] = came_from[at]
        for slot in range(count):
            turf = touched[slot]
            first[turf], all_length[turf] = kept_first[slot], kept_length[slot]
            all_load[turf], all_cost[turf] = kept_load[slot], kept_cost[slot]
            sums[turf] = kept_sums[slot]
    for turf in range(len(first)):
        if mine[turf]:
            _listed(first, beside, turf, all_path[turf])
    return taken_steps, gained
