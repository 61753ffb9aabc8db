"""Signing in with what Firebase Auth says: for groups whose volunteers prove a phone number there.

Google's library looks at the token; who that is here is our own affair: a member, or somebody who
was invited. Nobody joins by having a Google account.
"""

import asyncio
import datetime as dt
import functools
import importlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import msgspec
import structlog

from doorstep.accounts import service
from doorstep.accounts import signing_in_queries as queries
from doorstep.accounts.model import FirebaseSignIn, Tokens
from doorstep.accounts.signing_in_queries import Match
from doorstep.kit.db import Connection, Pool, enter_organization, signin_transaction
from doorstep.kit.errors import ConflictError, NotFoundError, SignInRefusedError, TryLaterError
from doorstep.kit.ids import new_id
from doorstep.kit.tokens import Keyring
from doorstep.settings import EMULATOR_VARIABLES, Settings, SettingsError

FRESH = dt.timedelta(minutes=10)
"""How long ago somebody may have proved who they are: a token itself is good for an hour."""
_TIMEOUT_S = 10
_CLOCK_SKEW_S = 10
# By the name of the exception's class, as importing them takes most of a second. With these it is
# Google or our own account that is at fault; with all others the token.
_AWAY = frozenset(
    {"CertificateFetchError", "UnavailableError", "DeadlineExceededError", "UnknownError",
     "InternalError", "TransportError", "RefreshError", "InsufficientPermissionError",
     "PermissionDeniedError", "UnauthenticatedError", "ConfigurationNotFoundError",
     "QuotaExceededError", "ResourceExhaustedError"}
)  # fmt: skip

_log = structlog.get_logger()


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says that was found genuine."""

    auth_time: int
    phone_number: str | None = None
    email: str | None = None
    email_verified: bool = False

    @property
    def verified_email(self) -> str | None:
        """The address, if it was proved: anybody can type one in."""
        return self.email if self.email_verified else None


@dataclass(frozen=True)
class Verifier:
    """Google's library, for one project.

    With a service account's key Firebase is also asked whether the account there was disabled or
    signed out since; without, a token is good until it ends.
    """

    auth: Any
    app: Any
    asks: bool

    def verify(self, id_token: str) -> Claims:
        """What a token says; blocks, for it may fetch certificates.

        Raises
        ------
        SignInRefusedError
            If the token is not genuine, not for this project, too old, or its account is closed.
        TryLaterError
            If Firebase does not answer.
        """
        try:
            found = self.auth.verify_id_token(
                id_token, self.app, check_revoked=self.asks, clock_skew_seconds=_CLOCK_SKEW_S
            )
            claims = msgspec.convert(found, Claims)
        except Exception as error:  # noqa: BLE001 -- a made-up token makes the library stumble anyhow
            kind = type(error).__name__
            if kind in _AWAY:
                _log.warning("firebase_away", error=kind)
                message = "Firebase does not answer. Try again in a moment, or use a code."
                raise TryLaterError(message, retry_after_s=10) from None
            _refuse()
        if time.time() - claims.auth_time > FRESH.total_seconds():
            _refuse()
        return claims


def _refuse() -> NoReturn:
    """One and the same, whatever is wrong with the token."""
    message = "The Firebase token is not valid here or too old. Sign in there again."
    raise SignInRefusedError(message)


@functools.cache
def verifier_of(project: str, credentials: Path | None) -> Verifier:
    """The library for a project, loaded when first needed: it takes most of a second."""
    sdk: Any = importlib.import_module("firebase_admin")
    auth: Any = importlib.import_module("firebase_admin.auth")
    if credentials is None:
        google: Any = importlib.import_module("google.auth.credentials")

        class Nobody(sdk.credentials.Base):
            """No account: checking a signature needs none."""

            def get_credential(self) -> Any:
                return google.AnonymousCredentials()

        who: Any = Nobody()
    else:
        who = sdk.credentials.Certificate(str(credentials))
    options = {"projectId": project, "httpTimeout": _TIMEOUT_S}
    app: Any = sdk.initialize_app(who, options, name=f"sign-in-{new_id()}")
    return Verifier(auth, app, asks=credentials is not None)


async def sign_in(
    pool: Pool,
    keyring: Keyring,
    settings: Settings,
    wanted: FirebaseSignIn,
    new_devices: service.NewDevices | None = None,
) -> Tokens:
    """Tokens for a new device of whoever proved their number or address to Firebase.

    Raises
    ------
    NotFoundError
        If this server does not use Firebase for signing in.
    SignInRefusedError
        If the token does not hold, or nobody with that number or address was invited.
    ConflictError
        If they are in several organizations and named none.
    """
    if settings.firebase_project is None:
        message = "This server does not sign in through Firebase. Use a code or an invite."
        raise NotFoundError(message)
    _check_no_emulator(settings)
    # In a thread: the library blocks while it fetches, and being loaded.
    claims = await asyncio.to_thread(_verify, settings, wanted.id_token)
    async with signin_transaction(pool) as db:
        return await _tokens(db, keyring, claims, wanted, new_devices)


def _verify(settings: Settings, id_token: str) -> Claims:
    project = settings.firebase_project or ""
    return verifier_of(project, settings.push_credentials).verify(id_token)


def _check_no_emulator(settings: Settings) -> None:
    """Once more than at the start: with such a variable the library takes unsigned tokens."""
    if not settings.test_mode and any(name in os.environ for name in EMULATOR_VARIABLES):
        message = f"Unset {' and '.join(EMULATOR_VARIABLES)}: with them anybody could sign in."
        raise SettingsError(message)


async def _tokens(
    db: Connection,
    keyring: Keyring,
    claims: Claims,
    wanted: FirebaseSignIn,
    new_devices: service.NewDevices | None,
) -> Tokens:
    found = await queries.matches(
        db, claims.verified_email, claims.phone_number, wanted.organization
    )
    match = _the_one(found)
    await enter_organization(db, match.organization_id)
    member_id: UUID | None = match.member_id
    if match.invite_id is not None:
        member_id = await service.join(db, match.organization_id, match.invite_id)
    if member_id is None:
        _nobody()
    return await service.new_device(
        db, keyring, match.organization_id, member_id, wanted.device_name, new_devices
    )


def _the_one(found: Sequence[Match]) -> Match:
    """A member before an invite, an address before a number; else it is not clear who it is."""
    organizations = {one.organization_id: one.slug for one in found}
    if len(organizations) > 1:
        names = ", ".join(sorted(organizations.values()))
        message = f"You are in several organizations: {names}. Say which."
        raise ConflictError(message, field="organization")
    best = [one for one in found if one.rank == found[0].rank]
    # A number may be shared by a household; of several invites the newest counts.
    if not best or (best[0].member_id is not None and len(best) > 1):
        _nobody()
    return best[0]


def _nobody() -> NoReturn:
    message = "Nobody with this number or address was invited. Ask your organizer for an invite."
    raise SignInRefusedError(message)
