"""What a form carries from one page to the next: everybody may read it, nobody change it.

The server keeps nothing between pages, and the browser needs no cookie.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import struct
import zlib
from typing import TypeVar
from uuid import UUID

import msgspec

from doorstep.kit.errors import RefusedError
from doorstep.kit.tokens import Keyring

NOT_OURS = "This form is too old, or was changed on its way. Open the page anew and fill it in."
MOST_BYTES = 200_000
"""Of what was sealed, unpacked: a few kilobytes could hold very much that is all the same."""
_TAG_BYTES = 16
_UNTIL = struct.Struct(">Q")
T = TypeVar("T")


def seal(
    keyring: Keyring, organization_id: UUID, purpose: str, content: object, expires_at: dt.datetime
) -> str:
    """The content with a tag (HMAC-SHA-256, RFC 2104, truncated to 128 bits) as URL-safe letters.

    Parameters
    ----------
    keyring
        Holds the secret; every organization has a key of its own, derived from it.
    purpose
        For which form it is; it is no good for another.
    content
        What msgspec can write as JSON.
    expires_at
        Until when it is good, to the second.

    Returns
    -------
    str
        About as long as the content, which is compressed.
    """
    said = _UNTIL.pack(int(expires_at.timestamp())) + zlib.compress(msgspec.json.encode(content))
    return base64.urlsafe_b64encode(said + _tag(keyring, organization_id, purpose, said)).decode()


def unseal(
    keyring: Keyring,
    organization_id: UUID,
    purpose: str,
    sealed: str,
    of: type[T],
    now: dt.datetime,
) -> T:
    """The content as it was sealed.

    Raises
    ------
    RefusedError
        If it was not sealed by us, for this purpose, or too long ago; which of these is not said.
    """
    try:
        raw = base64.b64decode(sealed, altchars=b"-_", validate=True)
        said, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        genuine = hmac.compare_digest(tag, _tag(keyring, organization_id, purpose, said))
        # Of the ways to write the same bytes, one is ours.
        genuine = genuine and base64.urlsafe_b64encode(raw).decode() == sealed
        if not genuine or _UNTIL.unpack_from(said)[0] <= now.timestamp():
            raise RefusedError(NOT_OURS, field="state")
        content = zlib.decompressobj().decompress(said[_UNTIL.size :], MOST_BYTES)
        return msgspec.json.decode(content, type=of)
    except (binascii.Error, ValueError, struct.error, zlib.error, msgspec.MsgspecError):
        raise RefusedError(NOT_OURS, field="state") from None


def _tag(keyring: Keyring, organization_id: UUID, purpose: str, said: bytes) -> bytes:
    key = hashlib.blake2b(
        key=keyring.suppression_key(organization_id), person=b"sealed forms"
    ).digest()
    message = purpose.encode() + b"\0" + said
    return hmac.new(key, message, hashlib.sha256).digest()[:_TAG_BYTES]
