"""What the database itself promises, whatever a query forgets: an organization sees its own."""

import asyncio

import asyncpg
import pytest
from makers import make_field, make_street, make_tenant
from samples import make_whole

from doorstep.kit.db import begin, enter_organization, enter_signin, open_pool
from doorstep.kit.ids import new_id

SIGN_IN_TABLES = {
    "organization", "member", "invite", "sign_in_code", "device", "refresh_token",
}  # fmt: skip
# Without an owner of their own: the organizations themselves, and what the migrations note down.
NO_TENANT = {"organization", "schema_migrations"}


async def tables(db):
    rows = await db.fetch(
        """
        select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
               exists (
                 select from pg_attribute a
                  where a.attrelid = c.oid and a.attname = 'organization_id') as of_tenant
          from pg_class c
         where c.relkind in ('r', 'p')
           and c.relnamespace = 'public'::regnamespace
         order by c.relname
        """
    )
    return {row["name"]: row for row in rows}


@pytest.fixture
async def catalog(database_url):
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def filled(world):
    """An organization with rows in nearly every table."""
    return await make_whole(await make_tenant(world))


async def test_every_table_belongs_to_organizations(catalog):
    found = await tables(catalog)
    assert {name for name, row in found.items() if not row["of_tenant"]} == NO_TENANT
    assert len(found) > 30


async def test_every_table_has_row_level_security_that_even_its_owner_obeys(catalog):
    found = await tables(catalog)
    open_ones = {
        name
        for name, row in found.items()
        if name != "schema_migrations" and not (row["enabled"] and row["forced"])
    }
    assert open_ones == set()


async def test_every_table_shows_and_takes_only_rows_of_the_organization(catalog):
    rows = await catalog.fetch(
        """
        select tablename, cmd, qual, with_check
          from pg_policies
         where 'doorstep_request' = any(roles) and permissive = 'PERMISSIVE'
           -- The queue has a test of its own.
           and schemaname = 'public'
        """
    )
    column = {"organization": "id"}
    found = {row["tablename"]: row for row in rows}
    # One each: permissive policies add up, so a second could open what the first closes.
    assert len(found) == len(rows)
    assert found.keys() == (await tables(catalog)).keys() - {"schema_migrations"}
    for name, row in found.items():
        own = f"({column.get(name, 'organization_id')} = ( SELECT current_organization_id()"
        assert row["cmd"] == "ALL", name
        assert row["qual"].startswith(own), name
        assert row["with_check"] == row["qual"], name


async def test_every_view_looks_with_the_eyes_of_its_reader(catalog):
    rows = await catalog.fetch(
        """
        select relname, coalesce(reloptions::text, '') as options
          from pg_class
         where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace
        """
    )
    assert rows
    assert {r["relname"] for r in rows if "security_invoker=true" not in r["options"]} == set()


async def test_no_function_runs_with_its_owners_rights(catalog):
    assert not await catalog.fetch(
        """
        select proname from pg_proc
         where prosecdef and pronamespace = 'public'::regnamespace
        """
    )


async def test_the_roles_of_requests_can_neither_sign_in_nor_step_over_policies(catalog):
    rows = await catalog.fetch(
        """
        select rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb,
               rolreplication, rolinherit
          from pg_roles
         where rolname in ('doorstep_request', 'doorstep_signin')
        """
    )
    assert len(rows) == 2
    for row in rows:
        assert not any(tuple(row)[1:]), row["rolname"]
    assert not await catalog.fetch(
        """
        select from pg_auth_members m
          join pg_roles r on r.oid = m.member
         where r.rolname in ('doorstep_request', 'doorstep_signin')
        """
    )
    owned = await catalog.fetchval(
        """
        select count(*) from pg_class c
          join pg_roles r on r.oid = c.relowner
         where r.rolname in ('doorstep_request', 'doorstep_signin')
        """
    )
    assert owned == 0


async def test_signing_in_reads_six_tables_and_writes_none(catalog):
    rows = await catalog.fetch(
        """
        select c.relname, right_name
          from pg_class c
         cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references',
                                 'trigger']) right_name
         where c.relkind in ('r', 'v') and c.relnamespace = 'public'::regnamespace
           and (has_table_privilege('doorstep_signin', c.oid, right_name)
                or right_name in ('select', 'insert', 'update', 'references')
                   and has_any_column_privilege('doorstep_signin', c.oid, right_name))
        """
    )
    assert {(row["relname"], row["right_name"]) for row in rows} == {
        (name, "select") for name in SIGN_IN_TABLES
    }


async def test_history_can_be_neither_deleted_nor_emptied(catalog):
    for name in (
        "contact_event", "event_conflict", "script_version", "import_run", "consent", "audit_entry",
    ):  # fmt: skip
        for right in ("delete", "truncate"):
            assert not await catalog.fetchval(
                "select has_table_privilege('doorstep_request', $1, $2)", name, right
            ), (name, right)


async def test_without_an_organization_every_table_is_empty(world, filled):
    seen, full = {}, 0
    async with begin(world.pool) as opened:
        names = [
            name for name, row in (await tables(opened.db)).items() if name != "schema_migrations"
        ]
        await opened.db.execute("select set_config('role', 'doorstep_request', true)")
        for name in names:
            seen[name] = await opened.db.fetchval(f"select count(*) from {name}")  # noqa: S608
        await enter_organization(opened.db, filled.tenant.id)
        for name in names:
            full += await opened.db.fetchval(f"select count(*) from {name}") > 0  # noqa: S608
    assert set(seen.values()) == {0}
    assert full > 22, "the tables are empty anyhow: this proves nothing"


