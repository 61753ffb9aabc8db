"""The stand-in for Firebase as tests see it."""

import json
import socket
import ssl
import urllib.request
from dataclasses import dataclass
from pathlib import Path

FAKE = Path(__file__).with_name("fake_fcm.py")


@dataclass
class FakeFcm:
    """The stand-in's address, and what it was sent."""

    port: int
    folder: Path

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    @property
    def account(self):
        return self.folder / "account.json"

    @property
    def ca(self):
        return self.folder / "ca.pem"

    def call(self, path, body=None):
        context = ssl.create_default_context(cafile=str(self.ca))
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.url}{path}", data, 10, context=context) as answer:  # noqa: S310
            return json.loads(answer.read())

    def control(self, **how):
        self.call("/control", how)

    def received(self):
        return self.call("/received")

    def sent_to(self):
        found = [one["message"] for one in self.received()["messages"]]
        return [one.get("token") or one.get("fid") for one in found]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
