"""Push through Firebase Cloud Messaging, with Google's own library.

Each comment here answers something that was measured of firebase-admin 7.7.
"""

import asyncio
import datetime as dt
import email.utils
import gc
import importlib
import itertools
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import structlog

from doorstep.kit.ids import new_id
from doorstep.notify.model import ChannelName, Kind, Outcome, Outgoing, Sent
from doorstep.notify.planning import URGENT, priority

# One connection carries a hundred requests at once, and no more.
CHUNK = 100
TIMEOUT_S = 10
SWITCHES_S = 0.0005
REFRESHED_BEFORE = dt.timedelta(minutes=5)
QUOTA_WAIT = dt.timedelta(seconds=60)
APNS_WAIT = dt.timedelta(minutes=15)
APNS_TRUSTED = dt.timedelta(minutes=10)
MAX_LIFE = dt.timedelta(days=28)
LIFE = dt.timedelta(days=1)
VERSION = "1"
_PREPARED_WITHIN_S = 60

# A device keeps at most four collapse keys: what waits under one is replaced by the next. Nothing
# is lost by that, for a push says only that there is something to fetch.
_GROUPS = {
    Kind.SYNC: "sync",
    Kind.TURF_ASSIGNED: "turf",
    Kind.TURF_TAKEN_BACK: "turf",
    Kind.TURF_RECUT: "turf",
    Kind.BROADCAST: "general",
    Kind.ACCOUNT_SECURITY: "general",
}
_SHIFT = "shift"

# By the name of the exception's class, for importing them takes most of a second.
_OUTCOMES = {
    "UnregisteredError": (Outcome.DEAD, True),
    "SenderIdMismatchError": (Outcome.DEAD, True),
    "InvalidArgumentError": (Outcome.DEAD, False),
    "UnavailableError": (Outcome.FAILED, False),
    "InternalError": (Outcome.FAILED, False),
    "PermissionDeniedError": (Outcome.FAILED, False),
    "UnauthenticatedError": (Outcome.FAILED, False),
}
_ALERTS = frozenset({"PermissionDeniedError", "UnauthenticatedError", "NotFoundError"})

_log = structlog.get_logger()


