"""Who is calling, what they may do, and the one transaction their request runs in."""

import contextlib
import datetime as dt
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, LiteralString, cast
from uuid import UUID

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.openapi.spec import Operation, RequestBody
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

from doorstep.kit.db import Connection, OpenTransaction, Pool, begin, enter_signin, fetch_maybe
from doorstep.kit.errors import NotAllowedError, SignInError
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings

ROLES = "roles"
ANONYMOUS = "anonymous"
NO_DATABASE = "no_database"
UNCOMPRESSED = "uncompressed"
KEEP_CHANGES = "keep_changes"
SNAPSHOT = "snapshot"
UPLOADS = "uploads"
OPENS_ITSELF = "opens_itself"
STILL_SO = "SELECT 1"
"""What an opening for a known caller says who is what they were."""
_CALLERS_KEPT = 10_000
TOO_OLD = "The access token is too old. Refresh it."
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(StrEnum):
    """What a member does for the organization."""

    OWNER = "owner"
    ORGANIZER = "organizer"
    COORDINATOR = "coordinator"
    CASEWORKER = "caseworker"
    VOLUNTEER = "volunteer"


ORGANIZERS = (Role.OWNER, Role.ORGANIZER)
COORDINATORS = (*ORGANIZERS, Role.COORDINATOR)
STAFF = (*COORDINATORS, Role.CASEWORKER)
EVERYONE = tuple(Role)


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """The member and device behind a request, as the database has them now."""

    organization_id: UUID
    member_id: UUID
    device_id: UUID
    roles: frozenset[Role]
    revoked_at: dt.datetime | None = None
    """Since when the device is signed out: it may bring home what it has, and see nothing."""

    def is_one_of(self, roles: tuple[Role, ...]) -> bool:
        """Whether the caller has any of these roles."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True)
class Snapshot:
    """How a request reads that sees the database at one instant. It takes no round trip more."""

    before: LiteralString = ""
    """A statement that is run as the caller, in a transaction of its own, before."""
    within: LiteralString = ""
    """A statement that says how those of the request are planned."""


@dataclass
class RoleOperation(Operation):
    """An OpenAPI operation that names the roles it is open to."""

    x_roles: list[str] = field(default_factory=list[str], metadata={"alias": "x-roles"})


def open_to(
    roles: tuple[Role, ...],
    *,
    request_body: RequestBody | None = None,
    small: bool = False,
    snapshot: Snapshot | None = None,
    uploads: bool = False,
    opens_itself: bool = False,
) -> dict[str, Any]:
    """Route arguments that let only these roles in, and say so in the OpenAPI file.

    A route that reads its body itself describes it with ``request_body``. Answers that are
    ``small`` and often asked for are never compressed: even to look whether is work. With
    ``snapshot`` all statements see the database as the first did, nothing is written, and the
    connection is let go before the answer leaves. With ``uploads`` devices that
    were signed out in the last fourteen days are let in too, and the handler minds
    ``Caller.revoked_at``. A handler that ``opens_itself`` is given an ``Entrance`` instead of a
    transaction.
    """

    @dataclass
    class ForRoles(RoleOperation):
        x_roles: list[str] = field(
            default_factory=lambda: [str(role) for role in roles], metadata={"alias": "x-roles"}
        )

        def __post_init__(self) -> None:
            self.request_body = request_body or self.request_body

    opt = {
        ROLES: roles,
        UNCOMPRESSED: small,
        SNAPSHOT: snapshot,
        UPLOADS: uploads,
        OPENS_ITSELF: opens_itself,
    }
    return {"opt": opt, "operation_class": ForRoles}


def open_to_anyone(*, database: bool = True) -> dict[str, Any]:
    """Route arguments for what needs no sign-in; without ``database`` no transaction is opened."""
    return {
        "opt": {ANONYMOUS: True} if database else {ANONYMOUS: True, NO_DATABASE: True},
        "operation_class": RoleOperation,
        "security": [{}],
    }


@dataclass(frozen=True)
class Entrance:
    """How a handler that opens its transaction itself comes to one."""

    known: Caller | None
    """Who called, as they last were: whoever relies on it looks whether they still are."""
    alone: Callable[[], AbstractAsyncContextManager[tuple[Connection, Caller]]]
    """A transaction of the caller's own, that commits at its end."""


