import asyncio

import asyncpg
import pytest
from makers import make_tenant

from doorstep.accounts.auditing import audit, audit_apart, verify
from doorstep.commands import doctor
from doorstep.kit.auth import Role
from doorstep.kit.db import begin, enter_organization
from doorstep.kit.ids import new_id


async def entries(tenant, **query):
    answer = await (await tenant.owner()).get("/audit", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def write(tenant, *actions):
    for action in actions:
        async with tenant.transaction() as db:
            await audit(db, None, action, [new_id()])


async def tamper(database_url, statement, *args):
    """As the owner of the tables, who knows how to get past the triggers."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("alter table audit_entry disable trigger user")
            await connection.execute("alter table audit_entry no force row level security")
            await connection.execute(statement, *args)
            await connection.execute("alter table audit_entry force row level security")
            await connection.execute("alter table audit_entry enable trigger user")
    finally:
        await connection.close()


async def broken(tenant):
    async with tenant.transaction() as db:
        return await verify(db, tenant.id)


async def test_entries_form_a_chain_that_holds(tenant):
    await write(tenant, "one.done", "two.done", "three.done")
    found = await entries(tenant)
    assert [(one["seq"], one["action"]) for one in found] == [
        (3, "three.done"), (2, "two.done"), (1, "one.done"),
    ]  # fmt: skip
    hashes = [one["hash"] for one in found]
    assert [one["previous_hash"] for one in found] == [*hashes[1:], ""]
    assert await broken(tenant) is None


async def test_an_empty_log_is_whole(tenant):
    assert await broken(tenant) is None


CHANGES = (
    ("update audit_entry set action = 'x.y' where organization_id = $1 and seq = 2", 2),
    ("update audit_entry set at = at + interval '1 us' where organization_id = $1 and seq = 3", 3),
    ("update audit_entry set ids = '{}' where organization_id = $1 and seq = 1", 1),
    ("update audit_entry set hash = sha256('x') where organization_id = $1 and seq = 2", 2),
    ("delete from audit_entry where organization_id = $1 and seq = 2", 3),
    ("delete from audit_entry where organization_id = $1 and seq = 1", 2),
    # Even one who computes the hash anew breaks the link behind it.
    (
        """
        update audit_entry
           set action = 'x.y',
               hash = audit_hash(organization_id, seq, at, actor_id, 'x.y', ids, previous_hash)
         where organization_id = $1 and seq = 2
        """,
        3,
    ),
)


@pytest.mark.parametrize(("change", "first"), CHANGES)
async def test_one_altered_row_is_found(tenant, database_url, change, first):
    await write(tenant, "one.done", "two.done", "three.done", "four.done")
    await tamper(database_url, change, tenant.id)
    assert await broken(tenant) == first


@pytest.mark.parametrize(
    "statement", ["update audit_entry set action = 'x.y'", "delete from audit_entry"]
)
async def test_neither_a_request_nor_the_owner_changes_an_entry(tenant, database_url, statement):
    await write(tenant, "one.done")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        async with tenant.transaction() as db:
            await db.execute(statement)
    connection = await asyncpg.connect(database_url)
    try:
        for order in (statement, "truncate audit_entry"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never changed"):
                await connection.execute(order)
    finally:
        await connection.close()


async def test_a_request_cannot_write_place_or_hash_itself(tenant):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tenant.transaction() as db:
            await db.execute(
                """
                insert into audit_entry
                  (organization_id, seq, at, action, ids, previous_hash, hash)
                values ($1, 1, now(), 'one.done', '{}', '', 'x')
                """,
                tenant.id,
            )


async def test_writers_at_the_same_time_make_one_chain(tenant):
    await asyncio.gather(*(write(tenant, *["some.done"] * 5) for _ in range(6)))
    assert [one["seq"] for one in await entries(tenant)] == list(range(30, 0, -1))
    assert await broken(tenant) is None


async def test_what_is_rolled_back_leaves_no_gap(tenant):
    await write(tenant, "one.done")
    async with begin(tenant.world.pool) as opened:
        await enter_organization(opened.db, tenant.id)
        await audit(opened.db, None, "two.done")
    await write(tenant, "three.done")
    assert [one["seq"] for one in await entries(tenant)] == [2, 1]
    assert await broken(tenant) is None


async def test_words_are_no_actions(tenant):
    with pytest.raises(asyncpg.CheckViolationError):
        await write(tenant, "Exported Aino Salo")


async def test_the_log_is_filtered_and_paged(tenant, world):
    thing = new_id()
    await write(tenant, "one.done", "two.done")
    await audit_apart(world.pool, tenant.id, None, "two.done", [thing])
    assert [one["seq"] for one in await entries(tenant, action="two.done")] == [3, 2]
    assert [one["seq"] for one in await entries(tenant, about=str(thing))] == [3]
    assert [one["seq"] for one in await entries(tenant, limit=1, offset=1)] == [2]


async def test_organizations_have_chains_of_their_own(tenant, world):
    other = await make_tenant(world)
    await write(tenant, "one.done")
    await write(other, "one.done")
    assert [one["seq"] for one in await entries(other)] == [1]


async def test_changed_roles_ended_members_and_the_privacy_mode_are_noted(tenant):
    owner = await tenant.owner()
    member_id, _ = await tenant.member(Role.VOLUNTEER)
    path = f"/members/{member_id}"
    assert (await owner.patch(path, json={"name": "Another"})).status_code == 200
    assert (await owner.patch(path, json={"roles": ["coordinator"]})).status_code == 200
    assert (await owner.delete(path)).status_code == 204
    off = {"require_consent": False}
    assert (await owner.patch("/organization", json=off)).status_code == 200
    found = [(one["action"], one["ids"], one["actor_id"]) for one in await entries(tenant)]
    me = str(tenant.member_ids[Role.OWNER])
    assert found == [
        ("privacy_mode.switched_off", [], me),
        ("member.ended", [str(member_id)], me),
        ("member.roles_changed", [str(member_id)], me),
    ]


async def test_the_doctor_names_the_organization_whose_log_was_altered(tenant, database_url):
    await write(tenant, "one.done")
    await tamper(database_url, CHANGES[0][0].replace("seq = 2", "seq = 1"), tenant.id)
    connection = await asyncpg.connect(database_url)
    try:
        found = [finding async for finding in doctor._audit(connection)]
    finally:
        await connection.close()
    assert [one.mark for one in found] == [doctor.Mark.BAD]
    assert f"{tenant.slug} (entry 1)" in found[0].detail
