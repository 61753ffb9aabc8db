"""Signed links: what one may do without signing in, by holding the link.

A link says for what it is good, of which organization, about which ids and until when. Nothing of
it is kept, so there is nothing to clean up; what must be revocable before its time (a calendar's
address) is a stored secret instead.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import struct
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from doorstep.kit.errors import RefusedError
from doorstep.kit.tokens import Keyring

NOT_VALID = "This link is not valid, or not any more. Ask for a new one."
_TAG_BYTES = 16
_UNTIL = struct.Struct(">Q")
_ID_BYTES = 16


class Purpose(StrEnum):
    """For what a link is good; a link for one is no good for another."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    ACCEPT = "accept"
    CHECK_IN_SHIFT = "check-in-shift"
    CHECK_IN_SIGNUP = "check-in-signup"
    UNSUBSCRIBE = "unsubscribe"
    RAISED = "raised"
    SURVEY = "survey"
    VISITOR = "visitor"
    CONFIRM_EMAIL = "confirm-email"
    STOP_LETTERS = "stop-letters"
    OWN_PAGE = "own-page"
    TICKET = "ticket"
    FEEDBACK = "feedback"


@dataclass(frozen=True)
class SignedLink:
    """What a genuine link says."""

    organization_id: UUID
    ids: tuple[UUID, ...]
    expires_at: dt.datetime


def sign(
    keyring: Keyring,
    purpose: Purpose,
    organization_id: UUID,
    *ids: UUID,
    expires_at: dt.datetime,
) -> str:
    """The token of a link: HMAC-SHA-256 (RFC 2104) over purpose, time, organization and ids.

    Parameters
    ----------
    keyring
        Holds the secret; every organization has a key of its own, derived from it.
    purpose
        For what the link is good.
    organization_id, *ids
        What it is about. They can be read from the token by whoever has it.
    expires_at
        Until when, to the second.

    Returns
    -------
    str
        URL-safe letters: 54 for the organization alone, 75 with one id. The tag is truncated to
        128 bits (RFC 2104, section 5), which keeps links and QR codes short.
    """
    until = _UNTIL.pack(int(expires_at.timestamp()))
    said = b"".join([until, organization_id.bytes, *(one.bytes for one in ids)])
    tag = _tag(keyring, purpose, organization_id, said)
    return base64.urlsafe_b64encode(said + tag).rstrip(b"=").decode()


def read(keyring: Keyring, purpose: Purpose, token: str, now: dt.datetime) -> SignedLink:
    """What a link says, if it is ours, for this purpose and not too old.

    Raises
    ------
    RefusedError
        If it is not; which of these is not said, and comparing takes the same time for all.
    """
    said, tag = _parts(token)
    organization_id, *ids = (
        UUID(bytes=said[at : at + _ID_BYTES]) for at in range(_UNTIL.size, len(said), _ID_BYTES)
    )
    genuine = hmac.compare_digest(tag, _tag(keyring, purpose, organization_id, said))
    (until,) = _UNTIL.unpack_from(said)
    if not genuine or until <= now.timestamp():
        raise _refusal()
    return SignedLink(organization_id, tuple(ids), dt.datetime.fromtimestamp(until, dt.UTC))


def _parts(token: str) -> tuple[bytes, bytes]:
    try:
        # `altchars` with `validate`: the usual decoder skips letters that do not belong there.
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refusal() from None
    # Letters have bits to spare: of the ways to write the same bytes, one is genuine.
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise _refusal()
    said, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
    ids_bytes = len(said) - _UNTIL.size
    if ids_bytes < _ID_BYTES or ids_bytes % _ID_BYTES:
        raise _refusal()
    return said, tag


def _tag(keyring: Keyring, purpose: Purpose, organization_id: UUID, said: bytes) -> bytes:
    key = hashlib.blake2b(
        key=keyring.suppression_key(organization_id), person=b"signed links"
    ).digest()
    message = purpose.encode() + b"\0" + said
    return hmac.new(key, message, hashlib.sha256).digest()[:_TAG_BYTES]


def _refusal() -> RefusedError:
    return RefusedError(NOT_VALID, field="token")
