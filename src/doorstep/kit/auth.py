"""Who is calling, what they may do, and the one transaction their request runs in."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.openapi.spec import Operation, RequestBody
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from doorstep.kit.db import Connection, OpenTransaction, Pool, begin, enter_signin, fetch_maybe
from doorstep.kit.errors import NotAllowedError, SignInError
from doorstep.kit.tokens import Keyring

ANONYMOUS = "anonymous"
NO_DATABASE = "no_database"
KEEP_CHANGES = "keep_changes"
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

    def is_one_of(self, roles: tuple[Role, ...]) -> bool:
        """Whether the caller has any of these roles."""
        return not self.roles.isdisjoint(roles)


@dataclass
class RoleOperation(Operation):
    """An OpenAPI operation that names the roles it is open to."""

    x_roles: list[str] = field(default_factory=list[str], metadata={"alias": "x-roles"})


def open_to(roles: tuple[Role, ...], *, request_body: RequestBody | None = None) -> dict[str, Any]:
    """Route arguments that let only these roles in, and say so in the OpenAPI file.

    A route that reads its body itself describes it with ``request_body``.
    """

    # Async, though it waits for nothing: Litestar sends synchronous guards to a thread.
    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        caller: Caller = connection.scope["user"]
        if not caller.is_one_of(roles):
            message = f"This needs one of these roles: {', '.join(roles)}."
            raise NotAllowedError(message)

    @dataclass
    class ForRoles(RoleOperation):
        x_roles: list[str] = field(
            default_factory=lambda: [str(role) for role in roles], metadata={"alias": "x-roles"}
        )

        def __post_init__(self) -> None:
            self.request_body = request_body or self.request_body

    return {"guards": [guard], "operation_class": ForRoles}


def open_to_anyone(*, database: bool = True) -> dict[str, Any]:
    """Route arguments for what needs no sign-in; without ``database`` no transaction is opened."""
    return {
        "opt": {ANONYMOUS: True} if database else {ANONYMOUS: True, NO_DATABASE: True},
        "operation_class": RoleOperation,
        "security": [{}],
    }


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

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Sign in, open, call, end."""
        request = Request[Any, Any, Any](scope, receive)
        device_id = None if _is_anonymous(scope) else self._device_of(request)
        reads = request.method in _READS
        if not reads:
            # Litestar keeps the body; a slow upload must not hold a connection meanwhile.
            await request.body()
        async with begin(self._pool()) as opened:
            await _enter(scope, opened.db, device_id)
            await next_app(scope, receive, _ending(scope, send, opened, waits=not reads))

    def _device_of(self, request: Request[Any, Any, Any]) -> UUID:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            message = "Send the header `Authorization: Bearer` with an access token."
            raise SignInError(message)
        return self._keyring.verify(token, dt.datetime.now(dt.UTC)).sid


def _is_anonymous(scope: Scope) -> bool:
    handler: BaseRouteHandler = scope["route_handler"]
    return bool(handler.opt.get(ANONYMOUS))


async def _enter(scope: Scope, db: Connection, device_id: UUID | None) -> None:
    scope["state"]["db"] = db
    if device_id is None:
        await enter_signin(db)
        return
    caller = await fetch_maybe(db, Caller, "select * from open_request($1)", device_id)
    if caller is None:
        message = "This device is no longer signed in. Sign in again."
        raise SignInError(message)
    scope["user"] = caller


def _ending(scope: Scope, send: Send, opened: OpenTransaction, *, waits: bool) -> Send:
    async def send_and_end(message: Message) -> None:
        if waits and message["type"] == "http.response.start":
            failed = message["status"] >= 400  # noqa: PLR2004
            if failed and not scope["state"].get(KEEP_CHANGES):
                await opened.rollback()
            else:
                await opened.commit()
        await send(message)

    return send_and_end


def provide_db(scope: Scope) -> Connection:
    """The request's connection, inside its transaction."""
    return cast("Connection", scope["state"]["db"])


def provide_caller(scope: Scope, db: NamedDependency[Connection]) -> Caller:
    """The request's caller.

    It asks for ``db`` only to be resolved after it: for dependencies that could be resolved at
    the same time Litestar opens a task group, which costs more than both of them.
    """
    return cast("Caller", scope["user"])
