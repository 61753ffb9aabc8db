"""Routes of notifications, of broadcasts, and of the queue behind them."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.kit import queue
from doorstep.kit.auth import EVERYONE, ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotAllowedError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.notify import broadcast_queries, broadcasting, queries, telling
from doorstep.notify.api_model import (
    Broadcast,
    BroadcastCreate,
    BroadcastReach,
    NotificationSettings,
    PushDevice,
    Receipts,
    ReceiptsNoted,
    ToldPage,
)
from doorstep.notify.rendering import Renderers
from doorstep.settings import Settings

MAX_PAGE = 100
Before = Annotated[UUID | None, QueryParameter(description="`next` of the page before.")]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)]


class NotificationController(Controller):
    """What the caller was told."""

    path = "/me"
    tags = ("notifications",)

    @get("/notifications", operation_id="listMyNotifications", responses=problems(),
         **open_to(EVERYONE))  # fmt: skip
    async def list_mine(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        renderers: NamedDependency[Renderers],
        before: Before = None,
        limit: Limit = 20,
    ) -> ToldPage:
        """What the caller was told, in their language, newest first; with or without pushes."""
        return await telling.inbox(db, caller, renderers, before, limit)

    @post("/notifications/{notification_id:uuid}/read", operation_id="readNotification",
          status_code=204, responses=problems(NotFoundError), **open_to(EVERYONE))  # fmt: skip
    async def read(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        notification_id: FromPath[UUID],
    ) -> None:
        """Note that the caller read it; it is not sent any more where it was not yet."""
        await queries.mark_read(db, caller.organization_id, caller.member_id, notification_id)

    @post("/notifications/receipts", operation_id="confirmNotifications", status_code=200,
          responses=problems(), **open_to(EVERYONE))  # fmt: skip
    async def receipts(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[Receipts],
    ) -> ReceiptsNoted:
        """Note that pushes came to the calling device; again does nothing."""
        noted = await queries.note_receipts(db, caller.organization_id, caller.device_id, data.nids)
        return ReceiptsNoted(noted_count=noted)

    @get("/notification-settings", operation_id="getNotificationSettings", responses=problems(),
         **open_to(EVERYONE))  # fmt: skip
    async def get_settings(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> NotificationSettings:
        """When the caller is left in peace, and what they want on which way."""
        return await telling.settings(db, caller)

    @put("/notification-settings", operation_id="putNotificationSettings",
         responses=problems(RefusedError), **open_to(EVERYONE))  # fmt: skip
    async def put_settings(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[NotificationSettings],
    ) -> NotificationSettings:
        """Replace the settings whole."""
        return await telling.put_settings(db, caller, data)

    @put("/devices/{device_id:uuid}/push", operation_id="putPushDevice", status_code=204,
         responses=problems(NotFoundError), **open_to(EVERYONE))  # fmt: skip
    async def put_push(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        device_id: FromPath[UUID],
        data: JSONBody[PushDevice],
    ) -> None:
        """Say where Firebase reaches a device of the caller's; after each start of the app."""
        await telling.put_push(db, caller, device_id, data)

    @delete("/devices/{device_id:uuid}/push", operation_id="deletePushDevice",
            responses=problems(NotFoundError), **open_to(EVERYONE))  # fmt: skip
    async def delete_push(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        device_id: FromPath[UUID],
    ) -> None:
        """Send no more pushes to a device of the caller's."""
        await telling.delete_push(db, caller, device_id)


class BroadcastController(Controller):
    """Telling many at once."""

    path = "/broadcasts"
    tags = ("notifications",)

    @post(operation_id="createBroadcast", responses=problems(RefusedError),
          **open_to(ORGANIZERS))  # fmt: skip
    async def create(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[BroadcastCreate],
    ) -> Broadcast:
        """Write a broadcast; nothing is sent before it is looked at and sent by another call."""
        return await broadcasting.write(db, caller, data)

    @get(operation_id="listBroadcasts", responses=problems(), **open_to(ORGANIZERS))
    async def list_all(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        before: Annotated[
            UUID | None, QueryParameter(description="An id: only older ones.")
        ] = None,
        limit: Limit = 20,
    ) -> list[Broadcast]:
        """Broadcasts, newest first."""
        return await broadcast_queries.broadcasts(db, caller.organization_id, before, limit)

    @get("/{broadcast_id:uuid}", operation_id="getBroadcast", responses=problems(NotFoundError),
         **open_to(ORGANIZERS))  # fmt: skip
    async def get_one(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        broadcast_id: FromPath[UUID],
    ) -> Broadcast:
        """One broadcast."""
        return await broadcast_queries.broadcast_by_id(db, caller.organization_id, broadcast_id)

    @get("/{broadcast_id:uuid}/reach", operation_id="getBroadcastReach",
         responses=problems(NotFoundError), **open_to(ORGANIZERS))  # fmt: skip
    async def get_reach(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        broadcast_id: FromPath[UUID],
    ) -> BroadcastReach:
        """Before it is sent, whom it would reach and at what cost; then, how deliveries stand."""
        return await broadcasting.reach(db, caller, broadcast_id, settings)

    @post("/{broadcast_id:uuid}/approval", operation_id="approveBroadcast", status_code=200,
          responses=problems(NotFoundError, NotAllowedError, ConflictError),
          **open_to(ORGANIZERS))  # fmt: skip
    async def approve(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        broadcast_id: FromPath[UUID],
    ) -> Broadcast:
        """Agree to somebody else's broadcast; needed above 500 recipients."""
        return await broadcasting.approve(db, caller, broadcast_id)

    @post("/{broadcast_id:uuid}/sending", operation_id="sendBroadcast", status_code=200,
          responses=problems(NotFoundError, ConflictError), **open_to(ORGANIZERS))  # fmt: skip
    async def send(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        broadcast_id: FromPath[UUID],
    ) -> Broadcast:
        """Tell everybody it is for, each once and outside of their quiet hours."""
        return await broadcasting.send(db, caller, broadcast_id)

    @post("/{broadcast_id:uuid}/withdrawal", operation_id="withdrawBroadcast", status_code=200,
          responses=problems(NotFoundError), **open_to(ORGANIZERS))  # fmt: skip
    async def withdraw(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        broadcast_id: FromPath[UUID],
    ) -> Broadcast:
        """Tell nobody any more whom it has not reached yet."""
        return await broadcasting.take_back(db, caller, broadcast_id)


class JobController(Controller):
    """Work beside requests."""

    path = "/jobs"
    tags = ("health",)

    @get(operation_id="listJobs", responses=problems(), **open_to(ORGANIZERS))
    async def list_jobs(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[queue.TaskState]:
        """How the organization's jobs stand, by kind: waiting, running, and held after failing."""
        return await queue.state(db)


CONTROLLERS = (NotificationController, BroadcastController, JobController)
