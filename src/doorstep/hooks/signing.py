"""Signatures as in the Standard Webhooks specification, version 1."""

import base64
import datetime as dt
import hashlib
import hmac
from uuid import UUID

import msgspec

from doorstep.hooks.model import Parcel
from doorstep.kit.tokens import Keyring

PREFIX = "whsec_"
_SECRET_BYTES = 32


def secret_of(keyring: Keyring, organization_id: UUID, hook_id: UUID, number: int) -> str:
    """The secret of a hook: derived each time (BLAKE2b, RFC 7693), so that none is stored.

    A copy of the database lets nobody sign in our name; another number is another secret.
    """
    raw = hashlib.blake2b(
        hook_id.bytes + number.to_bytes(4, "big"),
        key=keyring.suppression_key(organization_id),
        person=b"hook secrets",
        digest_size=_SECRET_BYTES,
    ).digest()
    return PREFIX + base64.b64encode(raw).decode()


def body_of(parcel: Parcel) -> bytes:
    """What is sent, the same bytes in every try."""
    return msgspec.json.encode(
        {"type": parcel.kind, "timestamp": parcel.created_at, "data": parcel.data}
    )


def headers_of(secret: str, delivery_id: UUID, body: bytes, now: dt.datetime) -> dict[str, str]:
    """The headers that prove who sent a body and when."""
    sent_at = str(int(now.timestamp()))
    signed = b".".join([str(delivery_id).encode(), sent_at.encode(), body])
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": str(delivery_id),
        "webhook-timestamp": sent_at,
        "webhook-signature": f"v1,{signature}",
    }
