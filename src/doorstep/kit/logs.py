"""Logs and metrics: what happened, how long it took, never whom it was about."""

import logging
import re
import sys
import time
from functools import lru_cache
from typing import Any

import msgspec
import structlog
from litestar import MediaType, Response, get
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from doorstep.kit.auth import open_to_anyone
from doorstep.kit.ids import new_id

REQUEST_ID = b"x-request-id"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFE_REQUEST_ID = re.compile(rb"^[0-9A-Za-z._-]{1,64}$")

registry = CollectorRegistry()
requests_total = Counter(
    "doorstep_requests", "Requests answered", ["method", "route", "status"], registry=registry
)
request_seconds = Histogram(
    "doorstep_request_seconds", "Time to answer", ["method", "route"], registry=registry
)
events_total = Counter(
    "doorstep_contact_events", "Contact events received", ["outcome"], registry=registry
)
jobs_total = Counter(
    "doorstep_jobs", "Jobs done by this process", ["task", "outcome"], registry=registry
)
jobs_waiting = Gauge(
    "doorstep_jobs_waiting", "Jobs that wait, of all processes", ["task"], registry=registry
)
jobs_held = Gauge("doorstep_jobs_held", "Jobs that failed too often", ["task"], registry=registry)
deliveries_total = Counter(
    "doorstep_deliveries", "Tries to deliver", ["channel", "outcome"], registry=registry
)
logger = structlog.get_logger()


def configure_logs(level: str = "info") -> None:
    """JSON lines on standard error, for the program and for the libraries under it."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    encode = structlog.processors.JSONRenderer(serializer=_as_json)
    structlog.configure(
        processors=[*shared, encode],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=encode, foreign_pre_chain=shared)
    )
    # Libraries speak only when something is wrong: their chatter may quote what they handle.
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _as_json(value: object, **_: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()


class Observe:
    """Gives each request an id, one log line and its place in the metrics.

    It stands around Litestar's own handler and is none of its middlewares: those are built into
    each route, so they see neither what matches no route nor the answer to an error that another
    middleware raised.

    The line holds the route's template, never the path, query, headers or body as sent: those may
    carry a person's data. Status 0 means that the caller went away unanswered.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0

        async def send_and_watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_and_watch)
        finally:
            _record(scope, status, time.perf_counter() - started)
            structlog.contextvars.unbind_contextvars("request_id")


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == REQUEST_ID and _SAFE_REQUEST_ID.match(value):
            return value.decode()
    return str(new_id())


@lru_cache(maxsize=2048)
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Kept, as finding a series by its labels takes longer than adding to it."""
    count = requests_total.labels(method, route, status)
    return count, request_seconds.labels(method, route)


def _record(scope: Any, status: int, duration_s: float) -> None:
    # A method is free text too: one series for all that are made up.
    method = scope["method"] if scope["method"] in METHODS else "other"
    route = scope.get("path_template") or "unknown"
    count, seconds = _series(method, route, status)
    count.inc()
    seconds.observe(duration_s)
    logger.info(
        "request", method=method, route=route, status=status, duration_ms=round(duration_s * 1e3, 2)
    )


@get(
    "/metrics",
    operation_id="getMetrics",
    media_type=MediaType.TEXT,
    tags=["health"],
    **open_to_anyone(database=False),
)
async def get_metrics() -> Response[bytes]:
    """Counts and times for Prometheus."""
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")
