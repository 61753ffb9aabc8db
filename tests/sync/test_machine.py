"""Phones, organizers and a network in any order, against an oracle that keeps all in memory.

What must hold, whatever happens: an accepted event is there exactly once (I1); its outcome depends
on its id and content alone (I2), not on order, repeats or grouping (I3); what a phone gathered is
what a new one would get (I4); cursors never fall (I5); nothing out of scope is sent (I6); a bad
item changes no other's outcome (I7); an undo may come before its knock (I8); clocks that are a day
off change no count (I9); and no edit of others makes a push fail (I10).

A thousand examples in every run, in parts that workers share. Each part has a seed of its own: the
rarest things happen a few times in a part, and by chance not at all. At its end it says how often
each thing happened; a long part must have seen all of them.
"""

import asyncio
import datetime as dt
import json
import os
import random
import sys
import time
from collections import Counter, defaultdict
from uuid import UUID

import asyncpg
import pytest
from copied_field import make_copied_field
from direct import Device, DirectlyHeld
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from oracle import Oracle

from doorstep.accounts.queries import revoke_device
from doorstep.canvass import gathering
from doorstep.kit.auth import Role
from doorstep.kit.ids import new_id
from doorstep.people import service as people
from doorstep.people.model import DoNotContactCreate
from doorstep.people.queries import live_do_not_contact
from doorstep.turf import service as turf
from doorstep.turf.model import Assign
from doorstep.turf.step_queries import note_left

PARTS = 4
EXAMPLES = int(os.environ.get("DOORSTEP_MACHINE_EXAMPLES", "1000")) // PARTS
STEPS = 30
PROGRESS = 50
LONG = 1000
RESULTS = ["not_home", "canvassed", "refused", "come_back", "moved", "do_not_contact"]
NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
WHO, DOOR = st.integers(0, 1), st.integers(0, 4)
TURN = st.integers(0, 2**16)
KNOCK = st.tuples(DOOR, st.sampled_from([*RESULTS, None]), st.integers(0, 600))
KNOCKS = st.lists(KNOCK, min_size=1, max_size=4)
WORK = st.sampled_from(["assign", "assign", "recut", "mark", "note", "sign out", "restore"])
EXTRAS = ["nothing", "no id", "unreadable", "again", "other content", "partner's id"]
MUST_HAPPEN = {
    "accepted", "duplicate", "conflict", "needs_review", "malformed", "undo before knock",
    "correction before knock", "undo of an undo", "reply to a partner", "clock off",
    "taken together", "the same at once", "partner at once", "sent again", "late replay",
    "knock after turf was lost", "knock in turf never held", "knock at a door that left",
    "knock where no door is", "left alone by a correction", "turf gained", "turf lost",
    "turf re-cut", "mark set", "mark cleared", "note", "signed out", "unsent when signed out",
    "restored", "pull in pages", "pull", "nothing new",
}  # fmt: skip


def body_of(items, skew):
    """A batch whose clock is as wrong at sending as it was at the door."""
    sent_at = dt.datetime.now(dt.UTC) + skew
    return json.dumps({"sent_at": sent_at.isoformat(), "events": items}).encode()


class Phone:
    """What a volunteer does with phones, one after the other."""

    def __init__(self, device):
        self.use(device)
        self.skew = dt.timedelta(0)
        self.outbox, self.sent = [], []

    def use(self, device):
        self.device, self.held = device, DirectlyHeld(device)


