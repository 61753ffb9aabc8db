"""A canvasser's phone, as an app for it would be written: nothing is lost, nothing counts twice.

Four habits make that so, on any platform:

1. An event gets its id (UUIDv7) when it is made, and is on disk before the screen says "saved".
2. It is sent, unchanged, until an answer names it. A lost answer looks like a lost request and is
   treated like one: the very same events go out again, and the server knows their ids.
3. An answer settles an event for good, whichever it is: refused ones are shown, not sent again.
4. The nonce of a refresh is on disk before the request leaves, so that a refresh whose answer got
   lost can be repeated as it was.
"""

import asyncio
import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from doorstep.commands.outbox import Json, Outbox, replace_file
from doorstep.kit.ids import new_id

FIRST_WAIT_S = 0.02
LONGEST_WAIT_S = 0.5
"""A real phone waits from seconds to minutes; the demo's day lasts seconds."""


class RefusedRequestError(Exception):
    """The server refuses a request that will not get better by itself: a fault in the app."""


class SignedOutError(Exception):
    """The server no longer knows this device; events wait on it until somebody signs in again."""


@dataclass
class Tally:
    """What a phone went through, for those who want to see it."""

    unanswered: int = 0
    """Requests without an answer: the phone cannot know whether they arrived."""
    repeated: int = 0
    """Events sent again after such a request."""
    refreshes: int = 0
    restarts: int = 0
    sent: Counter[str] = field(default_factory=Counter[str])
    """How often each event left the phone."""


class Phone:
    """One signed-in phone and its folder; making it anew from the folder is an app's restart.

    Parameters
    ----------
    folder
        Where tokens, outbox and bundles are kept.
    http
        A client for the server's address; it may fail in any way.
    clock
        The phone's own clock, right or wrong. The server compares it with its own.
    tally
        Counts that outlive a restart.
    """

    def __init__(
        self,
        folder: Path,
        http: httpx.AsyncClient,
        clock: Callable[[], dt.datetime],
        tally: Tally | None = None,
    ) -> None:
        self.folder = folder
        self.http = http
        self.clock = clock
        self.tally = tally or Tally()
        self.outbox = Outbox(folder / "outbox.jsonl")
        self._tokens: Json = json.loads((folder / "tokens.json").read_text())

    @classmethod
    def signed_in(
        cls,
        folder: Path,
        http: httpx.AsyncClient,
        clock: Callable[[], dt.datetime],
        tokens: Json,
    ) -> "Phone":
        """A new phone with the answer of ``POST /sign-in/sessions``."""
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / "tokens.json", tokens)
        return cls(folder, http, clock)

    def restarted(self) -> "Phone":
        """The phone after the app was killed and opened again: only what is on disk remains."""
        self.tally.restarts += 1
        return Phone(self.folder, self.http, self.clock, self.tally)

    def record(self, kind: str, occurred_at: dt.datetime, **particulars: Any) -> str:
        """Keep an event for the server; returns its id, by which it can be corrected or undone."""
        event_id = str(new_id())
        self.outbox.add(
            {
                "id": event_id,
                "kind": kind,
                "occurred_at": occurred_at.astimezone(dt.UTC).isoformat(),
                **particulars,
            }
        )
        return event_id

    async def bundle(self, turf_id: str) -> Json:
        """A turf with its doors in walking order; what is on the phone already is not sent."""
        path = self.folder / f"bundle-{turf_id}.json"
        kept: Json = json.loads(path.read_text()) if path.exists() else {}
        headers = {"if-none-match": kept["etag"]} if kept else {}
        answer = await self._answered("GET", f"/turfs/{turf_id}/bundle", headers=headers)
        if answer.status_code != HTTPStatus.NOT_MODIFIED:
            kept = {"etag": _good(answer).headers["etag"], "bundle": answer.json()}
            replace_file(path, kept)
        return kept["bundle"]

    async def push(self) -> None:
        """Send everything that waits; returns when the server has answered for all of it."""
        while batch := self.outbox.batch():
            await self.push_batch(batch)

    async def push_batch(self, batch: list[Json]) -> None:
        """Send these events, always the same, until they are answered for."""

        def body() -> str:
            # Written anew for each try: by the time of sending the server corrects the clock, and
            # an old one would make the clock seem slow. The events themselves never change.
            self._count(batch)
            return json.dumps({"sent_at": self.clock().isoformat(), "events": batch})

        answer = await self._answered("POST", "/sync/events", body=body)
        results: list[Json] = _good(answer).json()["results"]
        self.outbox.settle({batch[r["index"]]["id"]: r["outcome"] for r in results})

    def _count(self, batch: list[Json]) -> None:
        for event in batch:
            self.tally.sent[event["id"]] += 1
            self.tally.repeated += self.tally.sent[event["id"]] > 1

    async def _answered(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Callable[[], str] | None = None,
    ) -> httpx.Response:
        """The answer of a signed request, repeated until there is one."""
        wait_s = FIRST_WAIT_S
        while True:
            request = self.http.build_request(
                method,
                url,
                headers={
                    "content-type": "application/json",
                    "authorization": f"Bearer {self._tokens['access_token']}",
                    **(headers or {}),
                },
                content=body() if body else None,
            )
            answer = await self._try(request)
            if answer is not None and answer.status_code == HTTPStatus.UNAUTHORIZED:
                await self.refresh()
            elif answer is not None and not _may_pass(answer):
                return answer
            else:
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _try(self, request: httpx.Request) -> httpx.Response | None:
        try:
            return await self.http.send(request)
        except httpx.TransportError:
            self.tally.unanswered += 1
            return None

    async def refresh(self) -> None:
        """Exchange the refresh token for new tokens, however often the answer gets lost.

        Raises
        ------
        SignedOutError
            If the server does not accept the refresh token.
        """
        if "nonce" not in self._tokens:
            self._keep({**self._tokens, "nonce": str(new_id())})
        wanted = {name: self._tokens[name] for name in ("refresh_token", "nonce")}
        while True:
            self.tally.refreshes += 1
            request = self.http.build_request("POST", "/sign-in/refreshes", json=wanted)
            answer = await self._try(request)
            if answer is not None and not _may_pass(answer):
                break
            await asyncio.sleep(FIRST_WAIT_S)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            message = "The server no longer knows this device. Sign in again."
            raise SignedOutError(message)
        self._keep(_good(answer).json())

    def _keep(self, tokens: Json) -> None:
        replace_file(self.folder / "tokens.json", tokens)
        self._tokens = tokens


def _may_pass(answer: httpx.Response) -> bool:
    """Whether the same request may succeed later: the server is busy, or in trouble."""
    return answer.is_server_error or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    message = f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:500]}"
    raise RefusedRequestError(message)
