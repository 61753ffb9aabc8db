"""Letters: what they are about, how they stand, and their words."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.guests.model import Recipient
from doorstep.kit.db import Connection
from doorstep.kit.mail import Attachment
from doorstep.notify.model import Link
from doorstep.people.rights_model import Purpose

__all__ = ["Attachment", "Letter", "LetterText", "Link", "NewLetter", "Recipient", "Renderer"]


class LetterKind(StrEnum):
    """What a letter is for."""

    CONFIRM_EMAIL = "confirm_email"
    OWN_PAGE = "own_page"
    TICKET = "ticket"
    PLACE_FREE = "place_free"
    EVENT_CHANGED = "event_changed"
    EVENT_CANCELLED = "event_cancelled"
    EVENT_REMINDER = "event_reminder"
    SLOT_BOOKED = "slot_booked"
    FEEDBACK = "feedback"
    ISSUE_RECEIVED = "issue_received"
    ISSUE_TOLD = "issue_told"
    SURVEY_THANKS = "survey_thanks"
    PROPOSAL_RECEIVED = "proposal_received"
    MAILING = "mailing"


class LetterState(StrEnum):
    """How far a letter is."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    """It may have been taken: the program does not send it again by itself."""


Facts = dict[str, str | int]


class NewLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter to be, one for ever by its key; facts are ids, states and counts, never words."""

    kind: LetterKind
    about: UUID
    recipient: Recipient
    key: str
    due_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    facts: Facts = {}
    purpose: Purpose | None = None


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that is about to be written."""

    id: UUID
    organization_id: UUID
    kind: LetterKind
    about: UUID
    recipient: Recipient
    language: str | None
    facts: Facts


class LetterText(msgspec.Struct, frozen=True, kw_only=True):
    """A letter's words, in plain text: greeting, signature and the links below are added to it."""

    subject: str
    paragraphs: tuple[str, ...]
    links: tuple[Link, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    greets: bool = True
    """False where the paragraphs begin with a greeting of their own."""
    language: str = "en"
    """In which language it is written, as BCP 47 has it."""


Renderer = Callable[[Connection, Letter], Awaitable[LetterText | None]]
"""What makes a letter's words when it is sent; None where it is not true any more."""
Renderers = Mapping[LetterKind, Renderer]


class LetterEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A letter as organizers see it: how it stands, not what it says."""

    id: UUID
    kind: LetterKind
    about: UUID
    person_id: UUID | None
    guest_id: UUID | None
    purpose: Annotated[
        Purpose | None, Meta(description="Null: an answer to what they did themselves.")
    ]
    state: LetterState
    why: Annotated[str | None, Meta(description="Why it failed or was not sent.")]
    attempts_count: int
    due_at: dt.datetime
    created_at: dt.datetime
    sent_at: dt.datetime | None
    ended_at: dt.datetime | None


class LetterCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many letters of a kind stand so."""

    kind: LetterKind
    state: LetterState
    why: str | None
    letters_count: int


class LetterOutcome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a letter ended, as somebody found out; a letter that came back stops all others there."""

    state: Literal["delivered", "bounced"]
