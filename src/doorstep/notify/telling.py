"""What members see of their notifications, and what they want of them."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError, ProblemError, RefusedError
from doorstep.notify import queries
from doorstep.notify.api_model import Inbox, NotificationSettings, PushDevice, Told, ToldPage
from doorstep.notify.model import Words
from doorstep.notify.quiet import zone
from doorstep.notify.rendering import Renderers

_GONE = Words(title="Something changed", text="What this was about is no longer there.")


async def inbox(
    db: Connection, caller: Caller, renderers: Renderers, before: UUID | None, limit: int
) -> ToldPage:
    """What the caller was told, in words, newest first."""
    found = await queries.inbox(db, caller.organization_id, caller.member_id, before, limit + 1)
    page = found[:limit]
    told = [await _told(db, one, renderers) for one in page]
    return ToldPage(notifications=told, next=page[-1].id if len(found) > limit else None)


async def _told(db: Connection, one: Inbox, renderers: Renderers) -> Told:
    renderer = renderers.get(one.kind)
    try:
        words = await renderer(db, one) if renderer else _GONE
    except ProblemError:
        words = _GONE
    return Told(
        id=one.id,
        kind=one.kind,
        about=one.about,
        due_at=one.due_at,
        expires_at=one.expires_at,
        read_at=one.read_at,
        title=words.title,
        text=words.text,
        links=list(words.links),
    )


async def settings(db: Connection, caller: Caller) -> NotificationSettings:
    """What the caller set, else the defaults."""
    found = await queries.settings_of(db, caller.organization_id, caller.member_id)
    choices = await queries.choices_of(db, caller.organization_id, caller.member_id)
    return msgspec.structs.replace(found or NotificationSettings(), choices=choices)


async def put_settings(
    db: Connection, caller: Caller, wanted: NotificationSettings
) -> NotificationSettings:
    """Replace what the caller set.

    Raises
    ------
    RefusedError
        If there is no such time zone.
    """
    if wanted.time_zone is not None and zone(wanted.time_zone).key != wanted.time_zone:
        message = f"There is no time zone {wanted.time_zone}. Take one such as Europe/Helsinki."
        raise RefusedError(message, field="time_zone")
    quiet = (dt.time.fromisoformat(wanted.quiet_from), dt.time.fromisoformat(wanted.quiet_until))
    await queries.put_settings(db, caller.organization_id, caller.member_id, wanted, quiet)
    await queries.replace_choices(db, caller.organization_id, caller.member_id, wanted.choices)
    return await settings(db, caller)


async def put_push(db: Connection, caller: Caller, device_id: UUID, wanted: PushDevice) -> None:
    """Note where one of the caller's devices is reached.

    Raises
    ------
    NotFoundError
        If it is not a signed-in device of theirs.
    """
    await _check_device(db, caller, device_id)
    await queries.put_push(db, caller.organization_id, device_id, wanted)


async def delete_push(db: Connection, caller: Caller, device_id: UUID) -> None:
    """Send no more pushes to one of the caller's devices.

    Raises
    ------
    NotFoundError
        If it is not a signed-in device of theirs.
    """
    await _check_device(db, caller, device_id)
    await queries.delete_push(db, caller.organization_id, device_id)


async def _check_device(db: Connection, caller: Caller, device_id: UUID) -> None:
    if not await queries.is_their_device(db, caller.organization_id, caller.member_id, device_id):
        raise NotFoundError
