"""Access tokens: EdDSA-signed, 15 minutes, saying who and which device, nothing else.

Roles and whether the device is still welcome are read from the database on every request, so a
token in the wrong hands ends with its device, not with its time.
"""

import datetime as dt
import functools
import hashlib
import hmac
import secrets
from pathlib import Path
from uuid import UUID

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from doorstep.kit.errors import SignInError
from doorstep.kit.keyfile import read_or_make

ALGORITHM = "EdDSA"
AUDIENCE = "doorstep"
TYPE = "access"
ACCESS_S = 15 * 60
_CACHE_SIZE = 10_000


class Claims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an access token says."""

    iss: str
    aud: str
    sub: UUID
    sid: UUID
    typ: str
    iat: int
    exp: int


class Keyring:
    """Signing keys by id: the newest signs, every one verifies, so that keys can be changed.

    Parameters
    ----------
    folder
        ``*.pem`` files with Ed25519 private keys; the last by name is the newest. The first key
        is made when there is none. ``suppression.key`` beside them is made likewise, and never
        changed: what was hashed with it could not be recognised any more.
    issuer
        The server's public address.
    """

    def __init__(self, folder: Path, issuer: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not any(folder.glob("*.pem")):
            read_or_make(folder / f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}.pem", _new_key())
        keys = [_read_key(path) for path in sorted(folder.glob("*.pem"))]
        self._issuer = issuer
        self._newest = keys[-1]
        self._kid = _key_id(keys[-1])
        self._public = {_key_id(key): key.public_key() for key in keys}
        self._verified: dict[str, Claims] = {}
        self._folder = folder

    def sign(self, member_id: UUID, device_id: UUID, now: dt.datetime) -> str:
        """An access token for a member's device, good for ``ACCESS_S`` seconds."""
        issued = int(now.timestamp())
        claims = Claims(
            iss=self._issuer,
            aud=AUDIENCE,
            sub=member_id,
            sid=device_id,
            typ=TYPE,
            iat=issued,
            exp=issued + ACCESS_S,
        )
        return jwt.encode(
            msgspec.to_builtins(claims),
            self._newest,
            algorithm=ALGORITHM,
            headers={"kid": self._kid},
        )

    def verify(self, token: str, now: dt.datetime) -> Claims:
        """The claims of a valid token.

        A signature once found good stays good, and checking one costs as much as the rest of a
        request; so verified tokens are remembered and only their time is checked again.

        Raises
        ------
        SignInError
            If the token is not ours, not meant for this, or too old.
        """
        claims = self.recognise(token)
        if claims.exp <= now.timestamp():
            message = "The access token is too old. Refresh it."
            raise SignInError(message)
        return claims

    def recognise(self, token: str) -> Claims:
        """The claims of a token of ours, however old.

        Raises
        ------
        SignInError
            If the token is not ours or not meant for this.
        """
        return self._verified.get(token) or self._remember(token)

    def _remember(self, token: str) -> Claims:
        try:
            key = self._public[jwt.get_unverified_header(token)["kid"]]
            payload = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=self._issuer,
                options={"verify_exp": False, "verify_iat": False},
            )
            claims = msgspec.convert(payload, Claims)
        except (jwt.PyJWTError, msgspec.ValidationError, KeyError, TypeError):
            claims = None
        if claims is None or claims.typ != TYPE:
            message = "The access token is not valid here. Sign in again."
            raise SignInError(message)
        if len(self._verified) >= _CACHE_SIZE:
            self._verified.clear()
        self._verified[token] = claims
        return claims

    def code_hash(self, request_id: UUID, code: str) -> bytes:
        """What is stored of an eight-digit code: keyed, since its digits could be guessed."""
        secret = self._newest.private_bytes_raw()
        return hmac.new(secret, request_id.bytes + code.encode(), hashlib.sha256).digest()

    def suppression_key(self, organization_id: UUID) -> bytes:
        """The organization's key for hashes of people who are left out (BLAKE2b, RFC 7693).

        The database alone does not tell whom its hashes mean: numbers could be guessed, this
        cannot.
        """
        return hashlib.blake2b(
            organization_id.bytes, key=self._suppression, person=b"suppression", digest_size=32
        ).digest()

    @functools.cached_property
    def _suppression(self) -> bytes:
        # Made when first needed: where keys are mounted read-only, all else works without it.
        return read_or_make(self._folder / "suppression.key", secrets.token_bytes(32))


def _key_id(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def _read_key(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{path.name} holds no Ed25519 key. Remove it; a new key is made at the start."
        raise TypeError(message)
    return key
