"""The demo's volunteers: invited, signed in, each with a phone on a bad network."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import numpy as np

from doorstep.commands.demo_fieldwork import Canvasser
from doorstep.commands.demo_network import Fault, FlakyTransport, Weather
from doorstep.commands.demo_setup import Share, assign, share_out
from doorstep.commands.demo_stage import TIME_ZONE, Stage
from doorstep.commands.phones import Phone
from doorstep.commands.synthetic import SEED
from doorstep.kit.auth import Role
from doorstep.kit.tokens import ACCESS_S

Json = dict[str, Any]

FIRST_KNOCK, ALL_HOME = dt.time(10), dt.time(15)
WRONG_CLOCK_S = 7 * 60
LATE_S = 10 * 60
"""Nobody's clock is further off; nobody begins later."""
NAMES = (
    "Aada",
    "Bo",
    "Cilla",
    "Daud",
    "Elsa",
    "Frej",
    "Gita",
    "Hugo",
    "Iida",
    "Joel",
    "Kim",
    "Liv",
)


@dataclass
class Team:
    """Canvassers, what each walks, and the networks between them and the server."""

    canvassers: list[Canvasser] = field(default_factory=list[Canvasser])
    shares: list[list[Share]] = field(default_factory=list[list[Share]])
    networks: list[FlakyTransport] = field(default_factory=list[FlakyTransport])

    async def walk(self) -> None:
        """Knock on every door, all at the same time."""
        async with asyncio.TaskGroup() as group:
            for canvasser, share in zip(self.canvassers, self.shares, strict=True):
                group.create_task(canvasser.walk(share))

    def made(self) -> dict[str, Json]:
        """Every event of every phone, by id, as it was made."""
        return {
            event_id: event
            for canvasser in self.canvassers
            for event_id, event in canvasser.made.items()
        }

    def turfs_count(self) -> int:
        """How many turfs the team holds."""
        return len({turf_id for share in self.shares for turf_id, _, _ in share})

    def faults(self) -> dict[Fault, int]:
        """How many requests met which fault."""
        return {fault: sum(one.counts[fault] for one in self.networks) for fault in Fault}


@contextlib.asynccontextmanager
async def gathered(
    stage: Stage, turfs: Sequence[Json], count: int, folder: Path, speed: float
) -> AsyncGenerator[Team]:
    """A team of ``count`` that holds the turfs, each with a signed-in phone."""
    tokens = [
        await stage.join(_name(number), f"volunteer-{number + 1}@example.org")
        for number in range(count)
    ]
    team = Team(shares=share_out(turfs, count))
    await assign(stage, team.shares, [one["member_id"] for one in tokens])
    stage.tokens[Role.VOLUNTEER] = dict(tokens[-1])
    _let_expire(stage, tokens[0])
    async with contextlib.AsyncExitStack() as stack:
        for number, one in enumerate(tokens):
            rng = np.random.default_rng((SEED, number))
            network = FlakyTransport(stage.connect(), Weather(), rng.spawn(1)[0])
            http = await stack.enter_async_context(
                httpx.AsyncClient(transport=network, base_url=stage.http.base_url, timeout=30)
            )
            clock_error = dt.timedelta(seconds=float(rng.uniform(-WRONG_CLOCK_S, WRONG_CLOCK_S)))
            phone = Phone.signed_in(folder / f"phone-{number + 1}", http, _clock(clock_error), one)
            late = dt.timedelta(seconds=float(rng.uniform(0, LATE_S)))
            team.networks.append(network)
            team.canvassers.append(
                Canvasser(
                    name=_name(number),
                    phone=phone,
                    rng=rng,
                    at=_field_day() + late,
                    clock_error=clock_error,
                    speed=speed,
                )
            )
        # The new tokens get lost on their way, once: the phone has to ask for them again.
        team.networks[0].planned["/sign-in/refreshes"] = [Fault.ANSWER_LOST]
        yield team


def _name(number: int) -> str:
    again = number // len(NAMES)
    return NAMES[number % len(NAMES)] + (f" {again + 1}" if again else "")


def _let_expire(stage: Stage, tokens: Json) -> None:
    """Put an access token that is a minute too old in place of the fresh one."""
    then = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ACCESS_S + 60)
    member_id, device_id = UUID(tokens["member_id"]), UUID(tokens["device_id"])
    tokens["access_token"] = stage.keyring.sign(member_id, device_id, then)


def _clock(error: dt.timedelta) -> Callable[[], dt.datetime]:
    def now() -> dt.datetime:
        # The day in the field is told in `occurred_at`. The time of sending is the real one, as if
        # the phones had been without a signal until now: by the difference between it and its own
        # clock, the server knows how wrong this one is.
        return dt.datetime.now(dt.UTC) + error

    return now


def _field_day() -> dt.datetime:
    """Ten in the morning of the last day on which everybody is home by now."""
    now = dt.datetime.now(ZoneInfo(TIME_ZONE))
    day = now.date() if now.time() > ALL_HOME else now.date() - dt.timedelta(days=1)
    return dt.datetime.combine(day, FIRST_KNOCK, now.tzinfo)
