"""Whatever a crowd does to a shift, the API and plain lists agree about who sits and who waits."""

import random

import pytest
from shifts import make_shift, post, run_out, sign_up

from doorstep.events.keeping import look_after

CAPACITY, PEOPLE, STEPS = 3, 9, 45


class Lists:
    """Who sits and who waits, in order, by number; the same rules, written down anew."""

    def __init__(self):
        self.sitting = {}
        self.waiting = []
        self.holds = {}

    def sign_up(self, who):
        if len(self.sitting) < CAPACITY and not self.waiting:
            self.sitting[who] = "booked"
        else:
            self.waiting.append(who)
        self.holds[who] = 0

    def cancel(self, who):
        self.sitting.pop(who, None)
        if who in self.waiting:
            self.waiting.remove(who)
        self.promote()

    def accept(self, who):
        self.sitting[who] = "booked"

    def confirm(self, who):
        self.sitting[who] = "confirmed"

    def run_out(self, who):
        del self.sitting[who]
        if self.holds[who] < 2:
            self.waiting.append(who)
        self.promote()

    def promote(self):
        while self.waiting and len(self.sitting) < CAPACITY:
            who = self.waiting.pop(0)
            self.sitting[who] = "held"
            self.holds[who] += 1

    def states(self):
        return self.sitting | dict.fromkeys(self.waiting, "waitlisted")

    def those(self, *states):
        return [who for who, state in self.states().items() if state in states]


class Crowd:
    """The same people through the API."""

    def __init__(self, world, tenant, shift_id, clients):
        self.world, self.tenant, self.shift_id, self.clients = world, tenant, shift_id, clients
        self.signups = {}

    async def do(self, deed, who):
        client = self.clients[who]
        if deed == "sign_up":
            self.signups[who] = (await sign_up(client, self.shift_id))["id"]
        elif deed == "run_out":
            await run_out(self.tenant, self.signups[who])
            for _ in range(2):
                await look_after(self.world.pool, self.tenant.id)
        else:
            verb = {"cancel": "cancellation", "accept": "acceptance", "confirm": "confirmation"}
            await post(client, f"/signups/{self.signups[who]}/{verb[deed]}")

    async def states(self):
        answer = await (await self.tenant.coordinator()).get(f"/shifts/{self.shift_id}/signups")
        who = {signup_id: number for number, signup_id in self.signups.items()}
        live = [one for one in answer.json() if one["state"] != "cancelled"]
        return [(who[one["id"]], one["state"]) for one in live]


def deeds(lists):
    """What can be done, and by whom."""
    known = lists.states()
    return {
        "sign_up": [who for who in range(PEOPLE) if who not in known],
        "cancel": list(known),
        "accept": lists.those("held"),
        "confirm": lists.those("booked"),
        "run_out": lists.those("held"),
    }


@pytest.mark.parametrize("seed", range(4))
async def test_the_api_and_the_lists_agree_after_every_step(world, tenant, seed):
    shift_id = await make_shift(tenant, roles=[{"role": "knocker", "capacity": CAPACITY}])
    clients = [client for _, client in [await tenant.member() for _ in range(PEOPLE)]]
    lists, crowd, rng = Lists(), Crowd(world, tenant, shift_id, clients), random.Random(seed)
    done = set()
    for _ in range(STEPS):
        able = {deed: people for deed, people in deeds(lists).items() if people}
        weights = [4 if deed == "sign_up" else 1 for deed in able]
        deed = rng.choices(list(able), weights)[0]
        who = rng.choice(able[deed])
        getattr(lists, deed)(who)
        await crowd.do(deed, who)
        done.add(deed)
        found = await crowd.states()
        assert dict(found) == lists.states(), (deed, who)
        assert [one for one, state in found if state == "waitlisted"] == lists.waiting
    assert len(done) == 5