async def test_inside_an_organization_no_row_of_another_shows(world, tenant, filled):
    async with begin(world.pool) as opened:
        found = await tables(opened.db)
        await enter_organization(opened.db, tenant.id)
        for name in (name for name, row in found.items() if row["of_tenant"]):
            others = await opened.db.fetchval(
                f"select count(*) from {name} where organization_id <> $1",  # noqa: S608
                tenant.id,
            )
            assert others == 0, name


async def test_a_row_of_another_organization_is_neither_written_nor_moved(world, tenant, stranger):
    insert = "insert into campaign (organization_id, id, name) values ($1, $2, 'Intruder')"
    for said, statement, args in (
        ("row-level security", insert, (stranger.id, new_id())),
        ("row-level security", "update campaign set organization_id = $1", (stranger.id,)),
        ("permission denied", "truncate campaign cascade", ()),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=said):
            async with tenant.transaction() as db:
                await db.execute(statement, *args)
    async with tenant.transaction() as db:
        changed = await db.execute(
            "update campaign set name = 'Mine' where organization_id = $1", stranger.id
        )
        assert changed == "UPDATE 0"


async def test_signing_in_cannot_look_at_people(world, filled):
    async with begin(world.pool) as opened:
        await enter_signin(opened.db)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await opened.db.fetch("select * from person")


CONTEXT = """
select current_user = session_user as own_role,
       coalesce(current_setting('doorstep.organization_id', true), '') as organization,
       coalesce(current_setting('doorstep.member_id', true), '') as member,
       coalesce(current_setting('doorstep.sees_people', true), '') as sees
"""


@pytest.mark.parametrize("ending", ["commit", "rollback", "error"])
async def test_nothing_of_a_request_is_left_for_the_next(database_url, filled, ending):
    device_id = filled.ids["device"]
    async with await open_pool(database_url, connections=1) as pool:
        async with begin(pool) as opened:
            assert await opened.db.fetchrow("select * from open_request($1)", device_id)
            inside = await opened.db.fetchrow(CONTEXT)
            assert tuple(inside) == (
                False, str(filled.tenant.id), filled.ids["member"], "assigned",
            )  # fmt: skip
            if ending == "error":
                with pytest.raises(asyncpg.DivisionByZeroError):
                    await opened.db.execute("select 1 / 0")
            else:
                await getattr(opened, ending)()
        async with begin(pool) as opened:
            assert tuple(await opened.db.fetchrow(CONTEXT)) == (True, "", "", "")
            await opened.db.execute("select set_config('role', 'doorstep_request', true)")
            assert await opened.db.fetchval("select count(*) from person") == 0


async def test_a_cancelled_request_leaves_nothing_for_the_next(database_url, filled):
    async with await open_pool(database_url, connections=1) as pool:
        inside = asyncio.Event()

        async def hang():
            async with begin(pool) as opened:
                await enter_organization(opened.db, filled.tenant.id)
                inside.set()
                await opened.db.execute("select pg_sleep(20)")

        task = asyncio.create_task(hang())
        await inside.wait()
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with begin(pool) as opened:
            assert tuple(await opened.db.fetchrow(CONTEXT)) == (True, "", "", "")


async def people_seen(world, client):
    """Whom a raw select of this caller's transaction gives."""
    device_id = (await client.get("/me")).json()["device_id"]
    async with begin(world.pool) as opened:
        await opened.db.fetchrow("select * from open_request($1)", device_id)
        return {row["id"] for row in await opened.db.fetch("select * from person")}


async def test_a_volunteers_bare_select_gives_only_the_people_assigned_to_them(world, tenant):
    made = await make_field(tenant, houses=3)
    away = await make_street(tenant, houses=2, lon=10.0)
    mine, all_people = set(made.street.person_ids), {*made.street.person_ids, *away.person_ids}
    _, idle = await tenant.member()
    assert await people_seen(world, made.volunteer) == mine
    assert await people_seen(world, idle) == set()
    assert await people_seen(world, await tenant.coordinator()) == all_people
    assert (await made.volunteer.post(f"/turfs/{made.turf_id}/handing-back")).status_code == 204
    assert await people_seen(world, made.volunteer) == set()


async def test_a_hold_that_has_run_out_shows_nobody(world, tenant):
    made = await make_field(tenant, houses=2)
    async with tenant.transaction() as db:
        await db.execute("update assignment set expires_at = now() - interval '1 second'")
    assert await people_seen(world, made.volunteer) == set()


async def test_one_cannot_write_oneself_into_seeing_more(world, tenant):
    """Settings could be changed by whoever runs statements; the policies still hold inside."""
    away = await make_street(tenant, houses=1)
    device = (await (await tenant.volunteer()).get("/me")).json()["device_id"]
    async with begin(world.pool) as opened:
        await opened.db.fetchrow("select * from open_request($1)", device)
        changed = await opened.db.execute("update person set phone = null returning id")
        assert changed == "UPDATE 0"
        assert not await opened.db.fetch("select * from person where id = any($1)", away.person_ids)
