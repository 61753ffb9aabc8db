"""What people allow, and how they take it back."""

import datetime as dt
from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.people import consenting_queries as queries
from doorstep.people import forgetting
from doorstep.people.matching_queries import see_merged
from doorstep.people.rights_model import Channel, ConsentCreate, GivenConsent, How, Purpose
from doorstep.people.rights_queries import person_standing, rows_of_people

LONGEST = dt.timedelta(days=731)
"""24 months: what is older was asked of somebody who has long forgotten it."""


async def of_person(db: Connection, organization_id: UUID, person_id: UUID) -> list[GivenConsent]:
    """What a person allowed and took back, the newest first.

    Raises
    ------
    NotFoundError
        If there is no such person.
    """
    await person_standing(db, organization_id, person_id)
    await see_merged(db)
    people = await rows_of_people(db, organization_id, [person_id])
    return await queries.consents_of_people(db, organization_id, people)


async def record(
    db: Connection, caller: Caller, person_id: UUID, wanted: ConsentCreate
) -> GivenConsent:
    """A consent of a person, with the words in which they were asked.

    Raises
    ------
    NotFoundError
        If there is no such person.
    RefusedError
        If it says neither the words nor a version that exists, or if its times are impossible.
    """
    organization_id, now = caller.organization_id, dt.datetime.now(dt.UTC)
    wording = await _wording(db, organization_id, wanted)
    given_at = wanted.given_at or now
    if given_at > now:
        message = "Nobody has agreed in the future yet. Check the date."
        raise RefusedError(message, field="given_at")
    if wanted.expires_at and not given_at < wanted.expires_at <= given_at + LONGEST:
        message = "A consent ends after it was given, and at most 24 months later."
        raise RefusedError(message, field="expires_at")
    if wanted.purpose == "opinion_record" and wanted.basis == "legitimate_interest":
        message = "A political opinion needs the person's own word, or their membership."
        raise RefusedError(message, field="basis")
    consent = await queries.insert_consent(
        db, organization_id, new_id(), person_id, caller.member_id, given_at, wording, wanted
    )
    await audit(db, caller.member_id, "consent.recorded", [consent.id, person_id])
    return consent


async def _wording(db: Connection, organization_id: UUID, wanted: ConsentCreate) -> str:
    if wanted.wording_version is None:
        if wanted.basis == "explicit" and not wanted.wording.strip():
            message = "Say in which words the person was asked, or which version of them."
            raise RefusedError(message, field="wording")
        return wanted.wording
    kept = await queries.consent_wording(
        db, organization_id, wanted.purpose, wanted.wording_version
    )
    if kept is None:
        message = "There is no such version of the words for this purpose. See the list of them."
        raise RefusedError(message, field="wording_version")
    return kept.text


async def withdraw(db: Connection, caller: Caller, consent_id: UUID, how: How) -> GivenConsent:
    """The consent as withdrawn; of an opinion, what was said on the strength of it is forgotten.

    Whoever takes one back takes back all they gave for its purpose and channel.

    Raises
    ------
    NotFoundError
        If there is no such consent.
    ConflictError
        If it was withdrawn before.
    """
    organization_id = caller.organization_id
    consent = await queries.consent_by_id(db, organization_id, consent_id)
    if consent.withdrawn_at is not None:
        message = "This consent was withdrawn before."
        raise ConflictError(message)
    if consent.purpose == "opinion_record":
        # Before it is withdrawn: what counts until now is counted on without the person.
        people = [consent.person_id] if consent.person_id else []
        answers = await forgetting.opinions_of(db, organization_id, people, consent_id)
        await forgetting.forget_answers(db, organization_id, answers)
    withdrawn = await queries.withdraw_consents(
        db, organization_id, consent_id, caller.member_id, how
    )
    await audit(db, caller.member_id, "consent.withdrawn", withdrawn)
    return await queries.consent_by_id(db, organization_id, consent_id)


async def give_oneself(
    db: Connection, organization_id: UUID, person_id: UUID, wanted: ConsentCreate
) -> None:
    """Take down what a person allows on a page of their own; what holds already stays.

    Raises
    ------
    NotFoundError
        If there is no such person.
    RefusedError
        If it says neither the words nor a version that exists.
    """
    wording = await _wording(db, organization_id, wanted)
    given = await queries.insert_consent(
        db, organization_id, new_id(), person_id, None, dt.datetime.now(dt.UTC), wording, wanted
    )
    await audit(db, None, "consent.recorded", [given.id, person_id])


async def stop_oneself(
    db: Connection, organization_id: UUID, person_id: UUID, purpose: Purpose, channel: Channel
) -> None:
    """Take back what a person allowed for a purpose by a channel, as they ask by a link or page.

    A consent to any channel ends with it: it is theirs to give again for some. Done again, it
    changes nothing. Opinions that were stored on it are forgotten.
    """
    await see_merged(db)
    people = await rows_of_people(db, organization_id, [person_id])
    ended = await queries.standing_consents(db, organization_id, people, purpose, channel)
    if purpose == "opinion_record":
        for consent_id in ended:
            answers = await forgetting.opinions_of(db, organization_id, people, consent_id)
            await forgetting.forget_answers(db, organization_id, answers)
    if ended:
        await queries.end_consents(db, organization_id, ended, "web")
        await audit(db, None, "consent.withdrawn", ended)
