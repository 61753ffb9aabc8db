"""What somebody without an account sees of themself, and what they may change."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.accounts.model import Organization
from doorstep.guests.model import Guest, GuestConsent
from doorstep.kit.db import Connection
from doorstep.letters.model import Link
from doorstep.people.rights_model import (
    Channel,
    ExportedAnswer,
    ExportedAttendance,
    ExportedIssue,
    ExportedLetter,
    ExportedPerson,
    PersonExport,
    Purpose,
)

CHANNELS: tuple[Channel, ...] = ("email", "phone", "sms", "messenger", "post", "door")
PURPOSES: tuple[Purpose, ...] = ("follow_up", "events", "news")
Choice = tuple[Purpose, Channel]


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Whoever has the link: a person of the lists, guests, or both as one."""

    organization: Organization
    person_id: UUID | None
    guests: tuple[Guest, ...]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a page of one's own lists."""

    title: str
    text: str
    link: Link | None = None


@dataclass(frozen=True)
class Section:
    """A part of the page that other rooms fill."""

    title: str
    lines: Callable[[Connection, Holder], Awaitable[list[Line]]]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of the holder of a link, as their page shows it."""

    holder: Holder
    person: ExportedPerson | None
    choices: frozenset[Choice]
    keeps_opinions: bool
    sections: tuple[tuple[str, list[Line]], ...]


class OwnGuest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is stored of somebody as a guest."""

    name: str
    email: str
    language: str | None
    confirmed_at: dt.datetime | None
    consents: list[GuestConsent]
    issues: list[ExportedIssue]
    answers: list[ExportedAnswer]
    attendances: list[ExportedAttendance]
    letters: list[ExportedLetter]


class OwnExport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is stored of whoever asks by their own link."""

    exported_at: dt.datetime
    organization: str
    person: PersonExport | None
    guests: list[OwnGuest]


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says is wrong about what is stored of them."""

    id: UUID
    person_id: UUID
    text: str
    asked_at: dt.datetime
    done_at: Annotated[dt.datetime | None, Meta(description="Since when it is put right.")]
    done_by: UUID | None
