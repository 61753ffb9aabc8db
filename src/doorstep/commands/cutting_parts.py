"""Who cuts the parts of a state: processes of this machine, or the workers of a Dask cluster."""

import contextlib
import importlib
import multiprocessing
import os
from collections.abc import Generator
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any

from doorstep.commands.screen import CommandError

ONE_PART = 60_000
"""Doors up to which a town is cut at once: it then has no seams."""
MOST_PROCESSES = 8
"""Each takes half a gigabyte."""
CONNECT_S = 10


@contextlib.contextmanager
def workers(address: str | None) -> Generator[Executor]:
    """An executor for parts; without an address, one process per processor.

    Raises
    ------
    CommandError
        If Dask is not installed, or no scheduler answers at the address.
    """
    if address is None:
        # Forked processes would inherit locks of threads that are not there any more.
        spawn = multiprocessing.get_context("spawn")
        count = min(os.cpu_count() or 1, MOST_PROCESSES)
        with ProcessPoolExecutor(count, mp_context=spawn) as executor:
            yield executor
        return
    with _client(address) as client:
        yield client.get_executor()


def _client(address: str) -> Any:
    try:
        distributed = importlib.import_module("distributed")
    except ModuleNotFoundError:
        message = "--dask needs Dask. Install it: pip install 'doorstep[scale]'"
        raise CommandError(message) from None
    try:
        return distributed.Client(address, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        message = (
            f"--dask: no scheduler answers at {address} ({error}). Start one with `dask scheduler` "
            "and give its address, such as tcp://10.0.0.5:8786."
        )
        raise CommandError(message) from None
