"""Makers of budget rounds."""

import datetime as dt
from dataclasses import dataclass

import httpx
from makers import Tenant


@dataclass
class Vote:
    """A round with its proposals, through the eyes of an organizer."""

    tenant: Tenant
    organizer: httpx.AsyncClient
    round: dict
    proposals: list[dict]

    @property
    def path(self):
        return f"/budget-rounds/{self.round['id']}"

    @property
    def public(self):
        return f"/o/{self.tenant.slug}/budget/{self.round['slug']}"

    async def move(self, to, **more):
        return await self.organizer.post(f"{self.path}/moves", json={"to": to, **more})

    async def must_move(self, to, **more):
        answer = await self.move(to, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def codes(self, count):
        answer = await self.organizer.post(f"{self.path}/voter-codes", json={"count": count})
        assert answer.status_code == 201, answer.text
        return answer.json()["codes"]

    def anyone(self):
        return self.tenant.world.anonymous()

    async def close(self):
        await self.must_move("counted", reason="Everybody has voted")


def in_an_hour(hours=1):
    return (dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)).isoformat()


ROUND = {
    "title": "Money for the village",
    "amount": 10_000,
    "currency": "EUR",
    "country": "Finland",
    "ballot_kind": "approval",
    "most_projects": 2,
}


async def draft(tenant, **changes):
    organizer = await tenant.organizer()
    made = await organizer.post("/budget-rounds", json=ROUND | changes)
    assert made.status_code == 201, made.text
    return Vote(tenant, organizer, made.json(), [])


async def listed(tenant, costs, **changes):
    """A round whose list is ready."""
    vote = await draft(tenant, **changes)
    await vote.must_move("collecting")
    for title, cost in costs.items():
        made = await vote.organizer.post(f"{vote.path}/proposals", json={"title": title})
        one = made.json()
        body = {"eligible": True, "cost": cost}
        done = await vote.organizer.patch(f"{vote.path}/proposals/{one['id']}", json=body)
        assert done.status_code == 200, done.text
        vote.proposals.append(done.json())
    await vote.must_move("reviewing")
    await vote.must_move("costed")
    return vote


async def opened(tenant, costs=None, **changes):
    costs = costs or {"Park": 6000, "Square": 4000, "Bridge": 3000, "Bus": 3500}
    vote = await listed(tenant, costs, **changes)
    await vote.must_move("voting", voting_closes_at=in_an_hour())
    return vote
