"""A crowd at one shift, against `doorstep serve` in a process of its own."""

import asyncio
from collections import Counter

import httpx
import pytest
from faults import Server
from makers import World, make_tenant
from shifts import make_shift, sign_up

from doorstep.kit.db import open_pool

PEOPLE, PLACES, LEAVING = 200, 20, 50
ROLES = [{"role": "knocker", "capacity": PLACES}]


@pytest.fixture(scope="module")
async def served(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("crowd"))
    await server.start()
    yield server
    server.stop()


class Served(World):
    """As `World`, but the application is another process."""

    def __init__(self, pool, server, transport):
        super().__init__(None, pool, server.keyring)
        self.url, self.transport = server.url, transport

    def anonymous(self):
        return httpx.AsyncClient(transport=self.transport, base_url=self.url, timeout=60)


@pytest.fixture(scope="module")
async def tenant(served):
    """An organization on that server, with 200 who want to come."""
    transport = httpx.AsyncHTTPTransport(
        verify=False,
        trust_env=False,
        # Let go before the server does, or a request may meet a connection that is just closed.
        limits=httpx.Limits(max_connections=PEOPLE, keepalive_expiry=1),
    )
    async with await open_pool(served.database_url("doorstep_owner"), connections=2) as pool:
        made = await make_tenant(Served(pool, served, transport))
        made.people = [client for _, client in [await made.member() for _ in range(PEOPLE)]]
        yield made
    await transport.aclose()


async def all_at_once(tenant, requests):
    """The answers to requests, each of a person by number, a path and a body."""
    return await asyncio.gather(
        *(tenant.people[number].post(path, json={}) for number, path in requests)
    )


async def seats(tenant, shift_id):
    async with tenant.transaction() as db:
        return await db.fetch(
            """
            select id, member_id, state, position
              from signup
             where organization_id = $1 and shift_id = $2
             order by position
            """,
            tenant.id,
            shift_id,
        )


async def test_two_hundred_at_once_for_twenty_places_and_fifty_leave_at_once(tenant):
    shift_id = await make_shift(tenant, roles=ROLES)
    path = f"/shifts/{shift_id}/signups"
    answers = await all_at_once(tenant, [(n, path) for n in range(PEOPLE)])
    assert Counter(one.status_code for one in answers) == {201: PEOPLE}
    said = Counter(one.json()["state"] for one in answers)
    assert said == {"booked": PLACES, "waitlisted": PEOPLE - PLACES}
    found = await seats(tenant, shift_id)
    assert [one["position"] for one in found] == list(range(1, PEOPLE + 1))
    assert [one["state"] for one in found] == ["booked"] * PLACES + ["waitlisted"] * (
        PEOPLE - PLACES
    )
    # What each was told is what is there.
    assert {one.json()["id"]: one.json()["position"] for one in answers} == {
        str(one["id"]): one["position"] for one in found
    }

    number_of = {one.json()["id"]: n for n, one in enumerate(answers)}
    # All who have a place, and thirty from among those who wait.
    leaving = [str(one["id"]) for one in [*found[:PLACES], *found[60:90]]]
    assert len(leaving) == LEAVING
    answers = await all_at_once(
        tenant, [(number_of[one], f"/signups/{one}/cancellation") for one in leaving]
    )
    assert Counter(one.status_code for one in answers) == {201: LEAVING}
    found = await seats(tenant, shift_id)
    states = Counter(one["state"] for one in found)
    assert states == {"cancelled": LEAVING, "held": PLACES, "waitlisted": PEOPLE - LEAVING - PLACES}
    # Those who waited longest, and nobody was passed over.
    assert [one["position"] for one in found if one["state"] == "held"] == list(
        range(PLACES + 1, 2 * PLACES + 1)
    )


async def test_one_person_pressing_many_times_is_signed_up_once(tenant):
    shift_id = await make_shift(tenant, starts_in_h=300, roles=ROLES)
    path = f"/shifts/{shift_id}/signups"
    answers = await all_at_once(tenant, [(0, path)] * 10)
    assert Counter(one.status_code for one in answers) == {201: 1, 409: 9}
    assert len(await seats(tenant, shift_id)) == 1


async def test_of_two_shifts_at_the_same_time_one_gets_only_one(tenant):
    shift_id = await make_shift(tenant, starts_in_h=400, roles=ROLES)
    other_id = await make_shift(tenant, starts_in_h=400, roles=ROLES)
    paths = [f"/shifts/{one}/signups" for one in (shift_id, other_id)] * 3
    answers = await all_at_once(tenant, [(1, path) for path in paths])
    assert Counter(one.status_code for one in answers) == {201: 1, 409: 5}


async def test_the_last_place_is_kept_for_one_of_two_who_leave_and_one_who_comes(tenant):
    coordinator = await tenant.coordinator()
    shift_id = await make_shift(tenant, starts_in_h=500, roles=[{"role": "knocker", "capacity": 1}])
    path = f"/shifts/{shift_id}/signups"
    (first,) = await all_at_once(tenant, [(2, path)])
    leaves = (2, f"/signups/{first.json()['id']}/cancellation")
    answers = await all_at_once(tenant, [leaves, *((n, path) for n in range(3, 20)), leaves])
    assert {one.status_code for one in answers} == {201}
    roles = (await coordinator.get(f"/shifts/{shift_id}")).json()["roles"]
    assert (roles[0]["taken_count"], roles[0]["waitlisted_count"]) == (1, 16)
    await sign_up(coordinator, shift_id)
