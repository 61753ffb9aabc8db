"""Every statement about consents and their wordings."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from doorstep.kit.db import Connection, fetch_all, fetch_maybe, fetch_one
from doorstep.people.rights_model import (
    ConsentCreate,
    ConsentWording,
    ConsentWordingCreate,
    GivenConsent,
    How,
)


async def consents_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[GivenConsent]:
    """The newest first."""
    return await fetch_all(
        db,
        GivenConsent,
        """
        select id, person_id, purpose, channel, basis, wording, wording_version, captured_how,
               recorded_by, given_at, expires_at, withdrawn_at, withdrawn_by, withdrawn_how
          from consent
         where organization_id = $1 and person_id = any($2)
         order by given_at desc, id desc
        """,
        organization_id,
        person_ids,
    )


async def consent_by_id(db: Connection, organization_id: UUID, consent_id: UUID) -> GivenConsent:
    return await fetch_one(
        db,
        GivenConsent,
        """
        select id, person_id, purpose, channel, basis, wording, wording_version, captured_how,
               recorded_by, given_at, expires_at, withdrawn_at, withdrawn_by, withdrawn_how
          from consent
         where organization_id = $1 and id = $2
        """,
        organization_id,
        consent_id,
    )


async def insert_consent(
    db: Connection,
    organization_id: UUID,
    consent_id: UUID,
    person_id: UUID,
    recorded_by: UUID | None,
    given_at: dt.datetime,
    wording: str,
    wanted: ConsentCreate,
) -> GivenConsent:
    """The consent; no row where there is no such person."""
    return await fetch_one(
        db,
        GivenConsent,
        """
        insert into consent
          (organization_id, id, door_id, person_id, recorded_by, given_at, wording, purpose,
           channel, basis, wording_version, captured_how, expires_at)
        select $1, $2, h.door_id, p.id, $4, $5, $6, $7, $8, $9, $10, $11, $12
          from person p
          join household h on h.organization_id = p.organization_id and h.id = p.household_id
         where p.organization_id = $1 and p.id = $3 and p.erased_at is null
        returning id, person_id, purpose, channel, basis, wording, wording_version, captured_how,
                  recorded_by, given_at, expires_at, withdrawn_at, withdrawn_by, withdrawn_how
        """,
        organization_id,
        consent_id,
        person_id,
        recorded_by,
        given_at,
        wording,
        wanted.purpose,
        wanted.channel,
        wanted.basis,
        wanted.wording_version,
        wanted.captured_how,
        wanted.expires_at,
    )


async def withdraw_consents(
    db: Connection, organization_id: UUID, consent_id: UUID, withdrawn_by: UUID, how: How
) -> list[UUID]:
    """What is withdrawn with this one: all the person gave for its purpose and channel."""
    rows = await db.fetch(
        """
        update consent c
           set withdrawn_at = now(), withdrawn_by = $3, withdrawn_how = $4
          from consent chosen
         where chosen.organization_id = $1
           and chosen.id = $2
           and c.organization_id = $1
           and c.withdrawn_at is null
           and (c.id = chosen.id
             or c.person_id = chosen.person_id
             and c.purpose = chosen.purpose
             and (chosen.channel is null or c.channel = chosen.channel))
        returning c.id
        """,
        organization_id,
        consent_id,
        withdrawn_by,
        how,
    )
    return [row["id"] for row in rows]


async def standing_consents(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID], purpose: str, channel: str
) -> list[UUID]:
    """What allows a purpose by a channel; where any channel was allowed, that too."""
    rows = await db.fetch(
        """
        select id
          from consent
         where organization_id = $1
           and person_id = any($2)
           and purpose = $3
           and (channel is null or channel = $4)
           and withdrawn_at is null
        """,
        organization_id,
        person_ids,
        purpose,
        channel,
    )
    return [row["id"] for row in rows]


async def end_consents(
    db: Connection, organization_id: UUID, consent_ids: Sequence[UUID], how: How
) -> None:
    """Withdrawn by the person themself."""
    await db.execute(
        """
        update consent
           set withdrawn_at = now(), withdrawn_how = $3
         where organization_id = $1 and id = any($2)
        """,
        organization_id,
        consent_ids,
        how,
    )


async def consent_wordings(db: Connection, organization_id: UUID) -> list[ConsentWording]:
    return await fetch_all(
        db,
        ConsentWording,
        """
        select purpose, version, language, text, created_by, created_at
          from consent_wording
         where organization_id = $1
         order by purpose, version desc
        """,
        organization_id,
    )


async def consent_wording(
    db: Connection, organization_id: UUID, purpose: str, version: int
) -> ConsentWording | None:
    return await fetch_maybe(
        db,
        ConsentWording,
        """
        select purpose, version, language, text, created_by, created_at
          from consent_wording
         where organization_id = $1 and purpose = $2 and version = $3
        """,
        organization_id,
        purpose,
        version,
    )


async def insert_wording(
    db: Connection, organization_id: UUID, created_by: UUID, wanted: ConsentWordingCreate
) -> ConsentWording:
    """The next version; who adds one at the same instant waits for the organization's row."""
    return await fetch_one(
        db,
        ConsentWording,
        """
        with held as materialized (
          select id from organization where id = $1 for no key update
        )
        insert into consent_wording
          (organization_id, purpose, version, language, text, created_by)
        select held.id, $2,
               coalesce((
                 select max(w.version)
                   from consent_wording w
                  where w.organization_id = $1 and w.purpose = $2), 0) + 1,
               $3, $4, $5
          from held
        returning purpose, version, language, text, created_by, created_at
        """,
        organization_id,
        wanted.purpose,
        wanted.language,
        wanted.text,
        created_by,
    )
