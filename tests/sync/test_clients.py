"""WatermelonDB and RxDB themselves, several phones each, over a network that often fails."""

import asyncio
import json
import subprocess
import tempfile
from pathlib import Path

import faults
import httpx
import pytest
from faulty_proxy import FAULTS, FaultyProxy
from makers import World, make_field, make_tenant
from node_packages import installed_from
from phone import Held

from doorstep.app import create_app
from doorstep.kit.db import open_pool

CLIENTS = Path(__file__).parent / "clients"
PHONES, KNOCKS, SHARE = 4, 25, 0.45


async def phones_of(server, engine, number):
    """Phones in pairs, each pair on a turf of an organization of its own."""
    app = create_app(server.settings, server.database_url("doorstep_owner"))
    url = server.database_url("doorstep_owner")
    made = []
    async with app.lifespan(), await open_pool(url, connections=2) as pool:
        world = World(app, pool, server.keyring)
        for pair in range(number // 2):
            field = await make_field(await make_tenant(world), houses=12)
            member_id, partner = await field.tenant.member()
            organizer = await field.tenant.organizer()
            path = f"/turfs/{field.turf_id}/assignments"
            assert (await organizer.post(path, json={"member_ids": [str(member_id)]})).is_success
            for place, client in enumerate((field.volunteer, partner)):
                phone = {
                    "engine": engine, "number": 2 * pair + place, "turf_id": field.turf_id,
                    "token": client.headers["authorization"].removeprefix("Bearer "),
                    "doors": [str(door) for door in field.street.door_ids], "knocks": KNOCKS,
                    "skew_ms": (pair + place - 1) * 86_400_000,
                }  # fmt: skip
                made.append((field, phone))
    return made


async def lived(engine, seed, clients):
    """What phones made and hold at the end, what the server has, and what the network did."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = faults.Server(Path(folder))
        await server.start()
        try:
            plan = await phones_of(server, engine, PHONES)
            proxy = FaultyProxy(server.settings.port, SHARE, seed)
            url = f"http://127.0.0.1:{await proxy.start()}"
            wanted = {"url": url, "phones": [phone for _, phone in plan], "wait_ms": 2000}
            run = await asyncio.create_subprocess_exec(
                "node", "phones.mjs", cwd=clients,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            out, err = await run.communicate(json.dumps(wanted).encode())
            assert run.returncode == 0, err.decode()[-3000:]
            await proxy.stop()
            stored = await server.query(
                """
                select id::text, door_id::text, payload ->> 'result' as result, status
                  from contact_event
                """
            )
            copies = await fresh_copies(server, plan)
            return json.loads(out.splitlines()[-1]), stored, copies, proxy.done
        finally:
            server.stop()


async def fresh_copies(server, plan):
    copies = []
    for _, phone in plan:
        headers = {"authorization": f"Bearer {phone['token']}"}
        async with httpx.AsyncClient(
            base_url=server.url, headers=headers, trust_env=False
        ) as client:
            copy = Held(client)
            copies.append(await copy.pull())
    return copies


@pytest.mark.parametrize("engine", ["watermelon", "rxdb"])
def test_no_knock_is_lost_doubled_or_altered_and_phones_do_not_differ(engine):
    told, stored, copies, network = asyncio.run(
        lived(engine, seed=5, clients=installed_from(CLIENTS))
    )
    made = {event["id"]: event for phone in told for event in phone["made"]}
    assert len(made) == PHONES * KNOCKS
    known = {row["id"]: row for row in stored}
    assert made.keys() - known.keys() == set(), "lost"
    assert len(stored) == len(made), "doubled"
    altered = [
        one for one, event in made.items()
        if (event["door_id"], event["result"]) != (known[one]["door_id"], known[one]["result"])
    ]  # fmt: skip
    assert altered == []
    assert {row["status"] for row in stored} == {"accepted"}
    for phone, copy in zip(told, copies, strict=True):
        assert phone["doors"] == {
            door_id: {"status": door["status"], "attempts_count": door["attempts_count"]}
            for door_id, door in copy["doors"].items()
        }, "differing"
        assert {event["id"] for event in phone["made"]} <= set(phone["events"])
    assert sum(network[fault] for fault in FAULTS) > 0.2 * sum(network.values())
