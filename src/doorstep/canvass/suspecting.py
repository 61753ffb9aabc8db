"""What looks odd about the knocks of a batch. Pure: a reason to look, with what it rests on."""

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from doorstep.algorithms.projecting import Result, counts_as_contact
from doorstep.canvass.review_model import Evidence, Signal
from doorstep.canvass.review_queries import Knock

EARTH_M = 6_371_000.0


@dataclass(frozen=True)
class Usual:
    """What a careful canvasser does not exceed."""

    gap_s: float = 20.0
    """From one address to the next and a knock; the fastest literature drops take longer."""
    quick_share: float = 0.3
    walk_m_s: float = 4.0
    """A run. Cyclists and cars go faster, hence only legs of some length count."""
    leg_m: float = 150.0
    off_s: float = 900.0
    """Between when the phone made an id (UUIDv7 holds the time) and when it says it happened."""
    knocks: int = 10
    """Fewer tell nothing about a rate."""
    deviations: float = 4.0


def signals(
    knocks: Sequence[Knock], others: tuple[int, int], usual: Usual | None = None
) -> list[Signal]:
    """What is odd about knocks, in the order in which they happened.

    Parameters
    ----------
    knocks
        Those of one batch, by time.
    others
        How many knocks and talks the whole pass has, this batch among them.
    """
    limits = usual or Usual()
    found = (
        _pace(knocks, limits),
        _distance(knocks, limits),
        _time_order(knocks, limits),
        _contact_rate(knocks, others, limits),
    )
    return [signal for signal in found if signal is not None]


def _legs(knocks: Sequence[Knock]) -> Iterator[tuple[Knock, Knock, float, float]]:
    """From each knock to the next at another address: both, seconds, metres."""
    for one, other in pairwise(knocks):
        if one.address_id != other.address_id:
            seconds = (other.occurred_at - one.occurred_at).total_seconds()
            yield one, other, seconds, _apart_m(one, other)


def _apart_m(one: Knock, other: Knock) -> float:
    """Great-circle distance by haversine."""
    phi, psi = math.radians(one.lat), math.radians(other.lat)
    a = (
        math.sin((psi - phi) / 2) ** 2
        + math.cos(phi) * math.cos(psi) * math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    )
    return 2 * EARTH_M * math.asin(math.sqrt(min(1.0, a)))


def _evidence(one: Knock, other: Knock, seconds: float, metres: float) -> Evidence:
    return Evidence(event_ids=[one.id, other.id], seconds=seconds, metres=round(metres, 1))


def _pace(knocks: Sequence[Knock], usual: Usual) -> Signal | None:
    legs = list(_legs(knocks))
    quick = [leg for leg in legs if leg[2] < usual.gap_s]
    if len(legs) < usual.knocks or len(quick) <= usual.quick_share * len(legs):
        return None
    return Signal(
        kind="pace",
        value=round(len(quick) / len(legs), 3),
        expected=usual.quick_share,
        says=f"{len(quick)} of {len(legs)} walks to another address took under {usual.gap_s:.0f} s",
        evidence=[_evidence(*leg) for leg in quick[:20]],
    )


def _distance(knocks: Sequence[Knock], usual: Usual) -> Signal | None:
    fast = [
        leg
        for leg in _legs(knocks)
        if leg[3] > usual.leg_m and leg[3] > usual.walk_m_s * max(leg[2], 1.0)
    ]
    if not fast:
        return None
    worst = max(metres / max(seconds, 1.0) for _, _, seconds, metres in fast)
    return Signal(
        kind="distance",
        value=round(worst, 1),
        expected=usual.walk_m_s,
        says=f"{len(fast)} walks were faster than {usual.walk_m_s:.0f} m/s, one {worst:.0f} m/s",
        evidence=[_evidence(*leg) for leg in fast[:20]],
    )


def _time_order(knocks: Sequence[Knock], usual: Usual) -> Signal | None:
    off = [
        (knock, gap)
        for knock in knocks
        if (gap := _made_apart_s(knock)) is not None and abs(gap) > usual.off_s
    ]
    if not off:
        return None
    return Signal(
        kind="time_order",
        value=max(abs(gap) for _, gap in off),
        expected=usual.off_s,
        says=f"{len(off)} knocks were recorded at another time than they are said to have happened",
        evidence=[
            Evidence(event_ids=[knock.id], seconds=round(gap, 1), metres=None)
            for knock, gap in off[:20]
        ],
    )


def _made_apart_s(knock: Knock) -> float | None:
    """Seconds from when it is said to have happened to when its id was made; both by the phone."""
    if knock.id.version != 7:  # noqa: PLR2004 -- of RFC 9562
        return None
    made = dt.datetime.fromtimestamp((knock.id.int >> 80) / 1000, dt.UTC)
    return (made - knock.recorded_at).total_seconds()


def _contact_rate(knocks: Sequence[Knock], others: tuple[int, int], usual: Usual) -> Signal | None:
    """Against everybody else's rate in the pass, by the normal approximation of the binomial."""
    talks = sum(counts_as_contact(Result(knock.result)) for knock in knocks)
    rest, rest_talks = others[0] - len(knocks), others[1] - talks
    if len(knocks) < usual.knocks or rest < usual.knocks:
        return None
    # One talk and one knock more each way: a rate of nought or one has no spread.
    usual_rate = (max(rest_talks, 0) + 1) / (rest + 2)
    rate = talks / len(knocks)
    spread = math.sqrt(usual_rate * (1 - usual_rate) / len(knocks))
    if rate - usual_rate <= usual.deviations * spread:
        return None
    return Signal(
        kind="contact_rate",
        value=round(rate, 3),
        expected=round(usual_rate, 3),
        says=f"{talks} of {len(knocks)} knocks met somebody; elsewhere in the pass "
        f"{100 * usual_rate:.0f} in 100 do",
        evidence=[
            Evidence(
                event_ids=[k.id for k in knocks if counts_as_contact(Result(k.result))][:50],
                seconds=None,
                metres=None,
            )
        ],
    )
