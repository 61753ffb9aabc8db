"""The demo's server: ``doorstep serve`` in a process of its own, as it would run for real."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from http import HTTPStatus
from pathlib import Path

import httpx

from doorstep.commands.screen import CommandError
from doorstep.settings import PREFIX, Settings

READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 25.0
POLL_S = 0.05
START = "from doorstep.cli import main; main()"


def free_port(host: str, wanted: int = 0) -> int:
    """The wanted port, or any if it is 0, that nobody listens on.

    Raises
    ------
    CommandError
        If somebody does: it could be another Doorstep, whose answers would be taken for ours.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError as error:
            message = (
                f"Cannot listen on {host}, port {wanted}: {error.strerror}. "
                "Choose another with --port, or leave it out for a free one."
            )
            raise CommandError(message) from error
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(settings: Settings, log_file: Path) -> Generator["subprocess.Popen[bytes]"]:
    """A server with these settings for the length of a block; it may not be ready yet."""
    # Only these settings: the demo must not touch a database that the environment names.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    environment |= {
        f"{PREFIX}DATA_DIR": str(settings.data_dir),
        f"{PREFIX}HOST": settings.host,
        f"{PREFIX}PORT": str(settings.port),
        f"{PREFIX}PUBLIC_URL": settings.public_url,
        f"{PREFIX}LOG_LEVEL": settings.log_level,
    }
    with log_file.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 -- the command is ours
            [sys.executable, "-c", START, "serve"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            # Ctrl-C is for the demo, which then ends the server in its own time.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def wait_until_ready(
    process: "subprocess.Popen[bytes]", settings: Settings, log_file: Path
) -> None:
    """Return once the server answers.

    Raises
    ------
    CommandError
        If it ends instead, or does not within `READY_WITHIN_S` seconds.
    """
    deadline = time.monotonic() + READY_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"{settings.public_url}/health/ready", timeout=5, trust_env=False)
            if answer.status_code == HTTPStatus.OK:
                return
        time.sleep(POLL_S)
    tail = "\n".join(log_file.read_text(errors="replace").splitlines()[-8:])
    message = f"The server did not start. {log_file.name} ends with:\n{tail}"
    raise CommandError(message)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOPPED_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