class RequestTransaction(ASGIMiddleware):
    """Runs each request in one transaction, opened as its caller.

    The transaction commits before a successful answer leaves and rolls back before a failed one,
    unless the failure is one that must be remembered. A read has nothing to commit, so its answer
    does not wait.
    """

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = NO_DATABASE

    def __init__(self, pool: Callable[[], Pool], keyring: Keyring) -> None:
        self._pool = pool
        self._keyring = keyring
        self._callers: dict[UUID, Caller] = {}

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Sign in, open, call, end."""
        device_id, fresh = (None, True) if _is_anonymous(scope) else self._device_of(scope)
        reads = cast("HTTPScope", scope)["method"] in _READS
        if not reads:
            # Litestar keeps the body; a slow upload must not hold a connection meanwhile.
            await Request[Any, Any, Any](scope, receive).body()
        known = self._callers.get(device_id) if device_id and fresh else None
        if device_id and scope["route_handler"].opt.get(OPENS_ITSELF):
            if known is not None:
                _check_role(scope, known)
            scope["state"]["entrance"] = Entrance(
                known, lambda: self._alone(scope, device_id, known, fresh)
            )
            await next_app(scope, receive, send)
            return
        snapshot: Snapshot | None = scope["route_handler"].opt.get(SNAPSHOT)
        async with begin(self._pool(), opening(known, snapshot=snapshot)) as opened:
            scope["state"]["db"] = opened.db
            if device_id is None:
                await enter_signin(opened.db)
            else:
                await self._enter(scope, opened, device_id, known, fresh)
                if known is None and snapshot and snapshot.before:
                    await _begin_anew(opened.db, scope["user"], snapshot)
            ending = _ending(scope, send, opened, waits=not reads)
            if snapshot:
                # What was read is whole: a phone that takes its time holds no connection.
                ending = _letting_go(ending, opened, self._pool())
            await next_app(scope, receive, ending)
            if opened.refused is not None:
                # To Litestar the answer has begun, though nothing of it left.
                ScopeState.from_scope(scope).response_started = False
                raise opened.refused

    @contextlib.asynccontextmanager
    async def _alone(
        self, scope: Scope, device_id: UUID, known: Caller | None, fresh: bool
    ) -> AsyncGenerator[tuple[Connection, Caller]]:
        async with begin(self._pool(), opening(known)) as opened:
            await self._enter(scope, opened, device_id, known, fresh)
            yield opened.db, scope["user"]
            await opened.commit()

    async def _enter(
        self,
        scope: Scope,
        opened: OpenTransaction,
        device_id: UUID,
        known: Caller | None,
        fresh: bool,
    ) -> None:
        unchanged = known if opened.opened == STILL_SO else None
        scope["user"] = unchanged or await self._caller(scope, opened.db, device_id, fresh)
        _check_role(scope, scope["user"])

    async def _caller(self, scope: Scope, db: Connection, device_id: UUID, fresh: bool) -> Caller:
        caller = None
        if fresh:
            caller = await fetch_maybe(db, Caller, "select * from open_request($1)", device_id)
        if caller is None:
            self._callers.pop(device_id, None)
            if _takes_uploads(scope):
                caller = await fetch_maybe(db, Caller, "select * from open_upload($1)", device_id)
            if caller is not None:
                return caller
            message = "This device is no longer signed in. Sign in again."
            raise SignInError(message if fresh else TOO_OLD)
        if len(self._callers) >= _CALLERS_KEPT:
            self._callers.clear()
        self._callers[device_id] = caller
        return caller

    def _device_of(self, scope: Scope) -> tuple[UUID, bool]:
        """The device of the token, and whether the token is not too old."""
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, token = given.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token:
            message = "Send the header `Authorization: Bearer` with an access token."
            raise SignInError(message)
        now = dt.datetime.now(dt.UTC)
        if not _takes_uploads(scope):
            return self._keyring.verify(token, now).sid, True
        # A device that was signed out gets no new token: an old one has to do for its uploads.
        claims = self._keyring.recognise(token)
        return claims.sid, claims.exp > now.timestamp()


def _is_anonymous(scope: Scope) -> bool:
    handler: BaseRouteHandler = scope["route_handler"]
    return bool(handler.opt.get(ANONYMOUS))


def _takes_uploads(scope: Scope) -> bool:
    return bool(scope["route_handler"].opt.get(UPLOADS))


def _check_role(scope: Scope, caller: Caller) -> None:
    """Here rather than in a guard: for guards, Litestar copies the whole handler each time."""
    roles: tuple[Role, ...] = scope["route_handler"].opt[ROLES]
    if caller.revoked_at is None and not caller.is_one_of(roles):
        message = f"This needs one of these roles: {', '.join(roles)}."
        raise NotAllowedError(message)


def opening(known: Caller | None, snapshot: Snapshot | None = None) -> str:
    """What begins a request's transaction, in one round trip.

    A caller seen before is looked up with the very statement that begins: the database says
    whether device, member and roles are still what they were. Such a statement takes no
    parameters; what is put in are identifiers and roles that came from the database.
    """
    signs_in = known and (
        f"select from open_request('{known.device_id}')"
        f" where organization_id = '{known.organization_id}' and member_id = '{known.member_id}'"
        f" and roles @> '{{{','.join(known.roles)}}}' and cardinality(roles) = {len(known.roles)}"
    )
    if snapshot is None:
        statements = ["begin", signs_in]
    else:
        before = ["begin", signs_in, snapshot.before, "commit"] if known and snapshot.before else []
        begins = "begin isolation level repeatable read"
        statements = [*before, begins, snapshot.within, signs_in]
    return "; ".join(one for one in statements if one)


async def caller_for_stream(
    request: Request[Any, Any, Any], pool: Pool, keyring: Keyring
) -> Caller:
    """Who asks for a stream: it outlives any transaction, so it runs in none (``NO_DATABASE``).

    Raises
    ------
    SignInError
        If nobody is signed in.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        message = "Send the header `Authorization: Bearer` with an access token."
        raise SignInError(message)
    device_id = keyring.verify(token, dt.datetime.now(dt.UTC)).sid
    async with begin(pool) as opened:
        caller = await fetch_maybe(opened.db, Caller, "select * from open_request($1)", device_id)
    if caller is None:
        message = "This device is no longer signed in. Sign in again."
        raise SignInError(message)
    return caller


