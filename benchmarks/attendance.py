"""Forecasts of who comes, against the plain share of those who came before.

A past is made up in which volunteers differ, a confirmation helps, a long lead harms, kinds of
shift differ, and the weather of a day is the same for all. Forecasts learn from its first part and
are held against the rest, which they have not seen.
"""

# What is made up is made up of plain numbers.
# ruff: noqa: PLR2004

import json
import sys

import numpy as np

from doorstep.algorithms.staffing.attending import Bookings, brier, forecast, learn

SEEDS = (1, 2, 3)
PEOPLE, SHIFTS, SEEN, BOOKED, KINDS = 300, 200, 150, 20, 3
GOAL = 0.95


def past(seed: int) -> tuple[Bookings, np.ndarray, np.ndarray]:
    """Bookings, the true chance of each, and whether each came."""
    rng = np.random.default_rng(seed)
    habit, weather = rng.normal(0, 1.0, PEOPLE), rng.normal(0, 0.35, SHIFTS)
    kind_of = rng.integers(0, KINDS, SHIFTS)
    shift = np.repeat(np.arange(SHIFTS), BOOKED)
    # Some come often, most seldom.
    often = rng.gamma(0.5, 1.0, PEOPLE) + 0.01
    often /= often.sum()
    person = np.concatenate(
        [rng.choice(PEOPLE, BOOKED, replace=False, p=often) for _ in range(SHIFTS)]
    )
    lead, confirmed = rng.uniform(0.5, 30, len(shift)), rng.random(len(shift)) < 0.5
    effect = np.array([0.3, 0.0, -0.4])[kind_of[shift]]
    odds = 0.4 + habit[person] + weather[shift] + effect + 0.9 * confirmed
    odds -= 0.8 * (np.log10(1 + lead) - np.log10(8))
    chance = 1 / (1 + np.exp(-odds))
    bookings = Bookings(
        person=person, kind=kind_of[shift], shift=shift, lead_days=lead, confirmed=confirmed
    )
    return bookings, chance, rng.random(len(shift)) < chance


def part(bookings: Bookings, which: np.ndarray) -> Bookings:
    """Some of them."""
    return Bookings(
        **{name: getattr(bookings, name)[which] for name in bookings.__dataclass_fields__}
    )


def main() -> None:
    """Print scores and coverage, and as the last line the ratio to the base rate."""
    worst = 0.0
    for seed in SEEDS:
        bookings, truth, came = past(seed)
        early = bookings.shift < SEEN
        habits = learn(part(bookings, early), came[early], people=PEOPLE, kinds=KINDS)
        shares, inside, off, wide = [], [], [], []
        for shift in range(SEEN, SHIFTS):
            here = bookings.shift == shift
            found = forecast(habits, part(bookings, here))
            shares.append(found.shares)
            inside.append(found.low <= came[here].sum() <= found.high)
            off.append(abs(found.expected - came[here].sum()))
            wide.append(found.high - found.low)
        late = ~early
        ours = brier(np.concatenate(shares), came[late])
        base = brier(np.full(int(late.sum()), habits.base_rate), came[late])
        best = brier(truth[late], came[late])
        worst = max(worst, ours / base)
        print(
            f"seed {seed}: Brier {ours:.4f}, base rate {base:.4f}, knowing the truth {best:.4f}: "
            f"{(base - ours) / (base - best):.0%} of what can be known; 80 % interval held in "
            f"{np.mean(inside):.0%} of shifts, {np.mean(wide):.1f} people wide; "
            f"off by {np.mean(off):.1f} of {BOOKED}"
        )
    holds = worst <= GOAL
    print(
        json.dumps(
            {"name": "attendance_brier", "value": round(worst, 3), "goal": GOAL, "holds": holds}
        )
    )
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