def machine_on(template, loop, happened):  # noqa: C901 -- the rules of one machine
    """The machine for this session's server; its rules run on the session's loop."""

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(120)

    class Phones(RuleBasedStateMachine):
        @initialize(knocks=st.tuples(KNOCKS, KNOCKS))
        def begin(self, knocks):
            happened["example"] += 1
            run(self._begin())
            for who in (0, 1):
                self._knock(who, self.doors, knocks[who])

        async def _begin(self):
            self.field = await template.copy()
            self.oracle = Oracle(self.field.turf_of)
            self.oracle.holders[0].add(self.field.turfs[0])
            self.oracle.ever[0].add(self.field.turfs[0])
            self.doors = list(self.field.turf_of)
            self.gathering = gathering.Gathering()
            self.phones = [Phone(await self._device(who)) for who in (0, 1)]
            self.organizer = await self._device(Role.ORGANIZER)
            self.skew_of = {}

        async def _device(self, who):
            caller = await self.field.add_device(who)
            return Device(self.field.tenant.world.pool, self.gathering, caller)

        # What happens at doors: only the phone knows of it yet.

        def _happens(self, who, item, at, place=None):
            phone = self.phones[who]
            item |= {"id": str(new_id()), "occurred_at": (at + phone.skew).isoformat()}
            self.skew_of[item["id"]] = phone.skew
            self.oracle.happen(item, at)
            phone.outbox.insert(len(phone.outbox) if place is None else place, item)

        @rule(who=WHO, away=st.booleans(), skew=st.integers(-1, 1), knocks=KNOCKS)
        def knock(self, who, away, skew, knocks):
            """Mostly where they were sent."""
            self.phones[who].skew = skew * DAY
            sent_to = sorted(self.oracle.doors_of(who))
            self._knock(who, self.doors if away or not sent_to else sent_to, knocks)

        def _knock(self, who, doors, knocks):
            for place, result, second in knocks:
                door = doors[place % len(doors)]
                told = {"kind": "attempt", "result": result}
                if result is None:
                    told = {"kind": "note", "text": "Dog"}
                told |= {"turf_id": self.oracle.turf_of[door], "door_id": door}
                self._happens(who, told, NOON + dt.timedelta(seconds=second))

        @precondition(lambda self: any(phone.outbox or phone.sent for phone in self.phones))
        @rule(who=WHO, place=TURN, undo=st.booleans(), result=st.sampled_from(RESULTS),
              first=st.booleans(), partners=st.booleans())  # fmt: skip
        def reply(self, who, place, undo, result, first, partners):
            ours, theirs = self.phones[who], self.phones[1 - who]
            own = [*ours.outbox, *ours.sent]
            theirs = [item for item in theirs.sent if self._knows(who, item)]
            if not own and not theirs:
                return
            partners = bool(theirs) and (partners or not own)
            happened["reply to a partner"] += partners
            known = theirs if partners else own
            target = known[place % len(known)]
            happened["undo of an undo"] += undo and target["kind"] == "void"
            if first and target in ours.outbox:
                happened["undo before knock" if undo else "correction before knock"] += 1
            told = {"kind": "void"} if undo else {"kind": "correct", "result": result}
            at = self.oracle.at[target["id"]] + dt.timedelta(seconds=1)
            self._happens(who, told | {"target_id": target["id"]}, at, 0 if first else None)

        def _knows(self, who, item):
            kept = self.oracle.accepted.get(item["id"])
            while kept and "target_id" in kept.item:
                kept = self.oracle.accepted.get(kept.item["target_id"])
            return kept is not None and kept.item["turf_id"] in self.oracle.ever[who]

        # The network.

        @precondition(lambda self: any(phone.outbox for phone in self.phones))
        @rule(who=WHO, cut=st.integers(1, 12), turn=TURN, extra=st.sampled_from(EXTRAS),
              again=st.integers(0, 2), at_once=st.booleans(), partner=st.booleans())  # fmt: skip
        def push(self, who, cut, turn, extra, again, at_once, partner):
            if not self.phones[who].outbox:
                who = 1 - who
            senders = [who, 1 - who] if partner and self.phones[1 - who].outbox else [who]
            happened["partner at once"] += len(senders) - 1
            chance, sendings = random.Random(turn), []
            for one in senders:
                for part in self._unsent(one, cut):
                    chance.shuffle(part)
                    sendings.append((one, part + self._extra(extra, one, part)))
            run(self._exchange(sendings, at_once and 1 + again))
            for _ in range(again):
                happened["sent again"] += 1
                run(self._exchange([(one, self._shuffled(chance, p)) for one, p in sendings]))

        def _unsent(self, who, cut):
            """What a phone sends next, in a batch for each clock that it had."""
            phone = self.phones[who]
            batch, phone.outbox = phone.outbox[:cut], phone.outbox[cut:] if cut else []
            phone.sent += batch
            return self._by_clock(batch)

        def _by_clock(self, batch):
            parts = defaultdict(list)
            for item in batch:
                parts[self.skew_of[item["id"]]].append(item)
            happened["clock off"] += sum(bool(skew) for skew in parts)
            return list(parts.values())

        def _extra(self, extra, who, part):
            """What is in a batch beside events that are as they should be."""
            match extra:
                case "no id":
                    return [{"id": "no-uuid", "kind": "attempt"}]
                case "unreadable":
                    item = part[0] | {"id": str(new_id()), "mood": "merry"}
                    self.skew_of[item["id"]] = self.skew_of[part[0]["id"]]
                    self.oracle.happen(item, NOON)
                    return [item]
                case "again":
                    return [part[-1]]
                case "other content":
                    return [part[-1] | {"occurred_at": "2026-11-20T12:00:00+00:00"}]
                case "partner's id":
                    # Not what is on its way at this instant: whose it becomes would be chance.
                    theirs = self.phones[1 - who].sent
                    return [item for item in theirs if item["id"] in self.oracle.texts][-1:]
            return []

        @staticmethod
        def _shuffled(chance, items):
            """In another order, but for what has the id of another: the first stands."""
            ids = Counter(item["id"] for item in items)
            free = [item for item in items if ids[item["id"]] == 1]
            chance.shuffle(free)
            return free + [item for item in items if ids[item["id"]] > 1]

        async def _exchange(self, sendings, copies=0):
            """Everything at once, and copies of it; who came first is the network's choice."""
            happened["the same at once"] += copies
            sendings = sendings * (1 + copies)
            expected = defaultdict(Counter)
            for who, items in sendings:
                for event_id, outcome in self._ought(who, items):
                    expected[event_id][outcome] += 1
            answers = await asyncio.gather(*(self._send(*one) for one in sendings))
            got = defaultdict(Counter)
            for (_, items), outcomes in zip(sendings, answers, strict=True):
                for item, outcome in zip(items, outcomes, strict=True):
                    got[item["id"]][outcome] += 1
                    happened[outcome] += 1
            assert got == expected

        def _ought(self, who, items):
            for item in items:
                if item["id"] not in self.oracle.texts and "turf_id" in item:
                    known = item["turf_id"] in self.oracle.ever[who]
                    holds = item["turf_id"] in self.oracle.holders[who]
                    moved = self.oracle.turf_of[item["door_id"]] != item["turf_id"]
                    happened["knock in turf never held"] += not known
                    happened["knock after turf was lost"] += known and not holds
                    noted = (item["turf_id"], item["door_id"]) in self.oracle.left
                    happened["knock at a door that left"] += moved and noted
                    happened["knock where no door is"] += moved and not noted
            before = set(self.oracle.left_alone)
            told = self.oracle.take(who, items)
            by_knocks = {i.get("door_id") for i in items if i.get("result") == RESULTS[-1]}
            new = self.oracle.left_alone - before
            happened["left alone by a correction"] += len(new - by_knocks)
            return told

        async def _send(self, who, items):
            skew = next(self.skew_of[i["id"]] for i in items if i["id"] in self.skew_of)
            return await self.phones[who].device.send(body_of(items, skew))

        @precondition(lambda self: any(phone.sent for phone in self.phones))
        @rule(place=TURN, count=st.integers(1, 8), extra=st.sampled_from(EXTRAS), turn=TURN)
        def replay_late(self, place, count, extra, turn):
            happened["late replay"] += 1
            who = place % 2 if self.phones[place % 2].sent else 1 - place % 2
            sent = self.phones[who].sent
            parts = self._by_clock(random.Random(turn).sample(sent, min(count, len(sent))))
            run(self._exchange([(who, part + self._extra(extra, who, part)) for part in parts]))

        # Organizers.

        @rule(what=WORK, who=WHO, place=DOOR, noted=st.booleans())
        def organize(self, what, who, place, noted):
            door = self.doors[place]
            match what:
                case "assign":
                    run(self._assign_or_take_back(who, self.field.turfs[place % 2]))
                case "recut":
                    run(self._recut(door, noted))
                case "mark":
                    run(self._mark_or_clear(door))
                case "note":
                    run(self._note(door, "Dog" if noted else ""))
                case "sign out":
                    run(self._sign_out(who))
                case _:
                    run(self._restore())

        async def _assign_or_take_back(self, who, turf_id):
            member_id, oracle = self.field.members[who], self.oracle
            async with self.organizer.request() as db:
                if turf_id in oracle.holders[who]:
                    await turf.take_back(db, self.organizer.caller, UUID(turf_id), member_id)
                    oracle.holders[who].discard(turf_id)
                    happened["turf lost"] += 1
                else:
                    wanted = Assign(member_ids=[member_id])
                    await turf.assign(db, self.organizer.caller, UUID(turf_id), wanted)
                    oracle.holders[who].add(turf_id)
                    oracle.ever[who].add(turf_id)
                    happened["turf gained"] += 1

        async def _recut(self, door, noted):
            """The door goes to the other turf; what phones have not sent names the one it was."""
            tenant, turf_of = self.field.tenant, self.oracle.turf_of
            left = turf_of[door]
            (turf_of[door],) = set(self.field.turfs) - {left}
            async with tenant.transaction() as db:
                await db.execute(
                    "update turf_door set turf_id = $1 where door_id = $2", turf_of[door], door
                )
                if noted:
                    await note_left(db, tenant.id, [(left, door)])
                    self.oracle.left.add((left, door))
            happened["turf re-cut"] += 1

        async def _mark_or_clear(self, door):
            caller, door_id = self.organizer.caller, UUID(door)
            async with self.organizer.request() as db:
                if door in self.oracle.left_alone:
                    mark = await live_do_not_contact(db, caller.organization_id, door_id, None)
                    await people.clear_mark(db, caller, mark.id, "Asked")
                    self.oracle.left_alone.discard(door)
                    happened["mark cleared"] += 1
                else:
                    await people.mark_by_hand(db, caller, DoNotContactCreate(door_id=door_id))
                    self.oracle.left_alone.add(door)
                    happened["mark set"] += 1

        async def _note(self, door, text):
            async with self.organizer.request() as db:
                await people.note_door(db, self.organizer.caller, UUID(door), text)
            self.oracle.notes[door] = text
            happened["note"] += 1

        async def _sign_out(self, who):
            """The old phone may send what it has and is emptied; they go on with a new one."""
            phone, tenant = self.phones[who], self.field.tenant
            caller = phone.device.caller
            async with tenant.transaction() as db:
                ids = caller.organization_id, caller.member_id, caller.device_id
                await revoke_device(db, *ids, "revoked")
            async with tenant.world.anonymous() as client:
                now = dt.datetime.now(dt.UTC)
                token = tenant.world.keyring.sign(caller.member_id, caller.device_id, now)
                client.headers["authorization"] = f"Bearer {token}"
                for part in self._by_clock(phone.outbox):
                    skew = self.skew_of[part[0]["id"]]
                    got = await client.post("/sync/events", content=body_of(part, skew))
                    told = [(one["id"], one["outcome"]) for one in got.json()["results"]]
                    assert told == self._ought(who, part)
                    happened["unsent when signed out"] += len(part)
                got = await client.get("/sync/changes", params={"cursor": phone.held.cursor})
                assert got.json()["replacement"]
                assert not any(got.json()["changed"].values())
            phone.sent, phone.outbox = phone.sent + phone.outbox, []
            phone.use(await self._device(who))
            happened["signed out"] += 1

        async def _restore(self):
            async with self.field.tenant.transaction() as db:
                await db.execute("update change_counter set origin = origin + 1")
            happened["restored"] += 1

        # Phones ask.

        @rule(who=WHO, limit=st.sampled_from([1, 4, 2000]))
        def pull(self, who, limit):
            run(self._pull(who, limit))

        async def _pull(self, who, limit):
            held, pages, more = self.phones[who].held, 0, True
            while more:
                before = held.cursor
                told = await held.page(limit)
                more, pages = told["has_more"], pages + 1
                assert told["next"] >= before
                assert {row["id"] for row in told["changed"]["doors"]} <= self.oracle.doors_of(who)
            happened["pull in pages" if pages > 1 else "pull"] += 1
            self._as_it_ought(who, held)
            new = DirectlyHeld(held.client)
            assert held.rows == await new.pull()

        def _as_it_ought(self, who, held):
            oracle, doors = self.oracle, self.oracle.doors_of(who)
            alone = oracle.left_alone
            assert held.ids("turfs") == oracle.holders[who]
            assert held.ids("doors") == doors
            assert held.ids("people") == {self.field.person_of[door] for door in doors - alone}
            assert {
                one["id"] for one in held.rows["events"].values() if one["target_id"] is None
            } == oracle.told_of(who)  # fmt: skip
            for door in doors:
                row, state = held.rows["doors"][door], oracle.state(door)
                assert (row["status"], row["attempts_count"], row["last_result"]) == (
                    state.status, state.attempts_count, state.last_result,
                )  # fmt: skip
                assert row["do_not_contact"] == (door in alone)
                assert row["note"] == oracle.notes[door]

        def teardown(self):
            if hasattr(self, "skew_of"):
                run(self._finish())

        async def _finish(self):
            """Everybody comes home in the end."""
            left = [(who, part) for who in (0, 1) for part in self._unsent(who, None)]
            await self._exchange(left)
            for who in (0, 1):
                await self._pull(who, 2000)
            for phone in self.phones:
                told = await phone.held.page()
                assert not any(told["changed"].values())
                assert not any(told["removed"].values())
                assert not told["has_more"]
                happened["nothing new"] += 1
            async with self.field.tenant.transaction() as db:
                events = await db.fetch("select id::text, status from contact_event")
                conflicts = await db.fetchval("select count(*) from event_conflict")
            expected = dict.fromkeys(self.oracle.accepted, "accepted")
            expected |= dict.fromkeys(self.oracle.waiting, "needs_review")
            assert sorted(map(tuple, events)) == sorted(expected.items())
            assert conflicts == len(self.oracle.conflicts)

    return Phones


