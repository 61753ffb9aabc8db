"""How many of a shift will come, and how many turfs that takes."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import numpy as np

from doorstep.algorithms.staffing.attending import (
    Bookings,
    Forecast,
    Habits,
    forecast,
    learn,
    prepare,
)
from doorstep.events.model import EventKind
from doorstep.events.service import shift_by_id
from doorstep.kit.db import Connection
from doorstep.staffing import queries
from doorstep.staffing.model import Chance, ShiftForecast
from doorstep.staffing.queries import Booked

MOST_BOOKINGS = 10_000
"""The latest of them are learned from: about a second's work."""
_KINDS = {kind.value: number for number, kind in enumerate(EventKind)}


async def shift_forecast(db: Connection, organization_id: UUID, shift_id: UUID) -> ShiftForecast:
    """How many of those booked will come, learned from the shifts that were closed.

    Raises
    ------
    NotFoundError
        If there is no such shift.
    """
    shift = await shift_by_id(db, organization_id, shift_id)
    booked = await queries.bookings_of(db, organization_id, shift.id)
    past = await queries.past_bookings(db, organization_id, MOST_BOOKINGS)
    past = [one for one in past if one.shift_id != shift_id]
    found, habits = await asyncio.to_thread(_foretell, booked, past)
    ready = prepare(found)
    expected = round(found.expected)
    people = [
        Chance(
            signup_id=one.signup_id,
            member_id=one.member_id,
            member_name=one.member_name,
            confirmed=one.confirmed,
            share=round(float(share), 3),
        )
        for one, share in zip(booked, found.shares, strict=True)
    ]
    return ShiftForecast(
        shift_id=shift_id,
        booked_count=len(booked),
        expected=round(found.expected, 1),
        low=found.low,
        high=found.high,
        pairs=ready.pairs,
        spare=ready.spare,
        line=(
            f"{len(booked)} booked, {expected} expected ({found.low} to {found.high}): "
            f"prepare {ready.turfs} turfs: {ready.pairs} pairs + {ready.spare} spare"
        ),
        people=sorted(people, key=lambda one: one.share),
        learned_from=habits.seen,
        usual_share=habits.base_rate,
    )


def _foretell(booked: Sequence[Booked], past: Sequence[Booked]) -> tuple[Forecast, Habits]:
    numbers = {one: at for at, one in enumerate(dict.fromkeys(b.member_id for b in past))}
    came = np.array([one.came for one in past], np.bool_)
    habits = learn(_columns(past, numbers), came, people=len(numbers), kinds=len(_KINDS))
    return forecast(habits, _columns(booked, numbers)), habits


def _columns(bookings: Sequence[Booked], numbers: dict[UUID, int]) -> Bookings:
    shifts = {one: at for at, one in enumerate(dict.fromkeys(b.shift_id for b in bookings))}
    return Bookings(
        person=np.array([numbers.get(one.member_id, -1) for one in bookings], np.int64),
        kind=np.array([_KINDS[one.kind] for one in bookings], np.int64),
        shift=np.array([shifts[one.shift_id] for one in bookings], np.int64),
        lead_days=np.array([one.lead_days for one in bookings], np.float64),
        confirmed=np.array([one.confirmed for one in bookings], np.bool_),
    )