async def _begin_anew(db: Connection, caller: Caller, snapshot: Snapshot) -> None:
    """Run what comes before the snapshot for a caller who was not known when it began."""
    if caller.revoked_at is not None:
        return
    if await db.execute(f"rollback; {opening(caller, snapshot)}") != STILL_SO:
        message = "This device is no longer signed in. Sign in again."
        raise SignInError(message)


def _ending(scope: Scope, send: Send, opened: OpenTransaction, *, waits: bool) -> Send:
    async def send_and_end(message: Message) -> None:
        if waits and message["type"] == "http.response.start":
            failed = message["status"] >= 400  # noqa: PLR2004
            if failed and not scope["state"].get(KEEP_CHANGES):
                await opened.rollback()
            else:
                await _commit(opened)
        if opened.refused is None:
            await send(message)

    return send_and_end


async def _commit(opened: OpenTransaction) -> None:
    """Commit, or keep what went wrong: raised while an answer begins, it would be a bare 500."""
    try:
        await opened.commit()
    except Exception as error:  # noqa: BLE001 -- raised again once the handler is done
        opened.refused = error


def _letting_go(send: Send, opened: OpenTransaction, pool: Pool) -> Send:
    async def send_without_connection(message: Message) -> None:
        if message["type"] == "http.response.start":
            await opened.rollback()
            await pool.release(opened.db)  # pyright: ignore[reportArgumentType]
        await send(message)

    return send_without_connection


def client_of(request: Request[Any, Any, Any], settings: Settings) -> str:
    """The address a request came from, as far as proxies that are trusted tell it."""
    peer = request.client.host if request.client else "local"
    return settings.trusted_proxies.client_of(peer, request.headers.getall("x-forwarded-for", []))


def provide_db(scope: Scope) -> Connection:
    """The request's connection, inside its transaction."""
    return cast("Connection", scope["state"]["db"])


def provide_entrance(scope: Scope) -> Entrance:
    """How the handler of the request comes to a transaction."""
    return cast("Entrance", scope["state"]["entrance"])


def provide_caller(scope: Scope, db: NamedDependency[Connection]) -> Caller:  # noqa: ARG001
    """The request's caller.

    It asks for ``db`` only to be resolved after it: for dependencies that could be resolved at
    the same time Litestar opens a task group, which costs more than both of them.
    """
    return cast("Caller", scope["user"])
