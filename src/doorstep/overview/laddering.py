"""Steps read off what volunteers did. Pure: nobody sets a step by hand."""

import datetime as dt
from collections.abc import Mapping, Sequence
from statistics import median
from uuid import UUID

import msgspec

from doorstep.overview.model import Ladder, LadderStep, Standing, Step, StepReached

STUCK_AFTER = dt.timedelta(days=30)
BACK_WITHIN = dt.timedelta(days=30)
LABELS: Mapping[Step, str] = {
    Step.JOINED: "Joined",
    Step.SIGNED_UP: "Signed up",
    Step.FIRST_SHIFT: "Came once",
    Step.SECOND_SHIFT: "Came again",
    Step.TRAINED: "Trained",
    Step.LED: "Led a crew",
    Step.BROUGHT_OTHERS: "Brought others",
}
_HINTS: Mapping[Step, str] = {
    Step.SIGNED_UP: "Sign up for a shift; somebody will show you how it is done.",
    Step.FIRST_SHIFT: "Come to your first shift.",
    Step.SECOND_SHIFT: "Come again: most people find the second time easier.",
    Step.TRAINED: "Take part in a training.",
    Step.LED: "Take a newcomer along, or be the captain of a shift.",
    Step.BROUGHT_OTHERS: "Share an event with somebody you know.",
}
_TOP = "You have done it all. Thank you!"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a member did so far, and when first."""

    member_id: UUID
    name: str
    joined_at: dt.datetime
    signed_up_at: dt.datetime | None
    first_shift_at: dt.datetime | None
    second_shift_at: dt.datetime | None
    trained_at: dt.datetime | None
    led_at: dt.datetime | None
    brought_at: dt.datetime | None


def reached(facts: Facts) -> list[StepReached]:
    """The steps somebody has reached, in the order of the ladder; some may be left out."""
    at = (
        facts.joined_at, facts.signed_up_at, facts.first_shift_at, facts.second_shift_at,
        facts.trained_at, facts.led_at, facts.brought_at,
    )  # fmt: skip
    return [
        StepReached(step=step, at=when)
        for step, when in zip(Step, at, strict=True)
        if when is not None
    ]


def standing(facts: Facts, now: dt.datetime) -> Standing:
    """Where somebody stands: on the highest step they reached, whatever they left out."""
    steps = reached(facts)
    have = {one.step for one in steps}
    last = steps[-1]
    # Steps that were left out below are next: who led a crew may never have been trained.
    following = next((step for step in Step if step not in have), None)
    return Standing(
        member_id=facts.member_id,
        name=facts.name,
        step=last.step,
        since=last.at,
        days=max((now - last.at).days, 0),
        reached=steps,
        next_step=following,
        hint=_TOP if following is None else _HINTS[following],
    )


def came_back(facts: Facts, now: dt.datetime) -> bool | None:
    """Whether the second shift came within 30 days of the first; None while it still may."""
    first, second = facts.first_shift_at, facts.second_shift_at
    if first is None:
        return None
    if second is not None:
        return second <= first + BACK_WITHIN
    return None if now < first + BACK_WITHIN else False


def ladder(everybody: Sequence[Facts], now: dt.datetime) -> Ladder:
    """All volunteers by step."""
    standings = [standing(one, now) for one in everybody]
    back = [known for one in everybody if (known := came_back(one, now)) is not None]
    return Ladder(
        volunteers_count=len(standings),
        steps=[_step(step, standings, now) for step in Step],
        first_timers_count=len(back),
        back_within_30_days_count=sum(back),
        back_within_30_days_share=round(sum(back) / len(back), 4) if back else None,
    )


def _step(step: Step, standings: Sequence[Standing], now: dt.datetime) -> LadderStep:
    here = [one for one in standings if one.step is step]
    return LadderStep(
        step=step,
        label=LABELS[step],
        reached_count=sum(any(r.step is step for r in one.reached) for one in standings),
        here_count=len(here),
        stuck_count=sum(is_stuck(one, now) for one in here),
        median_days=median(one.days for one in here) if here else None,
    )


def is_stuck(one: Standing, now: dt.datetime) -> bool:
    """Whether somebody has stood there for more than 30 days; the top is no place to be stuck."""
    return one.next_step is not None and now - one.since > STUCK_AFTER
