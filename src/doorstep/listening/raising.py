"""An issue that somebody raises on a public page."""

from uuid import UUID

import msgspec

from doorstep.follow_up import service as follow_up
from doorstep.follow_up.model import IssueRaised, IssueSource
from doorstep.guests.model import Recipient, Source
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.letters import service as letters
from doorstep.letters.model import LetterKind, NewLetter
from doorstep.listening import service
from doorstep.listening.model import Contact
from doorstep.sharing import service as sharing
from doorstep.sharing.model import Conversion


class Raising(msgspec.Struct, frozen=True, kw_only=True):
    """An issue as a form has it; the form carries its id, so that it is raised once."""

    id: UUID
    via: str = ""
    lat: float | None = None
    lon: float | None = None
    topic_id: UUID | None = None
    text: str = ""
    place: str = ""
    contact: Contact | None = None


async def raise_issue(db: Connection, organization_id: UUID, wanted: Raising) -> UUID:
    """The case that the issue is in; whoever said who they are has a receipt by letter.

    Raises
    ------
    NotFoundError
        If there is no such topic any more.
    """
    if wanted.topic_id is None:
        raise NotFoundError
    guest_id = None
    if wanted.contact is not None:
        guest_id = await service.welcomed(
            db, organization_id, wanted.contact, Source.ISSUE, "und"
        )  # fmt: skip
    taken = await follow_up.take_in(
        db,
        organization_id,
        IssueRaised(
            id=wanted.id,
            topic_id=wanted.topic_id,
            source=IssueSource.WEB,
            text=wanted.text,
            raised_at=service.now(),
            guest_id=guest_id,
            place=wanted.place,
            place_lon=wanted.lon,
            place_lat=wanted.lat,
        ),
    )
    if guest_id is not None:
        recipient = Recipient(guest_id=guest_id)
        receipt = NewLetter(
            kind=LetterKind.ISSUE_RECEIVED,
            about=wanted.id,
            recipient=recipient,
            key=f"issue-received:{wanted.id}",
        )
        await letters.queue(db, organization_id, [receipt])
        await sharing.credit(
            db, organization_id, wanted.via, Conversion.ISSUE, wanted.id, recipient
        )
    return taken.case_id
