"""Hooks: who is told what, and under which secret."""

from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.hooks import queries
from doorstep.hooks.model import (
    Hook,
    HookCreate,
    HookDelivery,
    HookKind,
    HookPatch,
    HookWithSecret,
    Ids,
    OffReason,
)
from doorstep.hooks.signing import secret_of
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.kit.hosts import Hosts
from doorstep.kit.ids import new_id
from doorstep.kit.outgoing import check_url
from doorstep.kit.tokens import Keyring

__all__ = ["HookKind", "publish"]

MAX_HOOKS = 20


async def publish(db: Connection, organization_id: UUID, kind: HookKind, ids: Ids) -> None:
    """Tell every hook that wants it, once the caller's transaction has committed.

    ``ids`` say what it is about, such as ``{"turf_id": ...}``. Names, addresses and texts do not
    belong there: whoever holds a token asks the API for them.
    """
    spare = [new_id() for _ in range(MAX_HOOKS)]
    await queries.insert_deliveries(db, organization_id, spare, kind, ids)


async def create(
    db: Connection, caller: Caller, keyring: Keyring, own_hosts: Hosts, wanted: HookCreate
) -> HookWithSecret:
    """A new hook with its secret.

    Raises
    ------
    RefusedError
        If the address leads nowhere on the internet, or a kind cannot be subscribed to.
    ConflictError
        If there are enough hooks.
    """
    check_url(wanted.url, own_hosts)
    _check_kinds(wanted.kinds)
    if len(await queries.hooks(db, caller.organization_id)) >= MAX_HOOKS:
        message = f"There are {MAX_HOOKS} hooks already. Delete one first."
        raise ConflictError(message)
    hook_id = new_id()
    made = await queries.insert_hook(
        db, caller.organization_id, hook_id, wanted.url, list(wanted.kinds), caller.member_id
    )
    await audit(db, caller.member_id, "hook.created", [hook_id])
    secret = secret_of(keyring, caller.organization_id, hook_id, 1)
    return HookWithSecret(hook=made, secret=secret)


async def change(
    db: Connection, caller: Caller, own_hosts: Hosts, hook_id: UUID, patch: HookPatch
) -> Hook:
    """The hook with the given fields changed; switched on again, it starts afresh."""
    organization_id = caller.organization_id
    if patch.url:
        check_url(patch.url, own_hosts)
    if patch.kinds:
        _check_kinds(patch.kinds)
    kinds = list[str](patch.kinds) if patch.kinds else None
    changed = await queries.update_hook(db, organization_id, hook_id, patch.url or None, kinds)
    if patch.active is True and not changed.active:
        await queries.switch_on(db, organization_id, hook_id)
    elif patch.active is False:
        await queries.switch_off(db, organization_id, hook_id, OffReason.SWITCHED_OFF)
    await audit(db, caller.member_id, "hook.changed", [hook_id])
    return await queries.hook_by_id(db, organization_id, hook_id)


async def renew_secret(
    db: Connection, caller: Caller, keyring: Keyring, hook_id: UUID
) -> HookWithSecret:
    """The hook with another secret; what is sent from now on is signed with it."""
    hook = await queries.hook_by_id(db, caller.organization_id, hook_id)
    number = await queries.next_secret(db, caller.organization_id, hook_id)
    await audit(db, caller.member_id, "hook.secret_renewed", [hook_id])
    secret = secret_of(keyring, caller.organization_id, hook_id, number)
    return HookWithSecret(hook=hook, secret=secret)


async def delete(db: Connection, caller: Caller, hook_id: UUID) -> None:
    """Forget a hook and all that was sent to it."""
    await queries.delete_hook(db, caller.organization_id, hook_id)
    await audit(db, caller.member_id, "hook.deleted", [hook_id])


async def ping(db: Connection, caller: Caller, hook_id: UUID) -> HookDelivery:
    """Something to try a hook with; it is sent in a moment, to one that is off as well."""
    hook = await queries.hook_by_id(db, caller.organization_id, hook_id)
    return await queries.insert_delivery(
        db, caller.organization_id, new_id(), hook_id, HookKind.PING, {"hook_id": hook.id}
    )


async def replay(db: Connection, caller: Caller, hook_id: UUID, delivery_id: UUID) -> HookDelivery:
    """The delivery on its way again, under the same id.

    Raises
    ------
    ConflictError
        If the hook is off.
    """
    hook = await queries.hook_by_id(db, caller.organization_id, hook_id)
    again = await queries.wait_again(db, caller.organization_id, hook_id, delivery_id)
    if not hook.active:
        message = "This hook is off. Switch it on first, then send again what it missed."
        raise ConflictError(message)
    return again


def _check_kinds(kinds: list[HookKind]) -> None:
    if HookKind.PING in kinds:
        message = "A ping comes when it is asked for. Leave it out."
        raise RefusedError(message, field="kinds")