class PushChannel:
    """A service account's way to phones and browsers.

    It works on an event loop in a thread of its own: the library fetches its tokens with blocking
    calls, also in the middle of a request that was refused, and encodes a hundred messages in one
    go. An app of the library belongs to one loop for ever.
    """

    name = str(ChannelName.PUSH)

    def __init__(self, credentials: Path) -> None:
        # Here rather than at the first message: it takes 0.7 s in which little else is done. Not at
        # the head of this module, for not every installation has a Firebase.
        importlib.import_module("firebase_admin.messaging")
        self._credentials = credentials
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="push")
        self._firebase: Firebase | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Make ready: the library reads the authorities four times, holding everything up."""
        firebase = await self._opened()
        await self._there(firebase.prepare())

    async def send(self, items: Sequence[Outgoing]) -> list[Sent]:
        """What became of each item."""
        firebase = await self._opened()
        return await self._there(firebase.send(items))

    async def _opened(self) -> "Firebase":
        async with self._opening:
            if self._firebase is None:
                # Python's own 5 ms, waited for at each turn of either loop, would add up.
                sys.setswitchinterval(SWITCHES_S)
                self._thread.start()
                self._firebase = cast("Firebase", await self._there(_open(self._credentials)))
            return self._firebase

    async def close(self) -> None:
        """End it; a send under way is finished first."""
        if self._firebase is not None:
            await self._there(self._firebase.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            await asyncio.to_thread(self._thread.join, _PREPARED_WITHIN_S)
        self._loop.close()

    async def _there(self, work: Any) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


async def _open(credentials: Path) -> "Firebase":
    return Firebase(credentials)


class Firebase:
    """The library, on the loop that runs; the seven things it does that one must know."""

    def __init__(self, credentials: Path) -> None:
        # It has no types, and is not there before somebody needs it.
        sdk: Any = importlib.import_module("firebase_admin")
        self._messaging: Any = importlib.import_module("firebase_admin.messaging")
        self._delete_app: Callable[[Any], None] = sdk.delete_app
        self._app: Any = sdk.initialize_app(
            sdk.credentials.Certificate(str(credentials)),
            # Its own is two minutes.
            {"httpTimeout": TIMEOUT_S},
            name=f"doorstep-{new_id()}",
        )
        self._credential: Any = self._app.credential.get_credential()
        self._transport: Any = importlib.import_module("google.auth.transport.requests").Request()
        self._turn = asyncio.Lock()
        self._closed_until = _long_ago()
        self._apns_closed_until = _long_ago()
        self._apns_trusted_until = _long_ago()

    async def send(self, items: Sequence[Outgoing]) -> list[Sent]:
        """What became of each item; chunks take turns on the one connection."""
        sents: list[Sent] = []
        for chunk in _chunks(items):
            async with self._turn:
                sents += await self._send_chunk(chunk)
            # Each answer is a cycle. Those of three hundred take forty milliseconds to clear away,
            # in which no thread does anything else; and while some are on their way, what is looked
            # through in vain doubles.
            gc.collect(0)
        return sents

    async def prepare(self) -> None:
        """Have the library make its clients; it does so at the first call, even with nothing."""
        await self._messaging.send_each_async([], app=self._app)

    async def close(self) -> None:
        """Forget the app. In a thread, for it starts a loop of its own, which fails within one."""
        async with self._turn:
            await asyncio.to_thread(self._delete_app, self._app)

    async def _send_chunk(self, items: Sequence[Outgoing]) -> list[Sent]:
        now = _now()
        if self._closed_until > now:
            return [_later(item, "QuotaExceededError", self._closed_until) for item in items]
        if problem := await self._token_problem():
            return [_sent(item, Outcome.FAILED, problem) for item in items]
        apple = [item for item in items if item.platform == "ios"]
        first = [item for item in items if item.platform != "ios"]
        if self._apns_trusted_until > now:
            first, apple = list(items), []
        elif self._apns_closed_until <= now:
            # One goes ahead: each that Apple refuses costs three requests and two tokens.
            first, apple = first + apple[:1], apple[1:]
        sents = await self._call(first)
        if apple and self._apns_closed_until <= now:
            return sents + await self._call(apple)
        return sents + [
            _later(one, "ThirdPartyAuthError", self._apns_closed_until) for one in apple
        ]

    async def _token_problem(self) -> str:
        """Have a token that lasts, and say why there is none.

        The library would fetch it with a call that blocks the loop.
        """
        expiry = self._credential.expiry
        lasts = expiry and expiry.replace(tzinfo=dt.UTC) - _now() > REFRESHED_BEFORE
        if lasts and self._credential.valid:
            return ""

        def request(*args: Any, **more: Any) -> Any:
            return self._transport(*args, **{**more, "timeout": TIMEOUT_S})

        try:
            await asyncio.to_thread(self._credential.refresh, request)
        except Exception as error:  # noqa: BLE001 -- nothing was sent yet: all can be tried again
            kind = type(error).__name__
            _log.error("push_has_no_token", error=kind)
            return kind
        return ""

    async def _call(self, items: Sequence[Outgoing]) -> list[Sent]:
        if not items:
            return []
        sents: list[Sent] = []
        messages: list[tuple[Outgoing, Any]] = []
        for item in items:
            try:
                messages.append((item, self._message(item)))
            except ValueError as error:
                sents.append(_sent(item, Outcome.DEAD, type(error).__name__))
        try:
            batch = await self._messaging.send_each_async(
                [message for _, message in messages], app=self._app
            )
        except Exception as error:  # noqa: BLE001 -- one bad answer hides those of all others
            kind = type(error).__name__
            _log.warning("push_outcome_unknown", error=kind, messages=len(messages))
            return sents + [_sent(item, Outcome.UNKNOWN, kind) for item, _ in messages]
        answered = zip(messages, batch.responses, strict=True)
        return sents + [self._judge(item, response) for (item, _), response in answered]

    def _judge(self, item: Outgoing, response: Any) -> Sent:
        now = _now()
        if response.success:
            if item.platform == "ios":
                self._apns_trusted_until = now + APNS_TRUSTED
            return _sent(item, Outcome.SENT, "")
        error = response.exception
        kind = type(error).__name__ if error else "EmptyAnswer"
        if kind == "QuotaExceededError":
            wait = _retry_after(error, now)
            self._closed_until = max(self._closed_until, now + wait)
            return _later(item, kind, now + wait)
        if kind == "ThirdPartyAuthError":
            if self._apns_closed_until <= now:
                _log.error("push_refused_by_apple", remedy="Check the APNs key in Firebase.")
            self._apns_closed_until = now + APNS_WAIT
            self._apns_trusted_until = now
            return _later(item, kind, self._apns_closed_until)
        if kind in _ALERTS:
            _log.error("push_refused", error=kind, remedy="Check the service account's rights.")
        outcome, gone = _OUTCOMES.get(kind, (Outcome.UNKNOWN, False))
        return _sent(item, outcome, kind, gone=gone)

    def _message(self, item: Outgoing) -> Any:
        """Ids and nothing else: Google and Apple read it, and so may a locked screen."""
        of, sdk = item.notification, self._messaging
        data = {
            "kind": str(of.kind),
            "nid": str(of.id),
            "org": str(of.organization_id),
            "v": VERSION,
        }
        if "seq" in of.facts:
            data["seq"] = str(of.facts["seq"])
        life = min((of.expires_at or _now() + LIFE) - _now(), MAX_LIFE)
        life_s = max(0, int(life.total_seconds()))
        group = _GROUPS.get(of.kind, _SHIFT)
        message = sdk.Message(
            data=data,
            android=sdk.AndroidConfig(
                collapse_key=group,
                ttl=dt.timedelta(seconds=life_s),
                # What somebody is to see wakes a phone that sleeps; a hint does not.
                priority="high" if priority(of.kind) > 0 else "normal",
            ),
            apns=sdk.APNSConfig(
                headers={
                    "apns-push-type": "background",
                    # Apple refuses background pushes of any other.
                    "apns-priority": "5",
                    "apns-collapse-id": group,
                    "apns-expiration": str(int(_now().timestamp()) + life_s),
                },
                payload=sdk.APNSPayload(aps=sdk.Aps(content_available=True)),
            ),
            webpush=sdk.WebpushConfig(
                headers={
                    "TTL": str(life_s),
                    "Urgency": "high" if of.kind in URGENT else "normal",
                    "Topic": group,
                }
            ),
        )
        # Not as an argument: there a token is warned of as old, and Flutter has no other yet.
        setattr(message, item.registration, item.address)
        return message


def _chunks(items: Sequence[Outgoing]) -> Iterator[Sequence[Outgoing]]:
    """A hundred at once; those tried before in tens, then one by one.

    One bad answer hides those of its whole chunk, and would again hide the same ones.
    """
    for size, chosen in itertools.groupby(
        sorted(items, key=_chunk_size, reverse=True), key=_chunk_size
    ):
        these = list(chosen)
        yield from (these[at : at + size] for at in range(0, len(these), size))


def _chunk_size(item: Outgoing) -> int:
    return {1: CHUNK, 2: 10}.get(item.attempts, 1)


def _retry_after(error: Any, now: dt.datetime) -> dt.timedelta:
    """What a service asks to wait: seconds or a date; a minute where it does not say."""
    response = getattr(error, "http_response", None)
    text = response.headers.get("retry-after", "") if response is not None else ""
    if text.isdigit():
        return dt.timedelta(seconds=int(text))
    try:
        return max(email.utils.parsedate_to_datetime(text) - now, dt.timedelta(0))
    except (ValueError, TypeError):
        return QUOTA_WAIT


def _sent(item: Outgoing, outcome: Outcome, error: str, *, gone: bool = False) -> Sent:
    return Sent(delivery_id=item.delivery_id, outcome=outcome, error=error, gone=gone)


def _later(item: Outgoing, error: str, retry_at: dt.datetime) -> Sent:
    return Sent(delivery_id=item.delivery_id, outcome=Outcome.LATER, error=error, retry_at=retry_at)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _long_ago() -> dt.datetime:
    return dt.datetime.min.replace(tzinfo=dt.UTC)
