"""Pairs and turfs for a shift, chosen in one step."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from doorstep.algorithms.staffing.columns import NOBODY, Columns, choose, pool
from doorstep.algorithms.staffing.model import (
    Bools,
    Crew,
    Lock,
    LockError,
    People,
    Proposal,
    Ride,
    Terms,
    Turfs,
)
from doorstep.algorithms.staffing.relaxing import Task, relax
from doorstep.algorithms.staffing.scoring import NEVER, Worth, way_m, worth

PAIR, THREE = 2, 3
KEPT = 10_000.0
"""Points for keeping a lock, more than any other use of its people and turf could bring."""


def propose(people: People, turfs: Turfs, terms: Terms) -> Proposal:
    """Who goes with whom and where: nearly the best choice, and how far at most it is from that.

    Always kept: nobody goes twice, a turf is given once, who is to be kept apart is, everybody's
    limits of travel, walk and stairs hold, whoever cannot get to their turf on foot or by bicycle
    has a seat in the car of somebody who came, and locks stand. The rest are points: see
    `model.Weights`. The same always gives the same; no clock is read.

    Parameters
    ----------
    people
        Volunteers (n), up to some hundreds.
    turfs
        Turfs that can be given out (t), up to some hundreds.
    terms
        What holds for the shift.

    Raises
    ------
    LockError
        If a lock cannot be kept.

    Notes
    -----
    A bound and prices come from a linear program that is a little too generous (`relaxing`), crews
    that these prices point at are looked up among all (`columns.pool`), and among those an integer
    program chooses (`columns.choose`).
    """
    points = worth(people, turfs, terms)
    fixed = _fixed(people, terms, points)
    task, kept = _task(people, terms, points, fixed)
    bound, prices = relax(task)
    chosen = choose(task, pool(task, prices))
    crews = [*fixed, *_crews(chosen, terms)]
    _check_kept(terms, crews)
    crews.sort(key=lambda crew: crew.turf)
    sure = points_of(fixed, points)
    out = {person for crew in crews for person in crew.people}
    given = {crew.turf for crew in crews}
    return Proposal(
        crews=crews,
        rides=rides(people, turfs, terms, crews),
        spare_people=[person for person in range(len(people)) if person not in out],
        spare_turfs=[turf for turf in range(len(turfs)) if turf not in given],
        points=points_of(crews, points),
        bound=max(bound - KEPT * kept + sure, points_of(crews, points)),
        coverage=float(sum(points.coverage[crew.turf] for crew in crews)),
        figures={
            "travel_m": float(sum(way_m(turfs, terms)[c.turf] * len(c.people) for c in crews)),
            "locks_kept": len(terms.locks),
        },
    )


def points_of(crews: Sequence[Crew], points: Worth) -> float:
    """What crews are worth together, in points."""
    total = 0.0
    for crew in crews:
        total += float(points.turf[crew.turf] + points.there[list(crew.people), crew.turf].sum())
        if len(crew.people) == 1:
            total += float(points.alone[crew.turf])
        if len(crew.people) == PAIR:
            total += float(points.pair[crew.people])
        if len(crew.people) == THREE:
            # A third is company: it neither adds to what the best two are to each other nor takes.
            total += max(float(points.pair[two]) for two in combinations(crew.people, 2))
    return total


def _fixed(people: People, terms: Terms, points: Worth) -> list[Crew]:
    """Crews that locks name whole: people and turf."""
    seen: set[int] = set()
    turfs_seen: set[int] = set()
    fixed: list[Crew] = []
    seats = int(people.seats.sum())
    for number, lock in enumerate(terms.locks):
        _check_lock(number, lock, terms, points, seen, turfs_seen)
        seen.update(lock.people)
        if lock.turf is not None:
            turfs_seen.add(lock.turf)
            seats -= int(points.needs_seat[list(lock.people), lock.turf].sum())
        if seats < 0:
            raise LockError(number, "there are too few car seats to get there")
        if lock.turf is not None and len(lock.people) >= PAIR:
            fixed.append(Crew(people=tuple(sorted(lock.people)), turf=lock.turf, locked=True))
    return fixed


def _check_lock(
    number: int, lock: Lock, terms: Terms, points: Worth, seen: set[int], turfs_seen: set[int]
) -> None:
    if not 1 <= len(set(lock.people)) == len(lock.people) <= THREE:
        raise LockError(number, "a crew is one to three different people")
    if lock.turf is None and len(lock.people) != PAIR:
        raise LockError(number, "one or three need a turf to be locked to")
    if seen & set(lock.people):
        raise LockError(number, "somebody in it is in another lock")
    if lock.turf is not None and lock.turf in turfs_seen:
        raise LockError(number, "its turf is in another lock")
    for i, j in combinations(sorted(lock.people), 2):
        if (i, j) in terms.apart:
            raise LockError(number, "two in it are to be kept apart")
        if (i, j) in terms.banned:
            raise LockError(number, "the match is banned for this shift")
    if lock.turf is not None and np.isinf(points.there[list(lock.people), lock.turf]).any():
        raise LockError(number, "the turf is beyond what somebody in it travels, walks or climbs")


def _task(people: People, terms: Terms, points: Worth, fixed: Sequence[Crew]) -> tuple[Task, int]:
    """What is left to choose, and how many locks it has to keep."""
    pair, there = points.pair.copy(), points.there.copy()
    free = np.ones(len(people), np.bool_)
    seats, kept = int(people.seats.sum()), 0
    for crew in fixed:
        seats -= int(points.needs_seat[list(crew.people), crew.turf].sum())
        there[list(crew.people)] = NEVER
        there[:, crew.turf] = NEVER
    for lock in terms.locks:
        free[list(lock.people)] = False
        if lock.turf is None:
            i, j = sorted(lock.people)
            together = pair[i, j] + KEPT
            for one in (i, j):
                pair[one] = pair[:, one] = NEVER
            pair[i, j] = together
            kept += 1
        elif len(lock.people) == 1:
            (one,) = lock.people
            here = there[one, lock.turf] + KEPT
            there[one] = NEVER
            there[one, lock.turf] = here
            kept += 1
    single: Bools = np.full(len(people), terms.solo)
    for lock in terms.locks:
        if len(lock.people) == PAIR:
            single[list(lock.people)] = False
    task = Task(
        pair=pair,
        turf=points.turf,
        there=there,
        alone=points.alone,
        needs_seat=points.needs_seat,
        single=single,
        third=free,
        seats=seats,
    )
    return task, kept


def _crews(chosen: Columns, terms: Terms) -> list[Crew]:
    thirds = {
        turf: person
        for person, turf in zip(
            chosen.first[chosen.third].tolist(), chosen.turf[chosen.third].tolist(), strict=True
        )
    }
    locked = [set(lock.people) for lock in terms.locks]
    crews: list[Crew] = []
    crew = chosen.take(~chosen.third)
    for i, j, turf in zip(
        crew.first.tolist(), crew.second.tolist(), crew.turf.tolist(), strict=True
    ):
        together = [one for one in (i, j, thirds.get(turf, NOBODY)) if one != NOBODY]
        kept = any(lock <= set(together) for lock in locked)
        crews.append(Crew(people=tuple(sorted(together)), turf=turf, locked=kept))
    return crews


def _check_kept(terms: Terms, crews: Sequence[Crew]) -> None:
    for number, lock in enumerate(terms.locks):
        if not any(
            set(lock.people) <= set(crew.people) and lock.turf in (None, crew.turf)
            for crew in crews
        ):
            raise LockError(number, "no mate, turf or seat within the limits is left for it")


def rides(people: People, turfs: Turfs, terms: Terms, crews: Sequence[Crew]) -> list[Ride]:
    """Who takes whom to a turf that is too far without a car: a mate, or who drives near by.

    Parameters
    ----------
    people, turfs, terms
        As for `propose`.
    crews
        Who goes where.
    """
    way = way_m(turfs, terms)
    at = {person: crew.turf for crew in crews for person in crew.people}
    free = people.seats.copy()
    waiting = [one for one in at if way[at[one]] > people.reach_m[one]]
    # The farthest first: near by there is more choice.
    found: list[Ride] = []
    for person in sorted(waiting, key=lambda one: (-way[at[one]], one)):
        drivers = np.flatnonzero(free > 0)
        if not len(drivers):
            break
        places = np.array(
            [turfs.place[at[d]] if d in at else terms.staging for d in drivers.tolist()]
        )
        off = np.hypot(*(places - turfs.place[at[person]]).T)
        driver = int(drivers[np.argmin(off)])
        free[driver] -= 1
        found.append(Ride(person=person, driver=driver))
    return sorted(found, key=lambda ride: ride.person)


def broken_rules(people: People, turfs: Turfs, terms: Terms, crews: Sequence[Crew]) -> list[str]:
    """Every rule that crews break, in words; none for what `propose` gives.

    Parameters
    ----------
    people, turfs, terms
        As for `propose`.
    crews
        Who goes where, from wherever.
    """
    told: list[str] = []
    everybody = [person for crew in crews for person in crew.people]
    told += [f"person {one} goes twice" for one in _repeated(everybody)]
    told += [f"turf {one} is given twice" for one in _repeated([crew.turf for crew in crews])]
    needed = 0
    for crew in crews:
        told += _broken_by(crew, people, turfs, terms)
        away = float(np.hypot(*(turfs.place[crew.turf] - terms.staging)))
        needed += sum(away > people.reach_m[one] for one in crew.people)
    if needed > people.seats.sum():
        told.append(f"{needed} need a seat, {people.seats.sum()} are free")
    for number, lock in enumerate(terms.locks):
        if not any(
            set(lock.people) <= set(crew.people)
            and lock.turf in (None, crew.turf)
            and (len(lock.people) == 1 or len(lock.people) == len(crew.people))
            for crew in crews
        ):
            told.append(f"lock {number + 1} is not kept")
    return told


def _repeated(numbers: Sequence[int]) -> list[int]:
    return sorted({one for one in numbers if numbers.count(one) > 1})


def _broken_by(crew: Crew, people: People, turfs: Turfs, terms: Terms) -> list[str]:
    told: list[str] = []
    least = 1 if terms.solo else PAIR
    if not least <= len(crew.people) <= THREE:
        told.append(f"{len(crew.people)} go to turf {crew.turf}")
    told += [
        f"{i} and {j} go together"
        for i, j in combinations(sorted(crew.people), 2)
        if (i, j) in terms.apart | terms.banned
    ]
    place = turfs.place[crew.turf]
    away = float(np.hypot(*(place - terms.staging)))
    if away > terms.within_m:
        told.append(f"turf {crew.turf} is {away:.0f} m away")
    for one in crew.people:
        home = people.home[one]
        from_home = float(np.hypot(*(place - (terms.staging if np.isnan(home).any() else home))))
        goes_on_foot = not np.isinf(people.reach_m[one]) and away <= people.reach_m[one]
        walk = float(turfs.walk_m[crew.turf]) + (2 * away if goes_on_foot else 0.0)
        checks = {
            "travels too far": from_home > people.max_travel_m[one],
            "walks too far": walk > people.max_walk_m[one],
            "meets stairs": bool(turfs.stairs[crew.turf]) and not people.climbs_stairs[one],
            "was not to go there": (one, crew.turf) in terms.not_there,
        }
        told += [f"person {one} {what} at turf {crew.turf}" for what, so in checks.items() if so]
    return told
