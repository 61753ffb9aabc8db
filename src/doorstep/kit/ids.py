"""Identifiers and secrets."""

import hashlib
import secrets
from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): ids made later sort later, so that indexes grow at their end."""
    return compat.uuid7()


def new_secret() -> str:
    """256 random bits for a link or a refresh token, in URL-safe letters."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> bytes:
    """What is stored of a 256-bit secret: SHA-256 suffices, there is nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()
