"""Mailings: written, looked at, agreed to by a second person where many, sent, and stopped."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import UNSET

from doorstep.accounts.auditing import audit
from doorstep.events import service as events
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotAllowedError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.tokens import Keyring
from doorstep.letters import service as letters
from doorstep.letters.model import LetterKind, NewLetter, Recipient
from doorstep.mailings import queries, template_queries
from doorstep.mailings.model import (
    APPROVAL_ABOVE,
    SAMPLES,
    Approval,
    Candidate,
    Fate,
    Listed,
    Mailing,
    MailingCreate,
    MailingFigures,
    MailingPatch,
    MailingStatus,
    Preview,
    Segment,
)
from doorstep.mailings.rendering import LETTERS, letters_to
from doorstep.mailings.segmenting import candidates, described, left_out

__all__ = ["LETTERS"]

KEPT = dt.timedelta(days=7)
"""What could not leave so long after its turn, leaves no more: it is no news."""
LATEST = dt.timedelta(days=366)


async def create(db: Connection, caller: Caller, wanted: MailingCreate) -> Mailing:
    """Keep a mailing to be looked at; nothing is sent yet.

    Raises
    ------
    NotFoundError
        If there is no such template, or no such version of it.
    RefusedError
        If it is for nobody, names what is not there, or was to leave in the past.
    """
    mailing_id = new_id()
    version = await _template_version(
        db, caller.organization_id, wanted.template_id, wanted.template_version
    )
    whole = msgspec.structs.replace(wanted, template_version=version)
    await _check(db, caller.organization_id, whole)
    await queries.insert_mailing(db, caller.organization_id, mailing_id, caller.member_id, whole)
    await audit(db, caller.member_id, "mailing.written", [mailing_id])
    return await queries.mailing_by_id(db, caller.organization_id, mailing_id)


async def _template_version(
    db: Connection, organization_id: UUID, template_id: UUID, version: int | None
) -> int:
    found = await template_queries.template(db, organization_id, template_id, version)
    if found.archived_at is not None:
        message = "This template was put away. Choose another."
        raise RefusedError(message, field="template_id")
    return found.version


async def _check(db: Connection, organization_id: UUID, wanted: MailingCreate) -> None:
    _check_time(wanted.send_at)
    segment = wanted.segment
    if segment == Segment():
        message = "Say whom it is for: a universe, guests, or those of an event."
        raise RefusedError(message, field="segment")
    if segment.attendees is not None and not segment.attendees.states:
        message = "Name at least one state, such as going, or leave the states out."
        raise RefusedError(message, field="segment.attendees.states")
    await described(db, organization_id, segment)
    if wanted.civic_event_id is not None:
        await events.event_by_id(db, organization_id, wanted.civic_event_id)


def _check_time(send_at: dt.datetime | None) -> None:
    now = dt.datetime.now(dt.UTC)
    if send_at is not None and not now < send_at < now + LATEST:
        message = "Choose a time within a year, or leave it out to send it once approved."
        raise RefusedError(message, field="send_at")


async def change(db: Connection, caller: Caller, mailing_id: UUID, wanted: MailingPatch) -> Mailing:
    """Change a mailing of which nothing has left; approved or previewed, it is a draft again.

    Raises
    ------
    NotFoundError, RefusedError
        As with a new one.
    ConflictError
        If it changed since, was stopped, or has begun to leave.
    """
    organization_id = caller.organization_id
    held = await queries.hold_mailing(db, organization_id, mailing_id)
    _check_revision(held, wanted.revision)
    _check_not_stopped(held)
    await _take_back(db, organization_id, held)
    given = {
        name: value
        for name in MailingCreate.__struct_fields__
        if (value := getattr(wanted, name)) is not UNSET
    }
    before = {name: getattr(held, name) for name in MailingCreate.__struct_fields__}
    whole = MailingCreate(**before | given)
    if whole.template_id != held.template_id or whole.template_version != held.template_version:
        asked = given.get("template_version")
        version = await _template_version(db, organization_id, whole.template_id, asked)
        whole = msgspec.structs.replace(whole, template_version=version)
    await _check(db, organization_id, whole)
    await queries.update_mailing(db, organization_id, mailing_id, caller.member_id, whole)
    await audit(db, caller.member_id, "mailing.changed", [mailing_id])
    return await queries.mailing_by_id(db, organization_id, mailing_id)


async def _take_back(db: Connection, organization_id: UUID, held: Mailing) -> None:
    """Let none of the letters leave that were approved; refused once one has."""
    if held.approved_at is None:
        return
    taken = await letters.withdraw(db, organization_id, about=held.id)
    if taken < await queries.letters_count(db, organization_id, held.id):
        message = "It has begun to leave. Stop it, and write another for the rest."
        raise ConflictError(message)


def _check_revision(held: Mailing, revision: int) -> None:
    if held.revision != revision:
        message = (
            f"Somebody changed this mailing meanwhile: it is at revision {held.revision}, and you "
            f"looked at {revision}. Read it again."
        )
        raise ConflictError(message, field="revision")


def _check_not_stopped(held: Mailing) -> None:
    if held.stopped_at is not None:
        message = "This mailing was stopped. Write another."
        raise ConflictError(message)


async def preview(db: Connection, keyring: Keyring, caller: Caller, mailing_id: UUID) -> Preview:
    """Whom it would reach now and what ten of them would read; who looked is noted.

    Raises
    ------
    NotFoundError
        If there is no such mailing.
    RefusedError
        If its segment cannot be found any more.
    """
    organization_id = caller.organization_id
    held = await queries.hold_mailing(db, organization_id, mailing_id)
    found = await candidates(db, keyring, organization_id, held)
    chosen = [one for one in found if one.fate is Fate.RECIPIENT]
    shown = await letters_to(db, organization_id, held, _spread(chosen))
    counts = Counter(one.fate for one in found)
    if held.approved_at is None:
        await queries.mark_previewed(db, organization_id, mailing_id)
    ids = [one.person_id or one.guest_id for one in shown]
    await audit(db, caller.member_id, "mailing.previewed", [mailing_id, *filter(None, ids)])
    return Preview(
        revision=held.revision,
        segment=await described(db, organization_id, held.segment),
        counts={fate: counts[fate] for fate in Fate},
        in_segment_count=len(found),
        left_out_count=await left_out(db, organization_id, held.segment),
        recipients_count=len(chosen),
        needs_second_person=len(chosen) > APPROVAL_ABOVE,
        minutes_count=-(-len(chosen) // held.per_minute),
        samples=shown,
    )


def _spread(chosen: Sequence[Candidate]) -> list[Candidate]:
    """Some from all over the segment: neighbours are alike."""
    step = max(1, len(chosen) // SAMPLES)
    return list(chosen[::step][:SAMPLES])


async def listed(
    db: Connection,
    keyring: Keyring,
    organization_id: UUID,
    mailing_id: UUID,
    fate: Fate,
    limit: int,
    offset: int,
) -> list[Listed]:
    """Who of the segment gets it or does not, as of now, by name."""
    held = await queries.mailing_by_id(db, organization_id, mailing_id)
    found = [
        one for one in await candidates(db, keyring, organization_id, held) if one.fate is fate
    ]
    page = found[offset : offset + limit]
    names = await queries.names_of(db, organization_id, page)
    return [
        Listed(person_id=one.person_id, guest_id=one.guest_id, fate=one.fate, name=name)
        for one, name in zip(page, names, strict=True)
    ]


async def approve(
    db: Connection, keyring: Keyring, caller: Caller, mailing_id: UUID, wanted: Approval
) -> Mailing:
    """Agree to what was previewed: its recipients are frozen, and it leaves or waits for its time.

    Asked again, or by two at once, it leaves once.

    Raises
    ------
    NotFoundError
        If there is no such mailing.
    ConflictError
        If it changed since, was stopped, or nobody looked at the preview.
    NotAllowedError
        If it goes to many and the caller wrote it.
    RefusedError
        If it would reach nobody.
    """
    organization_id = caller.organization_id
    held = await queries.hold_mailing(db, organization_id, mailing_id)
    _check_revision(held, wanted.revision)
    _check_not_stopped(held)
    if held.approved_at is not None:
        return held
    if held.status is not MailingStatus.PREVIEWED:
        message = "Nobody has looked at the preview of this revision. Do so, then approve it."
        raise ConflictError(message)
    found = await candidates(db, keyring, organization_id, held)
    chosen = [one for one in found if one.fate is Fate.RECIPIENT]
    _check_approver(caller, held, len(chosen))
    counts = Counter(one.fate.value for one in found if one.fate is not Fate.RECIPIENT)
    queued = await letters.queue(db, organization_id, _letters(held, chosen))
    await queries.mark_approved(db, organization_id, mailing_id, caller.member_id, queued, counts)
    await audit(db, caller.member_id, "mailing.approved", [mailing_id])
    return await queries.mailing_by_id(db, organization_id, mailing_id)


def _check_approver(caller: Caller, held: Mailing, count: int) -> None:
    if not count:
        message = "It would reach nobody. See the preview for why, and choose others."
        raise RefusedError(message, field="segment")
    if count > APPROVAL_ABOVE and held.written_by == caller.member_id:
        message = (
            f"This goes to {count}; above {APPROVAL_ABOVE}, somebody other than who wrote it must "
            "approve it. Ask another organizer."
        )
        raise NotAllowedError(message)


def _letters(held: Mailing, chosen: Sequence[Candidate]) -> list[NewLetter]:
    """One to each; so many in a minute, by when they are due."""
    start = max(held.send_at or dt.datetime.now(dt.UTC), dt.datetime.now(dt.UTC))
    due = [start + dt.timedelta(minutes=n // held.per_minute) for n in range(len(chosen))]
    return [
        NewLetter(
            kind=LetterKind.MAILING,
            about=held.id,
            recipient=Recipient(person_id=one.person_id, guest_id=one.guest_id),
            # Of a revision: when a change took the approved letters back, these are others.
            key=f"mailing:{held.id}:{held.revision}",
            due_at=at,
            expires_at=at + KEPT,
            purpose=held.purpose,
        )
        for one, at in zip(chosen, due, strict=True)
    ]


async def stop(db: Connection, caller: Caller, mailing_id: UUID) -> Mailing:
    """Let nothing leave any more; whom it reached has it. Again, it does nothing.

    Raises
    ------
    NotFoundError
        If there is no such mailing.
    ConflictError
        If all of it has left.
    """
    organization_id = caller.organization_id
    held = await queries.hold_mailing(db, organization_id, mailing_id)
    if held.status is MailingStatus.SENT:
        message = "All its letters have left; there is nothing to stop."
        raise ConflictError(message)
    if held.stopped_at is None:
        await letters.withdraw(db, organization_id, about=mailing_id)
        await queries.mark_stopped(db, organization_id, mailing_id, caller.member_id)
        await audit(db, caller.member_id, "mailing.stopped", [mailing_id])
    return await queries.mailing_by_id(db, organization_id, mailing_id)


async def figures(db: Connection, organization_id: UUID, mailing_id: UUID) -> MailingFigures:
    """How its letters stand.

    Raises
    ------
    NotFoundError
        If there is no such mailing.
    """
    held = await queries.mailing_by_id(db, organization_id, mailing_id)
    return MailingFigures(
        status=held.status,
        recipients_count=held.recipients_count or 0,
        figures=await queries.figures(db, organization_id, mailing_id),
    )
