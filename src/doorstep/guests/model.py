"""Guests: who they are, what they allow, and whom letters reach."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.people.rights_model import Purpose


class Source(StrEnum):
    """On what occasion somebody left their name."""

    RSVP = "rsvp"
    SLOT = "slot"
    SURVEY = "survey"
    ISSUE = "issue"
    SIGNUP = "signup"
    PROPOSAL = "proposal"


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody without an account, and who they are on the lists if an organizer said so."""

    id: UUID
    name: str
    email: str
    language: str | None
    confirmed_at: Annotated[
        dt.datetime | None, Meta(description="Since when it is known that the address is theirs.")
    ]
    person_id: UUID | None


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a letter goes to: a person or a guest, never both."""

    person_id: UUID | None = None
    guest_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.person_id is None) == (self.guest_id is None):
            message = "a recipient is one person or one guest"
            raise ValueError(message)

    @property
    def id(self) -> UUID:
        """The id of whoever it is; no person has a guest's."""
        return self.person_id or self.guest_id or UUID(int=0)


class GuestConsent(msgspec.Struct, frozen=True, kw_only=True):
    """What a guest allows by e-mail: it counts while it is confirmed, and neither over nor back."""

    id: UUID
    purpose: Purpose
    wording: str
    given_at: dt.datetime
    confirmed_at: dt.datetime | None
    expires_at: dt.datetime | None
    withdrawn_at: dt.datetime | None


class GuestEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A guest as organizers see them, with people of the same address or name on the lists."""

    id: UUID
    name: str
    email: str
    language: str | None
    source: Source
    created_at: dt.datetime
    confirmed_at: dt.datetime | None
    person_id: UUID | None
    purposes: Annotated[list[Purpose], Meta(description="What they allow letters about now.")]
    suggested_person_ids: Annotated[
        list[UUID], Meta(description="Who they may be: by e-mail first, then by name.")
    ]


class GuestLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who a guest is on the lists; null: nobody that we know of."""

    person_id: UUID | None
