"""A simulated day in the field: what each canvasser meets, and what they tap on their phone."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from doorstep.commands.demo_script import NOTES, conversation
from doorstep.commands.phones import Phone

Json = dict[str, Any]

SHARES = {
    "not_home": 0.55,
    "canvassed": 0.25,
    "refused": 0.07,
    "come_back": 0.05,
    "moved": 0.03,
    "language_barrier": 0.02,
    "inaccessible": 0.02,
    "do_not_contact": 0.01,
}
LOCKED_SHARE = 0.04
NOTE_SHARE = 0.06
CORRECTED_SHARE = 0.03
UNDONE_SHARE = 0.02
"""How often a building is locked, a note is written, a tap was wrong and is mended or undone."""

SPEED = 1000
"""The field's seconds in one of the demo's: three hours pass in eleven seconds."""
PUSH_EVERY = 6
"""Doors between two pushes; an app would also push when it comes to the front."""
KILLED_SHARE = 0.03
"""How often, after a door, the app is killed while it sends."""


@dataclass(kw_only=True)
class Canvasser:
    """One volunteer with a phone, and how far they are."""

    name: str
    phone: Phone
    rng: np.random.Generator
    at: dt.datetime
    """The time of day on the simulated field, by a right clock."""
    clock_error: dt.timedelta
    """How far the phone's clock is ahead."""
    speed: float = SPEED
    doors_count: int = 0
    doors_done: int = 0
    made: dict[str, Json] = field(default_factory=dict[str, Json])
    """Every event as it was made, to compare with what the server has in the end."""

    async def walk(self, turfs: Sequence[tuple[str, int, int]]) -> None:
        """Knock on the doors of these turfs: id, this canvasser's place and how many share it."""
        mine: list[tuple[Json, list[Json]]] = []
        for turf_id, place, holders in turfs:
            bundle = await self.phone.bundle(turf_id)
            mine.append((bundle, bundle["doors"][place::holders]))
        self.doors_count = sum(len(doors) for _, doors in mine)
        for bundle, doors in mine:
            for door in doors:
                await self._visit(bundle, door)
        await self.phone.push()

    async def _visit(self, bundle: Json, door: Json) -> None:
        before = self.at
        self._pass(20, 90)
        if not door["do_not_contact"]:
            self._knock(bundle, door)
        self.doors_done += 1
        await asyncio.sleep((self.at - before).total_seconds() / self.speed)
        if self.rng.random() < KILLED_SHARE:
            await self._lose_the_app(bundle)
        elif self.doors_done % PUSH_EVERY == 0:
            await self.phone.push()

    async def _lose_the_app(self, bundle: Json) -> None:
        """The app is killed in the middle of sending, and opened again."""
        sending = asyncio.create_task(self.phone.push())
        await asyncio.sleep(self.rng.uniform(0, 0.05))
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        self.phone = self.phone.restarted()
        await self.phone.bundle(bundle["turf"]["id"])

    def _knock(self, bundle: Json, door: Json) -> None:
        where = {"turf_id": bundle["turf"]["id"], "door_id": door["id"]}
        if self.rng.random() < LOCKED_SHARE and not self._locked(bundle, door):
            return
        result = str(self.rng.choice(list(SHARES), p=list(SHARES.values())))
        if self.rng.random() < UNDONE_SHARE:
            wrong = self._record("attempt", **where, result="refused")
            self._pass(3, 10)
            self._record("void", target_id=wrong)
        people = [person for person in bundle["people"] if person["door_id"] == door["id"]]
        if result == "canvassed" and people:
            person = people[int(self.rng.integers(len(people)))]
            where = {**where, "person_id": person["id"]}
        self._pass(20, 60)
        tap = "not_home" if self.rng.random() < CORRECTED_SHARE else result
        attempt = self._record("attempt", **where, result=tap)
        if tap != result:
            self._pass(3, 10)
            self._record("correct", target_id=attempt, result=result)
        if result == "canvassed":
            self._talk(bundle["script"], where)
        if self.rng.random() < NOTE_SHARE:
            self._record("note", **where, text=str(self.rng.choice(NOTES)))

    def _locked(self, bundle: Json, door: Json) -> bool:
        """Find the building locked; True if somebody opens after all."""
        where = {"turf_id": bundle["turf"]["id"], "building_id": door["building_id"]}
        self._record("attempt", **where, mark="locked")
        opens = self.rng.random() < 0.5  # noqa: PLR2004
        if opens:
            self._pass(30, 120)
            self._record("attempt", **where, mark="open")
        return opens

    def _talk(self, script: Json, where: Json) -> None:
        for answer in conversation(self.rng, script):
            self._pass(15, 45)
            self._record(
                "answer",
                **where,
                script_id=script["script_id"],
                script_version=script["version"],
                **answer,
            )

    def _record(self, kind: str, **particulars: Any) -> str:
        event_id = self.phone.record(kind, self.at + self.clock_error, **particulars)
        self.made[event_id] = self.phone.outbox.waiting[event_id]
        self._pass(1, 3)
        return event_id

    def _pass(self, least_s: float, most_s: float) -> None:
        self.at += dt.timedelta(seconds=float(self.rng.uniform(least_s, most_s)))
