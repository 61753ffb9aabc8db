"""Phones, organizers and a network in any order, against an oracle that keeps all in memory.

What must hold, whatever happens: an accepted event is there exactly once (I1); its outcome depends
on its id and content alone (I2), not on order, repeats or grouping (I3); what a phone gathered is
what a new one would get (I4); cursors never fall (I5); nothing out of scope is sent (I6); a bad
item changes no other's outcome (I7); an undo may come before its knock (I8); clocks that are a day
off change no count (I9); and no edit of others makes a push fail (I10).

A thousand examples take some ten minutes of a quiet machine and tell how far they are. In parts:
`DOORSTEP_MACHINE_EXAMPLES=250 pytest tests/sync/test_machine.py --hypothesis-seed=1`, then 2, 3, 4.
"""

import asyncio
import datetime as dt
import itertools
import json
import os
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from makers import make_field, make_street, make_tenant, make_turf
from phone import Held, fresh

from doorstep.algorithms.projecting import EventKind, Fact, Result, project_door
from doorstep.kit.ids import new_id

EXAMPLES = int(os.environ.get("DOORSTEP_MACHINE_EXAMPLES", "12"))
STEPS = 30
PROGRESS = 50
RESULTS = ["not_home", "canvassed", "refused", "come_back", "moved", "do_not_contact"]
NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
WHO = st.integers(0, 1)


@dataclass
class Oracle:
    """What ought to be."""

    events: dict = field(default_factory=dict)
    """Accepted, by id: (item, recorded at by a right clock)."""
    turf_of: dict = field(default_factory=dict)
    """Door → turf."""
    holders: dict = field(default_factory=lambda: defaultdict(set))
    """Volunteer → turfs held."""
    ever: dict = field(default_factory=lambda: defaultdict(set))
    left_alone: set = field(default_factory=set)
    asked: set = field(default_factory=set)

    def door_of(self, event):
        seen = set()
        while event is not None and "door_id" not in event:
            if event["id"] in seen:
                return None
            seen.add(event["id"])
            event = self.events.get(event["target_id"], (None,))[0]
        return event and event["door_id"]

    def state(self, door):
        """Where a door stands, by everything accepted."""
        facts = [
            Fact(
                id=UUID(event["id"]),
                kind=EventKind(event["kind"]),
                occurred_at=at,
                target_id=UUID(event["target_id"]) if "target_id" in event else None,
                door_id=UUID(door),
                result=Result(event["result"]) if "result" in event else None,
            )
            for event, at in self.events.values()
            if self.door_of(event) == door
        ]
        return project_door(facts)

    def doors_of(self, who):
        return {door for door, turf in self.turf_of.items() if turf in self.holders[who]}


