"""Posts: words that an organization sends to its own accounts elsewhere, once to each."""

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from doorstep.accounts.auditing import audit
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.hosts import Hosts
from doorstep.kit.ids import new_id
from doorstep.kit.outgoing import Reach
from doorstep.kit.queue import Every
from doorstep.kit.queue.driver import worker_transaction
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings
from doorstep.sharing import posting_queries as queries
from doorstep.sharing.model import (
    MOST_TARGETS,
    DeliveryState,
    Post,
    PostCreate,
    PostTarget,
    PostTargetCreate,
)
from doorstep.sharing.posting_queries import Due
from doorstep.sharing.transports import Fate, Tried, check_address, deliver

LOOKS_EVERY_S = 3.0
MAX_TRIES = 6
"""With the waits between them: half an hour, then somebody has to look."""
_FIRST_WAIT_S = 60.0
_LEASE_S = 120.0
_AT_ONCE = 20
_NONCE_BYTES = 12


def _cipher(keyring: Keyring, organization_id: UUID) -> AESGCM:
    key = keyring.suppression_key(organization_id)
    return AESGCM(hmac.digest(key, b"post targets", hashlib.sha256))


def seal(keyring: Keyring, organization_id: UUID, target_id: UUID, address: str) -> bytes:
    """The address under the organization's key (AES-GCM, SP 800-38D), good for this row alone."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = _cipher(keyring, organization_id)
    return nonce + cipher.encrypt(nonce, address.encode(), target_id.bytes)


def unseal(keyring: Keyring, organization_id: UUID, target_id: UUID, sealed: bytes) -> str:
    """The address that was sealed; empty if the keys are others now."""
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return _cipher(keyring, organization_id).decrypt(nonce, content, target_id.bytes).decode()
    except InvalidTag:
        return ""


async def add_target(
    db: Connection, caller: Caller, keyring: Keyring, own_hosts: Hosts, wanted: PostTargetCreate
) -> PostTarget:
    """A new service to post to.

    Raises
    ------
    RefusedError
        If its address is none that posts may go to.
    ConflictError
        If there are enough of them, or one of this name.
    """
    shown = check_address(wanted.address, own_hosts)
    there = [one for one in await queries.targets(db, caller.organization_id) if one.active]
    if len(there) >= MOST_TARGETS:
        message = f"There are {MOST_TARGETS} services already. Remove one first."
        raise ConflictError(message)
    if any(one.label.lower() == wanted.label.lower() for one in there):
        message = "Another service has this name. Choose another."
        raise ConflictError(message, field="label")
    target_id = new_id()
    sealed = seal(keyring, caller.organization_id, target_id, wanted.address)
    made = await queries.insert_target(
        db, caller.organization_id, target_id, wanted.label, shown, sealed, caller.member_id
    )
    await audit(db, caller.member_id, "post_target.added", [target_id])
    return made


async def remove_target(db: Connection, caller: Caller, target_id: UUID) -> None:
    """Forget a service's address; what was posted there stays on record."""
    await queries.retire_target(db, caller.organization_id, target_id)
    await audit(db, caller.member_id, "post_target.removed", [target_id])


async def write(db: Connection, caller: Caller, wanted: PostCreate) -> Post:
    """A post on its way to each service; the same once more is the same post.

    Raises
    ------
    NotFoundError
        If there is no such share link.
    RefusedError
        If a service is not there, or is not used any more.
    ConflictError
        If another post has this id.
    """
    ids = list(dict.fromkeys(wanted.post_target_ids))
    missing = set(ids) - await queries.active_targets(db, caller.organization_id, ids)
    if missing:
        message = "One of these services is not there, or was removed. See `GET /post-targets`."
        raise RefusedError(message, field="post_target_ids")
    if await queries.insert_post(db, caller.organization_id, wanted, caller.member_id):
        await queries.insert_deliveries(db, caller.organization_id, wanted.id, ids)
        await audit(db, caller.member_id, "post.written", [wanted.id])
    found = await post_by_id(db, caller.organization_id, wanted.id)
    there = {one.target_id for one in found.deliveries}
    if (found.text, found.share_link_id, there) != (wanted.text, wanted.share_link_id, set(ids)):
        message = "Another post has this id. Make a new one for each post."
        raise ConflictError(message, field="id")
    return found