class Happened(Counter):
    """How often things happened; says how far the run is."""

    def __init__(self, tell):
        super().__init__()
        self.tell, self.since = tell, time.monotonic()

    def __setitem__(self, what, count):
        super().__setitem__(what, count)
        if what == "example" and count % PROGRESS == 0:
            each_s = (time.monotonic() - self.since) / count
            self.tell(f"{count} of {EXAMPLES} examples, {each_s:.2f} s each")


@pytest.fixture
async def template(world, server):
    database = await asyncpg.connect(server.url(user="postgres"))
    yield await make_copied_field(world, database)
    await database.close()


# Each part in a group of its own, so that it goes to whichever worker is free.
@pytest.mark.parametrize(
    "part", [pytest.param(n, marks=pytest.mark.xdist_group(str(n))) for n in range(1, PARTS + 1)]
)
@pytest.mark.timeout(7200)
async def test_whatever_happens_nothing_is_lost_doubled_or_shown_to_the_wrong(
    template, capfd, monkeypatch, part
):
    def tell(line):
        with capfd.disabled():
            sys.stdout.write(f"Part {part}: {line}\n")
            sys.stdout.flush()

    happened = Happened(tell)

    async def take(db, batches):
        happened["taken together"] += len(batches) > 1
        return await taken(db, batches)

    taken = gathering.take
    monkeypatch.setattr(gathering, "take", take)
    machine = seed(part)(machine_on(template, asyncio.get_running_loop(), happened))
    wanted = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=wanted)
    tell(json.dumps(dict(sorted(happened.items()))))
    if EXAMPLES >= LONG:
        assert {what for what in MUST_HAPPEN if not happened[what]} == set()