def machine_on(world, loop, tell):  # noqa: C901 -- the rules of one machine
    """The machine for this session's server; its rules run on the session's loop."""

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)

    begun = itertools.count()
    since = time.monotonic()

    class Phones(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            if (number := next(begun)) and number % PROGRESS == 0:
                each_s = (time.monotonic() - since) / number
                tell(f"{number} of {EXAMPLES} examples, {each_s:.2f} s each")
            run(self._begin())

        async def _begin(self):
            self.tenant = await make_tenant(world)
            self.field = await make_field(self.tenant, houses=3)
            street = await make_street(self.tenant, houses=2, lon=25.5)
            second = await make_turf(self.tenant, self.field.pass_id, street.box, "Turf 2")
            self.organizer = await self.tenant.organizer()
            await self.organizer.post(f"/turfs/{second['id']}/publishing")
            self.turfs = [self.field.turf_id, second["id"]]
            partner_id, partner = await self.tenant.member()
            self.member_ids = [str(self.field.volunteer_id), str(partner_id)]
            self.clients = [self.field.volunteer, partner]
            self.phones = [Held(client) for client in self.clients]
            self.oracle = Oracle()
            for door in self.field.street.door_ids:
                self.oracle.turf_of[str(door)] = self.turfs[0]
            for door in street.door_ids:
                self.oracle.turf_of[str(door)] = self.turfs[1]
            people = [*self.field.street.person_ids, *street.person_ids]
            self.person_of = dict(zip(self.oracle.turf_of, map(str, people), strict=True))
            self.doors = list(self.oracle.turf_of)
            self.oracle.holders[0] = {self.turfs[0]}
            self.oracle.ever[0] = {self.turfs[0]}
            self.outboxes = [[], []]
            self.late = [[], []]
            self.marks = {}
            self.rollbacks = []

        # What happens at doors: only the phone knows of it yet.

        @rule(who=WHO, place=st.integers(0, 4), result=st.sampled_from(RESULTS),
              second=st.integers(0, 600))  # fmt: skip
        def knock(self, who, place, result, second):
            door = self.doors[place]
            turf = self.oracle.turf_of[door]
            if turf not in self.oracle.holders[who]:
                return
            self.outboxes[who].append(
                {"id": str(new_id()), "kind": "attempt", "turf_id": turf, "door_id": door,
                 "result": result, "at": NOON + dt.timedelta(seconds=second)}
            )  # fmt: skip

        @rule(who=WHO, place=st.integers(0, 20), kind=st.sampled_from(["void", "correct"]),
              result=st.sampled_from(RESULTS[:-1]), first=st.booleans())  # fmt: skip
        def reply(self, who, place, kind, result, first):
            own = self.outboxes[who]
            if not own:
                return
            target = own[place % len(own)]
            told = {"id": str(new_id()), "kind": kind, "target_id": target["id"],
                    "at": target["at"] + dt.timedelta(seconds=1)}  # fmt: skip
            if kind == "correct":
                told["result"] = result
            own.insert(0 if first else len(own), told)

        # The network.

        @rule(who=WHO, cut=st.integers(1, 8), repeats=st.integers(1, 3), skew=st.integers(-1, 1),
              bad=st.booleans(), late=st.booleans(), turn=st.integers(0, 2**32))  # fmt: skip
        def push(self, who, cut, repeats, skew, bad, late, turn):
            batch = self.outboxes[who][:cut]
            self.outboxes[who] = self.outboxes[who][cut:]
            run(self._push(who, batch, repeats, dt.timedelta(days=skew), bad, turn))
            if late and batch:
                self.late[who].append(batch)

        async def _push(self, who, batch, repeats, skew, bad, turn):
            new = {event["id"] for event in batch} - self.oracle.events.keys()
            settled, chance = {}, random.Random(turn)
            for _ in range(repeats):
                chance.shuffle(batch)
                for event_id, outcome in (await self._send(who, batch, skew, bad)).items():
                    settled.setdefault(event_id, []).append(outcome)
            for event in batch:
                expected = ["accepted" if event["id"] in new else "duplicate"]
                expected += ["duplicate"] * (repeats - 1)
                assert settled[event["id"]] == expected
                self.oracle.events.setdefault(event["id"], (event, event["at"]))
            for event in batch:
                if event.get("result") == "do_not_contact" and event["kind"] == "attempt":
                    if event["id"] in new:
                        self.oracle.left_alone.add(event["door_id"])
                    self.oracle.asked.add(event["door_id"])

        async def _send(self, who, batch, skew, bad):
            items = [
                {key: value for key, value in event.items() if key != "at"}
                | {"occurred_at": (event["at"] + skew).isoformat()}
                for event in batch
            ]
            # The clock is as wrong at sending as it was at the door. The same event must be the
            # same text, whatever the clock says by now.
            items = [self.texts.setdefault(item["id"], (item, skew))[0] for item in items]
            skews = {self.texts[item["id"]][1] for item in items}
            found = {}
            for one in skews:
                part = [item for item in items if self.texts[item["id"]][1] == one]
                if bad:
                    part.insert(len(part) // 2, {"id": "no-uuid", "kind": "attempt"})
                body = {"sent_at": (dt.datetime.now(dt.UTC) + one).isoformat(), "events": part}
                got = await self.clients[who].post("/sync/events", content=json.dumps(body))
                assert got.status_code == 200, got.text
                for item, result in zip(part, got.json()["results"], strict=True):
                    found[item["id"]] = result["outcome"]
            assert found.pop("no-uuid", "malformed") == "malformed"
            return found

        @property
        def texts(self):
            return self.__dict__.setdefault("_texts", {})

        @precondition(lambda self: self.late[0] or self.late[1])
        @rule(who=WHO, place=st.integers(0, 9), turn=st.integers(0, 2**32))
        def replay_late(self, who, place, turn):
            if self.late[who]:
                batch = list(self.late[who][place % len(self.late[who])])
                run(self._push(who, batch, 1, dt.timedelta(0), False, turn))

        @rule(who=WHO, place=st.integers(0, 50))
        def use_an_id_twice(self, who, place):
            own = [e for e, _ in self.oracle.events.values() if e["kind"] == "attempt"]
            if own:
                other = dict(own[place % len(own)])
                other["result"] = "come_back" if other["result"] != "come_back" else "moved"
                other["occurred_at"] = other.pop("at").isoformat()
                body = {"sent_at": dt.datetime.now(dt.UTC).isoformat(), "events": [other]}
                got = run(self.clients[who].post("/sync/events", content=json.dumps(body)))
                assert got.json()["results"][0]["outcome"] == "conflict"

        # Organizers.

        @rule(who=WHO, turf=st.integers(0, 1))
        def assign_or_take_back(self, who, turf):
            turf_id, path = self.turfs[turf], f"/turfs/{self.turfs[turf]}/assignments"
            if turf_id in self.oracle.holders[who]:
                got = run(self.organizer.delete(f"{path}/{self.member_ids[who]}"))
                self.oracle.holders[who].discard(turf_id)
            else:
                body = {"member_ids": [self.member_ids[who]]}
                got = run(self.organizer.post(path, json=body))
                self.oracle.holders[who].add(turf_id)
                self.oracle.ever[who].add(turf_id)
            assert got.is_success, got.text

        @rule(place=st.integers(0, 4), turf=st.integers(0, 1))
        def recut(self, place, turf):
            # Unsent work names the turf as it was: it is sent first, as a phone would try to.
            door = self.doors[place]
            if any(e.get("door_id") == door for box in self.outboxes for e in box):
                return
            run(self._recut(door, self.turfs[turf]))
            self.oracle.turf_of[door] = self.turfs[turf]

        async def _recut(self, door, turf_id):
            async with self.tenant.transaction() as db:
                await db.execute(
                    "update turf_door set turf_id = $1 where door_id = $2", turf_id, door
                )

        @rule(place=st.integers(0, 4))
        def mark_or_clear(self, place):
            door = self.doors[place]
            run(self._mark_or_clear(door))

        async def _mark_or_clear(self, door):
            marks = (await self.organizer.get("/do-not-contact?limit=100")).json()
            mine = next((one for one in marks if one["door_id"] == door), None)
            if mine is None:
                got = await self.organizer.post("/do-not-contact", json={"door_id": door})
                self.oracle.left_alone.add(door)
            else:
                path = f"/do-not-contact/{mine['id']}/clearing"
                got = await self.organizer.post(path, json={"reason": "Asked"})
                self.oracle.left_alone.discard(door)
            assert got.is_success, got.text

        @rule(place=st.integers(0, 4), text=st.sampled_from(["", "Dog", "Bell broken"]))
        def note(self, place, text):
            got = run(self.organizer.patch(f"/doors/{self.doors[place]}", json={"note": text}))
            assert got.is_success, got.text

        # Phones ask.

        @rule(who=WHO, limit=st.sampled_from([1, 4, 2000]))
        def pull(self, who, limit):
            run(self._pull(who, limit))

        async def _pull(self, who, limit):
            phone = self.phones[who]
            before = phone.cursor
            more = True
            while more:
                told = await phone.page(limit)
                more = told["has_more"]
                assert told["next"] >= before
                before = told["next"]
                sent = {row["id"] for row in told["changed"]["doors"]}
                assert sent <= self.oracle.doors_of(who)
            await self._as_it_ought(who, phone)

        async def _as_it_ought(self, who, phone):
            doors = self.oracle.doors_of(who)
            assert phone.ids("turfs") == self.oracle.holders[who]
            assert phone.ids("doors") == doors
            alone = self.oracle.left_alone
            assert phone.ids("people") == {self.person_of[door] for door in doors - alone}
            for door in doors:
                row, state = phone.rows["doors"][door], self.oracle.state(door)
                assert (row["status"], row["attempts_count"], row["last_result"]) == (
                    state.status, state.attempts_count, state.last_result,
                )  # fmt: skip
                assert row["do_not_contact"] == (door in alone)
            assert phone.rows == (await fresh(self.clients[who])).rows

        def teardown(self):
            if hasattr(self, "oracle"):
                run(self._finish())

        async def _finish(self):
            for who in (0, 1):
                await self._pull(who, 2000)
            async with self.tenant.transaction() as db:
                rows = await db.fetch("select id, status from contact_event")
            assert sorted(str(row["id"]) for row in rows) == sorted(self.oracle.events)
            assert {row["status"] for row in rows} <= {"accepted"}

    return Phones


@pytest.mark.timeout(7200)
async def test_whatever_happens_nothing_is_lost_doubled_or_shown_to_the_wrong(world, capfd):
    def tell(line):
        with capfd.disabled():
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    machine = machine_on(world, asyncio.get_running_loop(), tell)
    wanted = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=wanted)