async def post_by_id(db: Connection, organization_id: UUID, post_id: UUID) -> Post:
    """A post and what became of it.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = await queries.posts(db, organization_id, post_id, 1, 0)
    if not found:
        raise NotFoundError
    return found[0]


async def send_again(db: Connection, caller: Caller, post_id: UUID, target_id: UUID) -> Post:
    """The post on its way again to a service where it failed, or may have.

    Raises
    ------
    NotFoundError
        If it never went there.
    ConflictError
        If it arrived, is on its way, or the service was removed.
    """
    found = await post_by_id(db, caller.organization_id, post_id)
    if target_id not in {one.target_id for one in found.deliveries}:
        raise NotFoundError
    if not await queries.active_targets(db, caller.organization_id, [target_id]):
        message = "This service was removed. Add it anew, and write another post."
        raise ConflictError(message)
    if not await queries.send_again(db, caller.organization_id, post_id, target_id):
        message = "It arrived there, or is on its way. Only what failed can be sent again."
        raise ConflictError(message)
    await audit(db, caller.member_id, "post.sent_again", [post_id, target_id])
    return await post_by_id(db, caller.organization_id, post_id)


@dataclass(frozen=True)
class Poster:
    """What sending posts needs to know."""

    keyring: Keyring
    public_url: str
    reach: Reach

    async def send_due(self, pool: Pool) -> None:
        """Send what is due, each once: what was begun and never ended is not tried again."""
        async with worker_transaction(pool) as db:
            organizations = await queries.organizations_with_due(db)
        for organization_id in organizations:
            async with organization_transaction(pool, organization_id) as db:
                await queries.give_up_lost(db, organization_id)
                taken = await queries.take_due(db, organization_id, _AT_ONCE, _LEASE_S)
            for due in taken:
                await self._send(pool, organization_id, due)

    async def _send(self, pool: Pool, organization_id: UUID, due: Due) -> None:
        async with organization_transaction(pool, organization_id) as db:
            sealed = await queries.sealed_address(db, organization_id, due.target_id)
        tried = Tried(Fate.FAILED, "target_retired")
        if sealed is not None:
            address = unseal(self.keyring, organization_id, due.target_id, sealed)
            text = due.text if due.code is None else f"{due.text}\n\n{self.public_url}/r/{due.code}"
            tried = await deliver(address, text, _key(due), self.reach)
        state, next_at = _after(tried, due)
        async with organization_transaction(pool, organization_id) as db:
            await queries.note(db, organization_id, due, state, tried.error, next_at)


def _key(due: Due) -> str:
    """The same in every try of a sending; another when somebody has it sent again."""
    return str(uuid5(NAMESPACE_URL, f"urn:doorstep:post:{due.post_id}:{due.target_id}:{due.round}"))


def _after(tried: Tried, due: Due) -> tuple[DeliveryState, dt.datetime | None]:
    if tried.fate is not Fate.LATER:
        return DeliveryState(tried.fate), None
    if due.tries_count >= MAX_TRIES:
        return DeliveryState.FAILED, None
    wait_s = _FIRST_WAIT_S * 2 ** (due.tries_count - 1)
    return DeliveryState.QUEUED, dt.datetime.now(dt.UTC) + dt.timedelta(seconds=wait_s)


def periodic(settings: Settings, keyring: Keyring) -> tuple[Every, ...]:
    """What the worker does for posts."""
    reach = Reach(own_hosts=settings.outgoing_hosts)
    poster = Poster(keyring, settings.public_url, reach)
    return (Every("sharing.post", LOOKS_EVERY_S, poster.send_due),)
