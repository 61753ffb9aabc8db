"""Pairs and turfs for 200 volunteers and 150 turfs, against first come, first matched.

The baselines go down the list as people signed up: each goes with the next on the list whom they
may go with, to a turf left that is within the limits of both and that they can get to: the nearest,
as it is done at the table, or the best, which takes somebody who knows all turfs. Both keep every
hard rule, so the ratios are what choosing all at once is worth. Covered doors are those that the
shift is long enough for. Time is that of the processor, so that others on the machine do not count:
one thread does it all.
"""

# What is made up is made up of plain numbers.
# ruff: noqa: PLR2004

import sys
from dataclasses import dataclass
from time import process_time

import numpy as np
from harness import report

from doorstep.algorithms.staffing.crewing import broken_rules, points_of, propose
from doorstep.algorithms.staffing.model import Crew, Floats, People, Terms, Turfs
from doorstep.algorithms.staffing.scoring import Worth, way_m, worth

PEOPLE, TURFS, SEEDS = 200, 150, (1, 2, 3)
WITHIN_S = 10.0
SPOKEN = {"en": 0.85, "es": 0.3, "zh": 0.1, "ar": 0.05, "vi": 0.05}


@dataclass(frozen=True)
class Outcome:
    """What crews came to."""

    doors: float
    travel_km: float
    points: float
    newcomers_alone: int
    no_language: int
    broken: int


def shift(seed: int) -> tuple[People, Turfs, Terms]:
    """A large shift in a city: one in seven drives, some have limits, many are new."""
    rng = np.random.default_rng(seed)
    n, t = PEOPLE, TURFS
    drives, rides = rng.random(n) < 0.15, rng.random(n) < 0.15
    people = People(
        shifts_done=rng.geometric(0.25, n) - 1,
        languages=[
            frozenset(code for code, share in SPOKEN.items() if rng.random() < share)
            for _ in range(n)
        ],
        reach_m=np.where(drives, np.inf, np.where(rides, 5000.0, 1500.0)),
        seats=np.where(drives, rng.integers(1, 5, n), 0),
        max_travel_m=np.where(rng.random(n) < 0.4, np.inf, rng.uniform(2000, 12_000, n)),
        max_walk_m=np.where(rng.random(n) < 0.6, np.inf, rng.uniform(2500, 9000, n)),
        climbs_stairs=rng.random(n) < 0.85,
        luck=rng.uniform(-1, 1, n) * (rng.random(n) < 0.7),
        home=np.where(rng.random((n, 1)) < 0.1, np.nan, rng.normal(0, 4000, (n, 2))),
    )
    turfs = Turfs(
        place=rng.normal(0, 2000, (t, 2)),
        value=np.rint(rng.gamma(6, 7, t)),
        minutes=rng.normal(115, 20, t).clip(40, 200),
        walk_m=rng.gamma(9, 220, t),
        stairs=rng.random(t) < 0.25,
    )

    def some(count: int) -> frozenset[tuple[int, int]]:
        pairs = (sorted(rng.choice(n, 2, replace=False).tolist()) for _ in range(count))
        return frozenset((low, high) for low, high in pairs)

    apart = some(20)
    terms = Terms(staging=np.zeros(2), shift_minutes=150.0, apart=apart, buddies=some(25) - apart)
    return people, turfs, terms


def first_come(people: People, points: Worth, wanted: Floats) -> list[Crew]:
    """Down the list: the next who may come along, and the turf left that is ``wanted`` most."""
    free = np.ones(len(points.turf), np.bool_)
    seats = int(people.seats.sum())
    waiting, crews = list(range(len(people))), list[Crew]()
    while waiting:
        first = waiting.pop(0)
        for mate in list(waiting):
            needed = points.needs_seat[first].astype(np.int64) + points.needs_seat[mate]
            there = points.there[first] + points.there[mate]
            able = free & np.isfinite(there) & (needed <= seats)
            if not np.isfinite(points.pair[first, mate]) or not able.any():
                continue
            turf = int(np.argmax(np.where(able, wanted, -np.inf)))
            free[turf] = False
            seats -= int(needed[turf])
            waiting.remove(mate)
            crews.append(Crew(people=(first, mate), turf=turf))
            break
    return crews


def outcome(
    crews: list[Crew], people: People, turfs: Turfs, terms: Terms, points: Worth
) -> Outcome:
    """What they cover, travel, and leave to be desired."""
    way_km = way_m(turfs, terms) / 1000
    fresh = people.shifts_done < terms.experienced_from
    spoken = [[people.languages[one] for one in crew.people] for crew in crews]
    return Outcome(
        doors=float(sum(points.coverage[crew.turf] for crew in crews)),
        travel_km=float(sum(way_km[crew.turf] * len(crew.people) for crew in crews)),
        points=points_of(crews, points),
        newcomers_alone=sum(bool(fresh[list(crew.people)].all()) for crew in crews),
        no_language=sum(
            all(codes) and not frozenset[str].intersection(*codes)
            for codes in (list(one) for one in spoken)
        ),
        broken=len(broken_rules(people, turfs, terms, crews)),
    )


def main() -> None:
    """Print all three, and as the last line the slowest run."""
    times: list[float] = []
    more: dict[str, list[float]] = {"nearest": [], "best": []}
    for seed in SEEDS:
        people, turfs, terms = shift(seed)
        points = worth(people, turfs, terms)
        begun = process_time()
        found = propose(people, turfs, terms)
        times.append(process_time() - begun)
        print(f"seed {seed}: {len(found.crews)} crews, gap {found.gap:.2%}, {times[-1]:.1f} s")
        ours = outcome(found.crews, people, turfs, terms, points)
        told("all at once", ours, ours)
        for name, wanted in (("nearest", -way_m(turfs, terms)), ("best", points.coverage)):
            crews = first_come(people, points, wanted)
            theirs = outcome(crews, people, turfs, terms, points)
            told(f"first come, {name}", theirs, ours)
            more[name].append(ours.doors / theirs.doors)
            if ours.broken or ours.points < theirs.points:
                sys.exit("a rule is broken, or first come is better")
    for name, ratios in more.items():
        print(f"doors covered against first come, {name} turf: {min(ratios):.2f} and more")
    report("crewing_s", max(times), WITHIN_S, {})


def told(name: str, one: Outcome, ours: Outcome) -> None:
    """Print a line of figures, and ours as a ratio to it."""
    print(
        f"  {name:20} {one.doors:5.0f} doors  {one.travel_km / one.doors * 1000:3.0f} m a door  "
        f"{one.points:6.0f} points  rules broken {one.broken}  newcomers by themselves "
        f"{one.newcomers_alone:2}  no language shared {one.no_language:2}  ratios: doors "
        f"{ours.doors / one.doors:.2f} points {ours.points / one.points:.2f} travel a door "
        f"{ours.travel_km / ours.doors / (one.travel_km / one.doors):.2f}"
    )


if __name__ == "__main__":
    main()
