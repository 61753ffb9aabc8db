"""Whatever organizers do in whatever order: turfs stay sound, and every step can be taken back."""

import asyncio

from cut_field import check_sound, draw, make_block, seen, state
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import make_pass, make_tenant

from doorstep.kit.auth import Role


class Hands:
    """An organizer who does things at random."""

    def __init__(self, tenant, pass_id, block, data):
        self.tenant, self.pass_id, self.block, self.data = tenant, pass_id, block, data

    async def begin(self):
        self.organizer = await self.tenant.organizer()
        self.member_id, _ = await self.tenant.member()
        self.stamps = []

    async def turfs(self):
        return (await self.organizer.get(f"/turfs?pass_id={self.pass_id}")).json()

    async def act(self):
        turfs = await self.turfs()
        kind = self.data.draw(
            st.sampled_from(
                ["split", "merge", "move", "move", "trade", "freeze", "publish", "assign",
                 "archive", "delete", "rename", "create"]
            )
        )  # fmt: skip
        if not turfs:
            kind = "create"
        before = await state(self.tenant, self.pass_id)
        logged = await self.steps()
        answer = await getattr(self, kind)(turfs)
        assert answer is None or answer.status_code < 500, answer.text
        steps = await self.steps()
        if answer is not None and not answer.is_success:
            assert await state(self.tenant, self.pass_id) == before, "refused, so untouched"
            assert steps == logged
        elif steps != logged and (not logged or steps[0]["id"] != logged[0]["id"]):
            self.stamps.append((steps[0]["id"], before))
        await check_sound(self.tenant, self.pass_id)

    async def steps(self):
        return (await self.organizer.get(f"/passes/{self.pass_id}/steps")).json()

    async def post(self, path, body):
        return await self.organizer.post(f"/passes/{self.pass_id}/{path}", json=body)

    def pick(self, turfs):
        return self.data.draw(st.sampled_from(turfs))

    def area(self):
        west = self.data.draw(st.integers(0, self.block.columns - 1))
        south = self.data.draw(st.integers(0, self.block.rows - 1))
        east = self.data.draw(st.integers(west + 1, self.block.columns))
        north = self.data.draw(st.integers(south + 1, self.block.rows))
        return self.block.area(west, south, east, north)

    async def split(self, turfs):
        way = self.data.draw(st.sampled_from(["line", "polygon", "parts"]))
        given_way = {
            "line": self.block.line(self.data.draw(st.integers(1, self.block.columns - 1))),
            "polygon": self.area(),
            "parts": self.data.draw(st.integers(2, 4)),
        }
        return await self.post("splits", seen(self.pick(turfs)) | {way: given_way[way]})

    async def merge(self, turfs):
        some = self.data.draw(st.lists(st.sampled_from(turfs), min_size=2, max_size=3))
        return await self.post("merges", {"turfs": [seen(one) for one in some]})

    async def move(self, turfs):
        to_turf = self.data.draw(st.sampled_from([None, *turfs]))
        body = {
            "to_turf": to_turf and seen(to_turf),
            "from_turfs": [seen(one) for one in turfs if one is not to_turf],
            "take_free": self.data.draw(st.booleans()),
        }
        if self.data.draw(st.booleans()):
            body["polygon"] = self.area()
        else:
            doors = st.sampled_from([str(one) for one in self.block.door_ids])
            body["door_ids"] = self.data.draw(st.lists(doors, min_size=1, max_size=4))
        return await self.post("moves", body)

    async def trade(self, turfs):
        one, other = self.pick(turfs), self.pick(turfs)
        return await self.post(
            "trades",
            {
                "one": seen(one) | {"polygon": self.area()},
                "other": seen(other) | {"polygon": self.area()},
            },
        )

    async def freeze(self, turfs):
        one = self.pick(turfs)
        return await self.post(
            "freezes", {"turfs": [seen(one)], "frozen": one["frozen_at"] is None}
        )

    async def publish(self, turfs):
        return await self.organizer.post(f"/turfs/{self.pick(turfs)['id']}/publishing")

    async def assign(self, turfs):
        return await self.organizer.post(
            f"/turfs/{self.pick(turfs)['id']}/assignments",
            json={"member_ids": [str(self.member_id)]},
        )

    async def archive(self, turfs):
        return await self.organizer.post(f"/turfs/{self.pick(turfs)['id']}/archiving")

    async def delete(self, turfs):
        return await self.organizer.delete(f"/turfs/{self.pick(turfs)['id']}")

    async def rename(self, turfs):
        name = self.data.draw(st.sampled_from(["A", "B", "C", "West"]))
        return await self.organizer.patch(f"/turfs/{self.pick(turfs)['id']}", json={"name": name})

    async def create(self, turfs):
        name = f"New {len(self.stamps)} {len(turfs)}"
        body = {"pass_id": self.pass_id, "name": name, "polygon": self.area()}
        return await self.organizer.post("/turfs", json=body)


