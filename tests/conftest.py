import asyncio
import gc
from collections import Counter

import pytest
from canaries import found_in
from makers import World, make_tenant

from doorstep.app import create_app
from doorstep.kit import embedded, migrations
from doorstep.kit.db import open_pool
from doorstep.kit.resources import MIGRATIONS
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings

MANY_TESTS = 200


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with embedded.running(tmp_path_factory.mktemp("postgres"), fsync=False) as running:
        yield running


@pytest.fixture(scope="session")
def database_url(server):
    migrations.migrate(server.url(), MIGRATIONS)
    return server.url()


@pytest.fixture(scope="session")
def settings(tmp_path_factory):
    return Settings(data_dir=tmp_path_factory.mktemp("data"), test_mode=True)


@pytest.fixture(scope="session")
async def world(database_url, settings):
    app = create_app(settings, database_url)
    started, ended = asyncio.Event(), asyncio.Event()

    async def live():
        # A lifespan must be left by the task that entered it; fixtures are finished by another.
        async with app.lifespan():
            started.set()
            await ended.wait()

    task = asyncio.create_task(live())
    await started.wait()
    async with await open_pool(database_url, connections=8) as pool:
        yield World(app, pool, Keyring(settings.keys_dir, settings.public_url))
    ended.set()
    await task


@pytest.fixture
async def tenant(world):
    return await make_tenant(world)


@pytest.fixture
async def stranger(world):
    """Another organization, to prove that nothing of ours shows there."""
    return await make_tenant(world)


def pytest_configure():
    """Has garbage of cycles looked for seldom: among eleven thousand tests that stay to the end.

    As Python comes, that takes a fifth of the time of the tests that send most requests.
    """
    gc.set_threshold(10_000, 50, 100)


def pytest_collection_modifyitems(items):
    """Keeps each module on one worker, but for the greatest: those are dealt out test by test.

    What a module builds for itself (a server, node packages) is then built once.
    """
    sizes = Counter(item.path for item in items)
    for item in items:
        if sizes[item.path] <= MANY_TESTS:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Fails every test during which a person's data came into a log or onto the screen."""
    report = yield
    leaks = [title for title, text in report.sections if found_in(text)]
    if report.when == "teardown" and report.passed and leaks:
        report.outcome = "failed"
        report.longrepr = f"Somebody's name, address or number is in: {', '.join(leaks)}"
    return report
