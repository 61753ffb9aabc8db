"""Serving: one process that holds the database and answers, or that and workers that answer."""

import contextlib
import gc
import http.client
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
import threading
import time
from types import FrameType

import msgspec
import uvicorn
from litestar import Litestar
from rich.panel import Panel
from rich.table import Table

from doorstep.commands import database
from doorstep.commands.screen import CommandError, err
from doorstep.kit.logs import configure_logs
from doorstep.settings import Settings

# Longer than the slowest upload a volunteer's phone would finish, shorter than the 30 s after
# which container runtimes kill.
GRACE_S = 20
# A worker whose parent was killed outright needs a moment to notice and let the address go.
ADDRESS_FREE_WITHIN_S = 3.0
READY_WITHIN_S = 60.0
# Objects made between two looks for garbage; Python's 700 is less than one request makes.
GARBAGE_AFTER = 20_000
SETTINGS_VARIABLE = "_DOORSTEP_SERVE_SETTINGS"
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- where to look for ourselves


def serve(settings: Settings, *, host: str | None, port: int | None, workers: int) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first.

    Raises
    ------
    CommandError
        If the address cannot be had, or a worker died.
    """
    changes = {"host": host or settings.host, "port": settings.port if port is None else port}
    settings = msgspec.structs.replace(settings, **changes)
    _check_address(settings.host, settings.port)
    # As an exception, so that the database is stopped on the way out.
    signal.signal(signal.SIGTERM, _leave)
    with database.migrated(settings) as (found, _):
        inherited = msgspec.structs.replace(settings, database_url=found.url)
        os.environ[SETTINGS_VARIABLE] = msgspec.json.encode(inherited, enc_hook=str).decode()
        threading.Thread(target=_tell_when_ready, args=[settings], daemon=True).start()
        _run(settings, workers)


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit(0)


def _run(settings: Settings, workers: int) -> None:
    uvicorn.run(
        "doorstep.commands.serve:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        # Ours says more, and nothing about people.
        log_config=None,
        access_log=False,
        server_header=False,
        # Who forwards is checked where addresses count.
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )


def application() -> Litestar:
    """The application of one process; a worker ends with its parent."""
    from doorstep.app import create_app  # noqa: PLC0415 -- a parent of workers needs none of it

    settings = msgspec.json.decode(
        os.environ[SETTINGS_VARIABLE], type=Settings, dec_hook=lambda kind, text: kind(text)
    )
    configure_logs(settings.log_level)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    app = create_app(settings, settings.database_url or "", works=settings.work_in_server)
    # What is there now stays: looking through it for garbage every few requests is wasted time.
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    return app


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _check_address(host: str, port: int) -> None:
    """Refuse an address in use: workers share theirs, so a second server would join in."""
    deadline = time.monotonic() + ADDRESS_FREE_WITHIN_S
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if time.monotonic() > deadline:
                    message = (
                        f"Cannot listen on {host}, port {port}: {error.strerror or error}. "
                        "Another program may use it; choose another with --port."
                    )
                    raise CommandError(message) from error
            else:
                return
        time.sleep(0.1)


def _tell_when_ready(settings: Settings) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            host = ANYWHERE.get(settings.host, settings.host)
            connection = http.client.HTTPConnection(host, settings.port, timeout=5)
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == http.HTTPStatus.OK:
                err.print(_welcome(settings))
                return
        time.sleep(0.05)


def _welcome(settings: Settings) -> Panel:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    here = f"http://{ANYWHERE.get(settings.host, host)}:{settings.port}"
    lines = Table.grid(padding=(0, 2))
    lines.add_row("API", here)
    lines.add_row("Documentation", f"{here}/docs")
    known = settings.public_url != Settings().public_url
    lines.add_row("For phones", settings.public_url if known else "set DOORSTEP_PUBLIC_URL")
    lines.add_row("First member", "doorstep user add EMAIL --name NAME --new-organization NAME")
    lines.add_row("Sign-in code", "doorstep user code EMAIL")
    lines.add_row("End", "Ctrl-C")
    return Panel(lines, title="Doorstep is ready", expand=False, border_style="green")