def without_holders(found):
    return [turf[:-1] for turf in found]


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), many=st.integers(1, 16))
async def test_random_operations_keep_turfs_sound_and_are_taken_back_exactly(world, data, many):
    tenant = await make_tenant(world)
    block = await make_block(tenant, units=3)
    pass_id, _ = await make_pass(tenant)
    hands = Hands(tenant, pass_id, block, data)
    await hands.begin()
    for name, (west, east) in {"West": (0, 3), "East": (3, 6)}.items():
        await draw(tenant, pass_id, block.area(west, 0, east, 4), name)
    for _ in range(many):
        await hands.act()
    steps = await hands.steps()
    assert [one["id"] for one in steps[: len(hands.stamps)]] == [
        one for one, _ in reversed(hands.stamps)
    ][:20]
    for step, (step_id, before) in zip(steps, reversed(hands.stamps), strict=False):
        assert step["id"] == step_id
        answer = await hands.post("undoing", {"step_id": step_id})
        assert answer.status_code == 201, answer.text
        assert answer.json()["kind"] == step["kind"]
        await check_sound(tenant, pass_id)
        # Who was given turf meanwhile keeps it, if it is still there.
        assert without_holders(await state(tenant, pass_id)) == without_holders(before)


async def make_two(tenant, **wanted):
    block = await make_block(tenant, **wanted)
    pass_id, _ = await make_pass(tenant)
    west = await draw(tenant, pass_id, block.area(0, 0, 3, 4), "West")
    east = await draw(tenant, pass_id, block.area(3, 0, 6, 4), "East")
    return block, pass_id, west, east


async def hand_out(tenant, turf):
    organizer = await tenant.organizer()
    assert (await organizer.post(f"/turfs/{turf['id']}/publishing")).status_code == 201
    member_id, phone = await tenant.member()
    given_out = await organizer.post(
        f"/turfs/{turf['id']}/assignments", json={"member_ids": [str(member_id)]}
    )
    assert given_out.status_code == 201
    return member_id, phone, given_out.json()


async def heard(tenant, after):
    async with tenant.transaction() as db:
        rows = await db.fetch(
            "select member_id, turf_id::text, kind from scope_change where seq > $1 order by seq",
            after,
        )
        top = await db.fetchval("select seq from change_counter")
    return [tuple(row) for row in rows], top


async def test_phones_hear_of_a_merge_and_of_its_undoing(tenant):
    _, pass_id, west, east = await make_two(tenant)
    one, _, west = await hand_out(tenant, west)
    other, phone, east = await hand_out(tenant, east)
    before = await state(tenant, pass_id)
    _, top = await heard(tenant, 0)
    organizer = await tenant.organizer()
    merged = await organizer.post(
        f"/passes/{pass_id}/merges", json={"turfs": [seen(west), seen(east)]}
    )
    assert merged.status_code == 201, merged.text
    assert merged.json()["gone"] == [east["id"]]
    assert merged.json()["turfs"][0]["version"] > west["version"]
    told, top = await heard(tenant, top)
    assert sorted(told) == sorted([(other, east["id"], "lost"), (one, west["id"], "recut")])
    assert (await phone.get(f"/turfs/{east['id']}")).status_code == 404
    back = await organizer.post(
        f"/passes/{pass_id}/undoing", json={"step_id": merged.json()["step_id"]}
    )
    assert back.status_code == 201, back.text
    told, _ = await heard(tenant, top)
    assert sorted(told) == sorted([(other, east["id"], "gained"), (one, west["id"], "recut")])
    assert await state(tenant, pass_id) == before
    bundle = await phone.get(f"/turfs/{east['id']}/bundle")
    assert len(bundle.json()["doors"]) == 12
    assert bundle.json()["turf"]["version"] > merged.json()["turfs"][0]["version"] - 2


