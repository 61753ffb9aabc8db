"""Pages whose requests are run: each `http` block holds a request and the answer it shows."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```http\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
ANY = "…"


@dataclass
class Message:
    """One half of an exchange as the page shows it."""

    start: str
    headers: dict[str, str]
    body: str


def exchanges(text):
    """The requests of a page with the answers it shows for them."""
    return [
        tuple(map(message, re.split(r"^(?=HTTP/1\.1 )", block, maxsplit=1, flags=re.MULTILINE)))
        for block in BLOCK.findall(text)
    ]


def message(text):
    head, _, body = text.strip().partition("\n\n")
    start, *lines = head.splitlines()
    return Message(start, dict(line.split(": ", 1) for line in lines), body.strip())


def filled(text, known):
    return PLACEHOLDER.sub(lambda found: str(known[found[1]]), text)


def compare_shown(shown, got, known, at="answer"):
    """Check an answer: `…` stands for anything, a new {{name}} takes what is there."""
    if shown == ANY:
        return
    if isinstance(shown, str) and (named := PLACEHOLDER.fullmatch(shown)):
        assert known.setdefault(named[1], got) == got, f"{at} is not {shown}"
    elif isinstance(shown, dict):
        assert isinstance(got, dict), f"{at} is no object: {got!r}"
        named = shown.keys() - {ANY}
        assert named <= got.keys() if ANY in shown else named == got.keys(), f"{at}: {sorted(got)}"
        for name in sorted(named):
            compare_shown(shown[name], got[name], known, f"{at}.{name}")
    elif isinstance(shown, list):
        assert isinstance(got, list), f"{at} is no list: {got!r}"
        first = shown[:-1] if shown[-1:] == [ANY] else shown
        assert len(first) <= len(got) if first != shown else len(first) == len(got), f"{at}: {got}"
        for place, one in enumerate(first):
            compare_shown(one, got[place], known, f"{at}[{place}]")
    else:
        assert (type(shown), shown) == (type(got), got), f"{at} is {got!r}"


def check(shown, answer, known):
    assert f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}" == shown.start
    for name, value in shown.headers.items():
        compare_shown(value, answer.headers[name], known, name)
    if shown.body:
        compare_shown(json.loads(shown.body), answer.json(), known)
    else:
        assert answer.content == b""


async def send(client, shown, known):
    method, path = filled(shown.start, known).split()
    headers = {name: filled(value, known) for name, value in shown.headers.items()}
    if shown.body:
        headers.setdefault("Content-Type", "application/json")
    content = filled(shown.body, known).encode()
    return await client.request(method, path, headers=headers, content=content)


@pytest.fixture
def compare():
    return compare_shown


@pytest.fixture
def run_page(world):
    """Send every request of a page in order; what is known already fills its placeholders."""

    async def run(name, known):
        page = exchanges((DOCS / name).read_text(encoding="utf-8"))
        # An address of its own: how often a client may try to sign in is counted by address.
        transport = httpx.ASGITransport(
            world.app, raise_app_exceptions=False, client=("192.0.2.1", 1)
        )
        base_url = "http://doorstep.test"
        async with httpx.AsyncClient(transport=transport, base_url=base_url, headers={}) as client:
            for request, answer in page:
                got = await send(client, request, known)
                try:
                    check(answer, got, known)
                except AssertionError as error:
                    error.add_note(f"{name} shows {request.start}, answered with {got.text[:2000]}")
                    raise
        return len(page)

    return run
