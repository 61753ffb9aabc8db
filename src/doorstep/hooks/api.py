"""Routes of hooks."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.hooks import queries, service
from doorstep.hooks.model import (
    DeliveryState,
    Hook,
    HookCreate,
    HookDelivery,
    HookPatch,
    HookWithSecret,
)
from doorstep.kit.auth import ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError, TooManyError
from doorstep.kit.limits import Limit
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings

Page = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
State = Annotated[DeliveryState | None, QueryParameter(description="Only those that stand so")]


class HookController(Controller):
    """Other servers that are told what happens."""

    path = "/hooks"
    tags = ("hooks",)

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        # Somebody else's server is at the other end.
        self.per_organization = Limit(tries=60, per_s=600)

    @get(operation_id="listHooks", responses=problems(), **open_to(ORGANIZERS))
    async def list_hooks(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[Hook]:
        """The organization's hooks, the oldest first."""
        return await queries.hooks(db, caller.organization_id)

    @post(
        operation_id="createHook",
        responses=problems(RefusedError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def create_hook(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        data: JSONBody[HookCreate],
    ) -> HookWithSecret:
        """Have a server told what happens; its secret is shown this once."""
        return await service.create(db, caller, keyring, settings.outgoing_hosts, data)

    @get(
        "/{hook_id:uuid}",
        operation_id="getHook",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def get_hook(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        hook_id: FromPath[UUID],
    ) -> Hook:
        """One hook, and whether it takes what it is sent."""
        return await queries.hook_by_id(db, caller.organization_id, hook_id)

    @patch(
        "/{hook_id:uuid}",
        operation_id="changeHook",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def change_hook(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        hook_id: FromPath[UUID],
        data: JSONBody[HookPatch],
    ) -> Hook:
        """Change a hook's address or kinds, or switch it off or on."""
        return await service.change(db, caller, settings.outgoing_hosts, hook_id, data)

    @delete(
        "/{hook_id:uuid}",
        operation_id="deleteHook",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def delete_hook(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        hook_id: FromPath[UUID],
    ) -> None:
        """Delete a hook with all that was sent to it."""
        await service.delete(db, caller, hook_id)

    @post(
        "/{hook_id:uuid}/secret",
        operation_id="renewHookSecret",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def renew_secret(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        keyring: NamedDependency[Keyring],
        hook_id: FromPath[UUID],
    ) -> HookWithSecret:
        """Another secret for a hook; the old one is worth nothing at once."""
        return await service.renew_secret(db, caller, keyring, hook_id)

    @post(
        "/{hook_id:uuid}/ping",
        operation_id="pingHook",
        status_code=202,
        responses=problems(NotFoundError, TooManyError),
        **open_to(ORGANIZERS),
    )
    async def ping_hook(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        hook_id: FromPath[UUID],
    ) -> HookDelivery:
        """Try a hook: within seconds its list of deliveries says what it answered."""
        self.per_organization.take(str(caller.organization_id))
        return await service.ping(db, caller, hook_id)

    @get(
        "/{hook_id:uuid}/deliveries",
        operation_id="listHookDeliveries",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def list_deliveries(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        hook_id: FromPath[UUID],
        delivery_state: State = None,
        limit: Page = 100,
        offset: Offset = 0,
    ) -> list[HookDelivery]:
        """What a hook was told in the last thirty days, the newest first."""
        await queries.hook_by_id(db, caller.organization_id, hook_id)
        return await queries.deliveries(
            db, caller.organization_id, hook_id, delivery_state, limit, offset
        )

    @post(
        "/{hook_id:uuid}/deliveries/{hook_delivery_id:uuid}/replay",
        operation_id="replayHookDelivery",
        status_code=202,
        responses=problems(NotFoundError, ConflictError, TooManyError),
        **open_to(ORGANIZERS),
    )
    async def replay_delivery(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        hook_id: FromPath[UUID],
        hook_delivery_id: FromPath[UUID],
    ) -> HookDelivery:
        """Send a delivery again, under the same id."""
        self.per_organization.take(str(caller.organization_id))
        return await service.replay(db, caller, hook_id, hook_delivery_id)


CONTROLLERS = (HookController,)