async def test_what_a_step_made_is_archived_if_somebody_has_worked_with_it(tenant):
    _, pass_id, west, _ = await make_two(tenant)
    before = await state(tenant, pass_id)
    organizer = await tenant.organizer()
    path = f"/passes/{pass_id}"
    made = (await organizer.post(f"{path}/splits", json=seen(west) | {"parts": 2})).json()
    new = next(one for one in made["turfs"] if one["id"] != west["id"])
    member_id, phone, _ = await hand_out(tenant, new)
    _, top = await heard(tenant, 0)
    for _ in range(2):
        last = (await organizer.get(f"{path}/steps")).json()[0]
        undone = await organizer.post(f"{path}/undoing", json={"step_id": last["id"]})
        assert undone.status_code == 201, undone.text
    assert await state(tenant, pass_id) == before
    told, _ = await heard(tenant, top)
    assert told == [(member_id, new["id"], "lost")]
    assert (await phone.get(f"/turfs/{new['id']}")).status_code == 404
    assert (await organizer.get(f"/turfs/{new['id']}")).json()["status"] == "archived"


async def test_only_the_last_step_can_be_taken_back_and_only_once(tenant):
    _, pass_id, west, east = await make_two(tenant)
    organizer = await tenant.organizer()
    path = f"/passes/{pass_id}"
    first = await organizer.post(f"{path}/splits", json=seen(west) | {"parts": 2})
    second = await organizer.post(f"{path}/splits", json=seen(east) | {"parts": 2})
    refused = await organizer.post(f"{path}/undoing", json={"step_id": first.json()["step_id"]})
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["field"] == "step_id"
    undoing = {"step_id": second.json()["step_id"]}
    answers = await asyncio.gather(
        *(organizer.post(f"{path}/undoing", json=undoing) for _ in range(5))
    )
    assert sorted(one.status_code for one in answers) == [201] + [409] * 4


async def test_twenty_steps_are_kept_and_publishing_in_a_row_is_one(tenant):
    _, pass_id, west, east = await make_two(tenant)
    organizer = await tenant.organizer()
    path = f"/passes/{pass_id}"
    for turf in (west, east):
        await organizer.post(f"/turfs/{turf['id']}/publishing")
    steps = (await organizer.get(f"{path}/steps")).json()
    assert [(one["kind"], one["turfs_count"]) for one in steps] == [
        ("publish", 2), ("create", 1), ("create", 1),
    ]  # fmt: skip
    states = [await state(tenant, pass_id)]
    for number in range(25):
        await organizer.patch(f"/turfs/{west['id']}", json={"name": f"Name {number}"})
        states.append(await state(tenant, pass_id))
    steps = (await organizer.get(f"{path}/steps")).json()
    assert len(steps) == 20
    for at, step in enumerate(steps):
        undone = await organizer.post(f"{path}/undoing", json={"step_id": step["id"]})
        assert undone.status_code == 201
        assert await state(tenant, pass_id) == states[-2 - at]
    assert (await organizer.get(f"{path}/steps")).json() == []
    again = await organizer.post(f"{path}/undoing", json={"step_id": steps[-1]["id"]})
    assert again.status_code == 409
    assert "nothing to take back" in again.json()["detail"]


async def test_of_many_who_cut_the_same_turf_at_once_one_does_and_the_others_are_told(tenant):
    _, pass_id, west, east = await make_two(tenant, units=2)
    organizer = await tenant.organizer()
    _, second = await tenant.member(Role.ORGANIZER)
    path = f"/passes/{pass_id}"
    calls = []
    for n in range(4):
        who = organizer if n % 2 else second
        calls += [
            who.post(f"{path}/splits", json=seen(west) | {"parts": 2}),
            who.post(f"{path}/merges", json={"turfs": [seen(east), seen(west)]}),
            who.post(
                f"{path}/moves",
                json={
                    "to_turf": seen(east),
                    "from_turfs": [seen(west)],
                    "polygon": west["polygon"],
                },
            ),
        ]
    answers = await asyncio.gather(*calls)
    codes = [one.status_code for one in answers]
    # A draft that was merged away is no more.
    assert codes.count(201) == 1
    assert set(codes) <= {201, 404, 409}
    await check_sound(tenant, pass_id)


async def test_of_many_who_split_the_same_turf_at_once_the_others_hear_that_it_changed(tenant):
    _, pass_id, west, _ = await make_two(tenant)
    organizer = await tenant.organizer()
    _, second = await tenant.member(Role.ORGANIZER)
    answers = await asyncio.gather(
        *(
            who.post(f"/passes/{pass_id}/splits", json=seen(west) | {"parts": parts})
            for who in (organizer, second)
            for parts in (2, 3, 4)
        )
    )
    assert sorted(one.status_code for one in answers) == [201] + [409] * 5
    stale = next(one for one in answers if one.status_code == 409).json()
    assert stale["errors"][0]["field"] == "cut_version"
    assert "West was changed meanwhile" in stale["detail"]
    await check_sound(tenant, pass_id)
