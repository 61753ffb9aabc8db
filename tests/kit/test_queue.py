import asyncio
import contextlib
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pgqueuer.adapters.persistence import qb
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.adapters.persistence.schema_ddl import render_install

from doorstep.kit import queue
from doorstep.kit.db import open_pool
from doorstep.kit.ids import new_id
from doorstep.kit.queue import Every, Job, Task, running
from doorstep.kit.queue.driver import WorkerDriver, worker_transaction
from doorstep.kit.queue.enqueueing import SETTINGS, packed, unpacked
from doorstep.kit.resources import MIGRATIONS


@contextlib.asynccontextmanager
async def working(pool, *tasks, periodic=()):
    stop = asyncio.Event()
    task = asyncio.create_task(queue.run(pool, tasks, periodic, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


async def until(condition, within_s=10.0):
    async with asyncio.timeout(within_s):
        while not (found := await condition()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return found


async def states_of(pool, name):
    async with worker_transaction(pool) as db:
        return next((one for one in await queue.state(db) if one.task == name), None)


@pytest.fixture
def name():
    return f"test.{new_id()}"


@given(st.uuids(), st.lists(st.uuids(), max_size=100))
def test_a_job_is_its_organization_and_its_ids(organization_id, ids):
    job = Job("x", organization_id, ids)
    assert unpacked(packed(job)) == (organization_id, ids)


def test_the_migration_says_what_the_installed_version_would_install():
    ours = (MIGRATIONS / "0018_notify.sql").read_text()
    statements = render_install(SETTINGS).split("\n\n")[2:]
    assert len(statements) > 15
    assert "\n\n".join(statements) in ours


async def test_the_installed_version_would_change_nothing(world):
    queries = Queries(
        WorkerDriver(world.pool, lambda: None), qbe=qb.QueryBuilderEnvironment(settings=SETTINGS)
    )
    assert (await queries.plan_upgrade()).statements == ()


async def test_a_job_is_done_after_its_transaction_and_never_before(world, tenant, name):
    done = []

    async def note(_, organization_id, ids):
        done.append((organization_id, list(ids)))

    ids = [new_id(), new_id()]
    async with working(world.pool, Task(name, note)):
        async with tenant.transaction() as db:
            await queue.enqueue(db, Job(name, tenant.id, ids))
            await asyncio.sleep(0.3)
            assert done == []
        await until(lambda: asyncio.sleep(0, done))
    assert done == [(tenant.id, ids)]


async def test_a_job_of_a_transaction_that_failed_is_never_done(world, tenant, name):
    with contextlib.suppress(ZeroDivisionError):
        async with tenant.transaction() as db:
            await queue.enqueue(db, Job(name, tenant.id))
            raise ZeroDivisionError
    assert await states_of(world.pool, name) is None


async def test_a_job_waits_until_it_is_due(world, tenant, name):
    done_at = []

    async def note(*_):
        done_at.append(asyncio.get_running_loop().time())

    async with tenant.transaction() as db:
        await queue.enqueue(db, Job(name, tenant.id, after_s=0.8))
    begun_at = asyncio.get_running_loop().time()
    async with working(world.pool, Task(name, note)):
        await until(lambda: asyncio.sleep(0, done_at))
    assert done_at[0] - begun_at > 0.6


async def test_a_job_that_fails_is_tried_again(world, tenant, name):
    tries = []

    async def fail_once(*_):
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError

    async with tenant.transaction() as db:
        await queue.enqueue(db, Job(name, tenant.id))
    async with working(world.pool, Task(name, fail_once)):
        await until(lambda: asyncio.sleep(0, len(tries) == 2))

        async def gone():
            return await states_of(world.pool, name) is None

        await until(gone)


async def test_a_job_that_always_fails_is_held_with_the_class_of_its_failure(world, tenant, name):
    async def fail(*_):
        message = "Canaria Feathers lives here"
        raise LookupError(message)

    async with tenant.transaction() as db:
        await queue.enqueue(db, Job(name, tenant.id))
    async with working(world.pool, Task(name, fail, tries=1)):

        async def held():
            found = await states_of(world.pool, name)
            return found if found and found.held_count else None

        state = await until(held)
    assert (state.waiting_count, state.running_count, state.held_count) == (0, 0, 1)
    assert state.held_error == "LookupError"
    async with worker_transaction(world.pool) as db:
        kept = await db.fetchval("select string_agg(traceback::text, '') from queue.pgqueuer_log")
    assert "Feathers" not in kept


async def test_an_organization_sees_its_own_jobs_alone(tenant, stranger, name):
    async with tenant.transaction() as db:
        await queue.enqueue(db, Job(name, tenant.id), Job(name, tenant.id))
        (state,) = [one for one in await queue.state(db) if one.task == name]
    assert state.waiting_count == 2
    async with stranger.transaction() as db:
        assert [one for one in await queue.state(db) if one.task == name] == []


async def test_a_request_cannot_add_a_job_for_another_organization(tenant, stranger, name):
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with tenant.transaction() as db:
            await queue.enqueue(db, Job(name, stranger.id))


@pytest.mark.parametrize(
    "statement", ["update queue.pgqueuer set priority = 1", "delete from queue.pgqueuer",
                  "select * from queue.periodic"],
)  # fmt: skip
async def test_a_request_neither_takes_nor_removes_jobs(tenant, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        async with tenant.transaction() as db:
            await db.execute(statement)


@pytest.mark.parametrize(
    "statement", ["select facts from notification", "select name from member",
                  "select registration from device_push", "delete from notification"],
)  # fmt: skip
async def test_the_worker_itself_sees_of_organizations_only_when_something_is_due(world, statement):
    async with worker_transaction(world.pool) as db:
        await db.fetch("select organization_id, due_at from notification limit 1")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        async with worker_transaction(world.pool) as db:
            await db.execute(statement)


async def test_a_key_keeps_a_second_job_out_while_the_first_waits(world, tenant, name):
    for _ in range(2):
        async with worker_transaction(world.pool) as db:
            await queue.enqueue(db, Job(name, tenant.id, key=f"{name}/{tenant.id}"))
    assert (await states_of(world.pool, name)).waiting_count == 1


async def test_the_worker_starts_over_when_its_connection_is_cut(world, tenant, name):
    done = []

    async def note(*_):
        done.append(1)

    async with working(world.pool, Task(name, note)):
        async with tenant.transaction() as db:
            await queue.enqueue(db, Job(name, tenant.id))
        await until(lambda: asyncio.sleep(0, done))
        async with world.pool.acquire() as db:
            cut = await db.fetchval(
                """
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                 where query ilike 'listen %' and pid <> pg_backend_pid()
                """
            )
        assert cut >= 1
        await asyncio.sleep(0.5)
        async with tenant.transaction() as db:
            await queue.enqueue(db, Job(name, tenant.id))
        await until(lambda: asyncio.sleep(0, len(done) == 2))


async def test_a_worker_that_ends_gives_its_connections_back(database_url):
    async with await open_pool(database_url, connections=3) as pool:
        for tasks in ([], [Task("test.nothing", lambda *_: asyncio.sleep(0))]):
            async with working(pool, *tasks):
                await asyncio.sleep(0.3)
        await asyncio.wait_for(pool.close(), 5)


async def test_a_job_under_way_is_finished_before_the_worker_ends(world, tenant, name):
    begun, done = asyncio.Event(), []

    async def take_time(*_):
        begun.set()
        await asyncio.sleep(0.5)
        done.append(1)

    async with tenant.transaction() as db:
        await queue.enqueue(db, Job(name, tenant.id))
    async with working(world.pool, Task(name, take_time)):
        await asyncio.wait_for(begun.wait(), 10)
    assert done == [1]
    assert await states_of(world.pool, name) is None


async def test_periodic_work_is_done_by_one_worker_at_a_time(world, name):
    running_now, most, runs = 0, 0, 0

    async def work(_):
        nonlocal running_now, most, runs
        running_now, runs = running_now + 1, runs + 1
        most = max(most, running_now)
        await asyncio.sleep(0.15)
        running_now -= 1

    every = Every(name, 0.1, work)
    async with working(world.pool, periodic=[every]), working(world.pool, periodic=[every]):
        await until(lambda: asyncio.sleep(0, runs >= 4))
    assert most == 1


async def test_periodic_work_that_fails_is_noted_and_done_again(world, name):
    runs = []

    async def fail(_):
        runs.append(1)
        message = "quotes a row"
        raise KeyError(message)

    async with working(world.pool, periodic=[Every(name, 0.1, fail)]):
        await until(lambda: asyncio.sleep(0, len(runs) >= 2))
    async with worker_transaction(world.pool) as db:
        (state,) = [one for one in await queue.periodic_states(db) if one.name == name]
    assert state.error == "KeyError"


async def test_the_work_of_a_worker_that_was_killed_is_taken_over(world, name, monkeypatch):
    monkeypatch.setattr(running, "LEASE_S", 0.5)
    async with worker_transaction(world.pool) as db:
        await running.queries.add_periodic(db, name)
        assert await running.queries.take_periodic(db, name, UUID(int=1), 0.5)
        assert not await running.queries.take_periodic(db, name, UUID(int=2), 0.5)
    runs = []

    async def work(_):
        runs.append(1)

    async with working(world.pool, periodic=[Every(name, 5, work)]):
        await until(lambda: asyncio.sleep(0, runs))
