"""Whom a mailing is for, and who of them gets it."""

from uuid import UUID

from doorstep.events import service as events
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.kit.tokens import Keyring
from doorstep.mailings import queries
from doorstep.mailings.model import Candidate, Fate, Mailing, Segment
from doorstep.mailings.queries import Found
from doorstep.people.suppressing import contact_hash
from doorstep.universes import service as universes


async def described(db: Connection, organization_id: UUID, segment: Segment) -> str:
    """Whom a segment holds, in words.

    Raises
    ------
    RefusedError
        If it names what is not there (any more).
    """
    parts: list[str] = []
    if segment.universe_id is not None:
        try:
            universe = await universes.universe(db, organization_id, segment.universe_id)
        except NotFoundError as error:
            message = "There is no such universe. Choose another."
            raise RefusedError(message, field="segment.universe_id") from error
        parts.append(f"people of {universe.name} ({universe.description})")
    if segment.guests is not None:
        named = ", ".join(segment.guests.sources)
        parts.append(f"guests by {named}" if named else "all guests")
    if segment.attendees is not None:
        try:
            event = await events.event_by_id(db, organization_id, segment.attendees.civic_event_id)
        except NotFoundError as error:
            message = "There is no such event. Choose another."
            raise RefusedError(message, field="segment.attendees.civic_event_id") from error
        states = ", ".join(state.replace("_", " ") for state in segment.attendees.states)
        parts.append(f"who is {states} at {event.title}")
    return "; ".join(parts)


async def left_out(db: Connection, organization_id: UUID, segment: Segment) -> int:
    """How many of the universe asked to be left alone."""
    if segment.universe_id is None:
        return 0
    universe = await universes.universe(db, organization_id, segment.universe_id)
    return (await universes.counted(db, organization_id, universe.expression)).left_out_count


async def candidates(
    db: Connection, keyring: Keyring, organization_id: UUID, of: Mailing
) -> list[Candidate]:
    """Everybody of a mailing's segment as of now, each with the first reason for or against."""
    segment = of.segment
    await described(db, organization_id, segment)
    person_ids: list[UUID] = []
    if segment.universe_id is not None:
        person_ids = await universes.universe_people(db, organization_id, segment.universe_id)
    await queries.see_merged(db)
    attendees = segment.attendees
    found = await queries.found_in_segment(
        db,
        organization_id,
        of.purpose,
        person_ids,
        None if segment.guests is None else segment.guests.sources,
        attendees.civic_event_id if attendees else None,
        attendees.states if attendees else (),
    )
    key = keyring.suppression_key(organization_id)
    bouncing = await queries.bouncing_hashes(db, organization_id)
    suppressed = await queries.suppressed_hashes(db, organization_id)
    taken: set[str] = set()
    told: list[Candidate] = []
    for one in found:
        fate = _alone(one, key, bouncing, suppressed)
        if fate is Fate.RECIPIENT and of.once_per_address and one.email in taken:
            fate = Fate.SAME_ADDRESS
        if fate is Fate.RECIPIENT:
            taken.add(one.email or "")
        told.append(Candidate(person_id=one.person_id, guest_id=one.guest_id, fate=fate))
    return told


def _alone(one: Found, key: bytes, bouncing: set[bytes], suppressed: set[bytes]) -> Fate:
    """What holds for somebody, whoever else is in the segment."""
    if one.refusal is not None:
        return Fate(one.refusal)
    digest = contact_hash(key, "email", one.email or "")
    if digest is None:
        return Fate.NO_ADDRESS
    if digest in suppressed:
        return Fate.SUPPRESSED
    return Fate.BOUNCING if digest in bouncing else Fate.RECIPIENT
