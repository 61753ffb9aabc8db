"""One frozen struct of everything that can be set, read once from ``DOORSTEP_*`` variables."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import platformdirs
from msgspec import Meta

from doorstep.kit.hosts import Hosts
from doorstep.kit.proxies import Proxies

PREFIX = "DOORSTEP_"
EMULATOR_VARIABLES = ("FIREBASE_AUTH_EMULATOR_HOST", "FIREBASE_EMULATOR_HUB")


class SettingsError(ValueError):
    """A ``DOORSTEP_*`` variable cannot be used; the message names it and says how to mend it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set; the variable is the field's name in capitals behind ``DOORSTEP_``."""

    data_dir: Path = Path(platformdirs.user_data_dir("doorstep", appauthor=False))
    """Where the embedded database and the signing keys live."""
    database_url: str | None = None
    """A PostgreSQL of your own, version 15 or later; without it, Doorstep runs one itself."""
    migrate_database_url: str | None = None
    """The owner's login for migrations, where requests use a lesser one (and PgBouncer)."""
    database_connections: Annotated[int, Meta(ge=1, le=200)] = 12
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    public_url: str = "http://127.0.0.1:8000"
    """The address that goes into links and QR codes."""
    trusted_proxies: Proxies = Proxies()
    """Addresses and networks of reverse proxies, by commas; their ``X-Forwarded-For`` counts."""
    smtp_url: str | None = None
    """``smtp://user:password@host:587``; without it, sign-in codes come from the command line."""
    mail_from: str = "doorstep@localhost"
    outgoing_hosts: Hosts = Hosts()
    """Hosts on networks of one's own that webhooks and chat may reach, by commas."""
    sms_url: str | None = None
    """An apprise address with ``{number}`` in it, such as ``twilio://SID:token@from/{number}``."""
    sms_price: Annotated[float, Meta(ge=0, le=100)] | None = None
    """What one part of an SMS costs, so that a broadcast says what it will cost beforehand."""
    sms_currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "EUR"
    """The currency of that price, by ISO 4217."""
    chat_url: str | None = None
    """The same for a messenger that knows members by number, such as WhatsApp or Signal."""
    firebase_project: str | None = None
    """The id of a Firebase project; with it, members may sign in through Firebase Auth."""
    push_credentials: Path | None = None
    """A Firebase service account's key file, for pushes; `doorstep doctor` checks it."""
    work_in_server: bool = True
    """Whether `doorstep serve` works as well; without it, run `doorstep worker`."""
    log_level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$")] = "info"
    test_mode: bool = False

    @property
    def keys_dir(self) -> Path:
        """The folder of signing keys, made with the first of them."""
        return self.data_dir / "keys"

    @property
    def postgres_dir(self) -> Path:
        """The embedded server's data directory."""
        return self.data_dir / "postgres"


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this environment.

    Raises
    ------
    SettingsError
        If a variable is unknown or has no usable value, or if a Firebase emulator variable is
        set outside test mode: with it, Firebase's library accepts unsigned tokens.
    """
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    try:
        settings = msgspec.convert(
            given, Settings, strict=False, dec_hook=lambda kind, text: kind(text)
        )
    except msgspec.ValidationError as error:
        message = f"{error}. Check the {PREFIX}* variables; their names are in docs/settings.md."
        raise SettingsError(message) from None
    present = [name for name in EMULATOR_VARIABLES if name in environ]
    if present and not settings.test_mode:
        message = (
            f"{present[0]} is set: anyone could sign in with an unsigned token. "
            "Unset it, or set DOORSTEP_TEST_MODE=1 if this is a test."
        )
        raise SettingsError(message)
    return settings
