"""The page for those who receive webhooks: its requests are sent, its programs are run."""

import datetime as dt
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from doorstep.hooks import sending
from doorstep.hooks.model import HookKind
from doorstep.hooks.signing import headers_of, secret_of
from doorstep.kit.ids import new_id
from doorstep.kit.outgoing import PORTS

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
BODY = b'{"type":"ping","timestamp":"2026-11-22T10:15:00Z","data":{"hook_id":"\xc3\xa4"}}'


def block(language):
    return re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def requests(world):
    """Requests as they arrive and whether each is to be believed: (secret, headers, body, good)."""
    now = dt.datetime.now(dt.UTC)
    secret, other = (secret_of(world.keyring, new_id(), new_id(), 1) for _ in range(2))
    good = headers_of(secret, new_id(), BODY, now)
    two = {**good, "webhook-signature": f"v1,AAAA {good['webhook-signature']}"}
    old = headers_of(secret, new_id(), BODY, now - dt.timedelta(minutes=6))
    moved = {**old, "webhook-timestamp": good["webhook-timestamp"]}
    return [
        (secret, good, BODY, True),
        (secret, two, BODY, True),
        (other, good, BODY, False),
        (secret, good, BODY + b" ", False),
        (secret, {**good, "webhook-id": str(new_id())}, BODY, False),
        (secret, {**good, "webhook-signature": "v1,"}, BODY, False),
        (secret, old, BODY, False),
        (secret, moved, BODY, False),
    ]


async def test_the_page_is_what_the_server_does(run_page, tenant):
    organizer = await tenant.organizer()
    token = organizer.headers["authorization"].removeprefix("Bearer ")
    assert await run_page("webhooks.md", {"organizer_token": token}) == 3


def test_the_program_in_python_believes_what_is_genuine_alone(requests):
    known = {}
    exec(block("python"), known)  # noqa: S102 -- our own page
    for secret, headers, body, good in requests:
        if good:
            assert known["verify"](secret, headers, body) == json.loads(body)
        else:
            with pytest.raises(ValueError, match=r"too old|not genuine"):
                known["verify"](secret, headers, body)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_the_program_in_node_believes_what_is_genuine_alone(requests, tmp_path):
    (tmp_path / "verify.mjs").write_text(block("js"), encoding="utf-8")
    asked = [(secret, headers, body.decode()) for secret, headers, body, _ in requests]
    (tmp_path / "ask.mjs").write_text(
        'import { verify } from "./verify.mjs";\n'
        f"for (const [secret, headers, body] of {json.dumps(asked)}) {{\n"
        "  try { console.log(verify(secret, headers, Buffer.from(body)).type); }\n"
        "  catch (error) { console.log(error.message); }\n}\n",
        encoding="utf-8",
    )
    command = [shutil.which("node"), "ask.mjs"]
    answered = subprocess.run(  # noqa: S603 -- our own page
        command, cwd=tmp_path, check=True, capture_output=True, text=True
    )
    said = answered.stdout.splitlines()
    assert [one == "ping" for one in said] == [good for *_, good in requests]
    assert set(said) == {"ping", "too old", "not genuine"}


def test_every_kind_and_figure_is_the_programs():
    for kind in HookKind:
        assert f"| `{kind}` |" in PAGE
    assert sending.MAX_TRIES == 12
    assert sending.FIRST_WAIT_S == 30
    assert sending.LONGEST_WAIT_S == 12 * 3600
    assert dt.timedelta(days=30) == sending.KEPT
    assert {80, 443, 8080, 8443} == PORTS
