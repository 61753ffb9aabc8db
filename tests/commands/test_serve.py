"""Serving, ended in every way there is."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

BODY = b'{"organization":"nobody","email":"x@example.org"}'
HEAD = (
    b"POST /sign-in/codes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % len(BODY)
)


COMMAND = [sys.executable, "-c", "from doorstep.cli import main; main()", "serve"]


class Served:
    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.environment = {
            name: text for name, text in os.environ.items() if not name.startswith("DOORSTEP_")
        } | {"DOORSTEP_DATA_DIR": str(folder), "DOORSTEP_PORT": str(self.port)}

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 -- the command is ours
                COMMAND, env=self.environment, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), self.connect() as connection:
                connection.sendall(b"GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n")
                assert connection.recv(1000).startswith(b"HTTP/1.1 200")
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def database_runs(self):
        return (self.folder / "postgres" / "cluster" / "postmaster.pid").exists()


@pytest.fixture
def served(tmp_path):
    served = Served(tmp_path)
    served.start()
    yield served
    served.process.terminate()
    served.process.wait(40)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_finished_and_the_database_stopped(served, number):
    with served.connect() as connection:
        connection.sendall(HEAD + BODY[:5])
        time.sleep(0.3)
        # The whole group, as Ctrl-C in a terminal does.
        os.killpg(served.process.pid, number)
        time.sleep(0.5)
        connection.sendall(BODY[5:])
        assert connection.recv(1000).startswith(b"HTTP/1.1 202")
    assert served.process.wait(40) == 0
    assert not served.database_runs()


def test_after_being_killed_outright_it_starts_again(served):
    served.process.kill()
    served.process.wait()
    served.start()


def test_a_second_server_on_the_same_address_is_refused(served):
    done = subprocess.run(  # noqa: S603 -- the command is ours
        COMMAND, env=served.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "choose another with --port" in " ".join(done.stderr.split())
    served.process.terminate()
    assert served.process.wait(40) == 0
    lines = (served.folder / "log").read_text().splitlines()
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    answered = next(one for one in logged if one["event"] == "request")
    assert {"method", "route", "status"} <= answered.keys()
    assert any("/docs" in line for line in lines)
