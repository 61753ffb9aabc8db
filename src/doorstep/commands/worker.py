"""Working: one process that sends what is due and does periodic work, and answers nobody."""

import asyncio
import gc
import signal

import uvloop

from doorstep.app import work
from doorstep.commands import database, screen
from doorstep.kit.db import open_pool
from doorstep.kit.logs import configure_logs
from doorstep.kit.tokens import Keyring
from doorstep.notify.working import run
from doorstep.settings import Settings


def work_on(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; jobs under way are finished first."""
    configure_logs(settings.log_level)
    with database.migrated(settings) as (found, _):
        screen.err.print("Working. End: Ctrl-C")
        uvloop.run(_work(settings, found.url))


async def _work(settings: Settings, url: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    keyring = Keyring(settings.keys_dir, settings.public_url)
    # What is there now stays: looking through it for garbage is wasted time.
    gc.freeze()
    async with await open_pool(url, connections=settings.database_connections) as pool:
        await run(pool, work(settings, keyring), stop)
