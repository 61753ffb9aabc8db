"""Every statement about guests."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.guests.model import Guest, GuestConsent, GuestEntry, Source
from doorstep.kit.db import Connection, columns, execute_one, fetch_all, fetch_one
from doorstep.people.rights_model import Purpose


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A purpose with the words somebody was asked in."""

    purpose: Purpose
    wording: str
    version: int | None


async def wordings(
    db: Connection, organization_id: UUID, purposes: Sequence[Purpose]
) -> list[Asked]:
    """The newest words of each purpose, where the organization has some."""
    return await fetch_all(
        db,
        Asked,
        """
        select distinct on (purpose) purpose, text as wording, version
          from consent_wording
         where organization_id = $1 and purpose = any($2)
         order by purpose, version desc
        """,
        organization_id,
        purposes,
    )


async def put_guest(
    db: Connection,
    organization_id: UUID,
    guest_id: UUID,
    name: str,
    email: str,
    source: Source,
    language: str | None,
) -> UUID:
    """The guest of the address: whoever has not confirmed it yet gets the newest name."""
    return await db.fetchval(
        """
        insert into guest (organization_id, id, name, email, source, language)
        values ($1, $2, $3, $4, $5, $6)
            on conflict (organization_id, lower(email)) where erased_at is null do update
           set name = case when guest.confirmed_at is null then excluded.name else guest.name end,
               language = coalesce(
                 case when guest.confirmed_at is null then excluded.language end, guest.language),
               seen_at = now()
        returning id
        """,
        organization_id,
        guest_id,
        name,
        email,
        source,
        language,
    )


async def insert_consents(
    db: Connection,
    organization_id: UUID,
    guest_id: UUID,
    asked: Sequence[tuple[UUID, Purpose, str, int | None]],
) -> int:
    """How many are new: (id, purpose, words, version); what holds or waits stays as it is."""
    done = await db.execute(
        """
        insert into guest_consent
          (organization_id, guest_id, id, purpose, wording, wording_version)
        select $1, $2, id, purpose, wording, version
          from unnest($3::uuid[], $4::text[], $5::text[], $6::integer[])
            as asked (id, purpose, wording, version)
         where not guest_consents_to($1, $2, purpose, now())
            on conflict do nothing
        """,
        organization_id,
        guest_id,
        *columns(asked, 4),
    )
    return int(done.rsplit(" ", 1)[1])


async def ask(db: Connection, organization_id: UUID, guest_id: UUID, *, anew: bool) -> None:
    """Let a letter ask them to confirm: one each 15 minutes, after five in vain one a day.

    Without ``anew`` it is the same as they were asked before, and is asked again only after that.
    """
    await db.execute(
        """
        update guest
           set asks_at = greatest(now(), asked_at + pause.pause)
          from (select case when asked_count < 5 then interval '15 minutes'
                       else interval '1 day' end as pause
                  from guest
                 where organization_id = $1 and id = $2) pause
         where organization_id = $1
           and id = $2
           and asks_at is null
           and ($3 or asked_at is null or asked_at < now() - pause.pause)
        """,
        organization_id,
        guest_id,
        anew,
    )


async def guest_by_id(db: Connection, organization_id: UUID, guest_id: UUID) -> Guest:
    return await fetch_one(
        db,
        Guest,
        """
        select id, name, email, language, confirmed_at, person_id
          from guest
         where organization_id = $1 and id = $2 and erased_at is null
        """,
        organization_id,
        guest_id,
    )


async def person_of(db: Connection, organization_id: UUID, guest_id: UUID) -> UUID | None:
    """Who a guest is on the lists, if an organizer said so."""
    return await db.fetchval(
        "select person_id from guest where organization_id = $1 and id = $2",
        organization_id,
        guest_id,
    )


async def guests_of_email(db: Connection, organization_id: UUID, email: str) -> list[Guest]:
    """One or none."""
    return await fetch_all(
        db,
        Guest,
        """
        select id, name, email, language, confirmed_at, person_id
          from guest
         where organization_id = $1 and lower(email) = lower($2) and erased_at is null
        """,
        organization_id,
        email,
    )


async def guests_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[Guest]:
    return await fetch_all(
        db,
        Guest,
        """
        select id, name, email, language, confirmed_at, person_id
          from guest
         where organization_id = $1 and person_id = any($2) and erased_at is null
         order by id
        """,
        organization_id,
        person_ids,
    )


async def consents_of_guest(
    db: Connection, organization_id: UUID, guest_id: UUID
) -> list[GuestConsent]:
    """The newest first."""
    return await fetch_all(
        db,
        GuestConsent,
        """
        select id, purpose, wording, given_at, confirmed_at, expires_at, withdrawn_at
          from guest_consent
         where organization_id = $1 and guest_id = $2
         order by given_at desc, id desc
        """,
        organization_id,
        guest_id,
    )


async def confirm_guest(db: Connection, organization_id: UUID, guest_id: UUID) -> None:
    await execute_one(
        db,
        """
        update guest
           set confirmed_at = coalesce(confirmed_at, now()), asks_at = null, asked_count = 0
         where organization_id = $1 and id = $2 and erased_at is null
        """,
        organization_id,
        guest_id,
    )


async def put_new_email(db: Connection, organization_id: UUID, guest_id: UUID, email: str) -> None:
    await execute_one(
        db,
        """
        update guest
           set new_email = $3
         where organization_id = $1 and id = $2 and erased_at is null
        """,
        organization_id,
        guest_id,
        email,
    )


async def new_email(db: Connection, organization_id: UUID, guest_id: UUID) -> str | None:
    return await db.fetchval(
        "select new_email from guest where organization_id = $1 and id = $2",
        organization_id,
        guest_id,
    )


async def take_new_email(db: Connection, organization_id: UUID, guest_id: UUID) -> None:
    await execute_one(
        db,
        """
        update guest
           set email = new_email, new_email = null, confirmed_at = now(), asked_count = 0
         where organization_id = $1 and id = $2 and new_email is not null
        """,
        organization_id,
        guest_id,
    )


async def put_name(
    db: Connection, organization_id: UUID, guest_id: UUID, name: str, language: str | None
) -> None:
    await execute_one(
        db,
        """
        update guest
           set name = $3, language = $4
         where organization_id = $1 and id = $2 and erased_at is null
        """,
        organization_id,
        guest_id,
        name,
        language,
    )


async def erase_guest(db: Connection, organization_id: UUID, guest_id: UUID) -> None:
    """An empty row stays: what they came to still counts. Triggers empty what points at it."""
    await execute_one(
        db,
        """
        update guest
           set name = '', email = null, new_email = null, language = null, person_id = null,
               asks_at = null, erased_at = coalesce(erased_at, now())
         where organization_id = $1 and id = $2
        """,
        organization_id,
        guest_id,
    )


async def confirm_consents(
    db: Connection, organization_id: UUID, guest_id: UUID, consent_ids: Sequence[UUID]
) -> None:
    """They count from now on, as long as the organization has it."""
    await db.execute(
        """
        update guest_consent c
           set confirmed_at = now(), expires_at = now() + make_interval(months => o.consent_months)
          from organization o
         where o.id = $1
           and c.organization_id = $1
           and c.guest_id = $2
           and c.id = any($3)
           and c.confirmed_at is null
           and c.withdrawn_at is null
        """,
        organization_id,
        guest_id,
        consent_ids,
    )


async def give_consent(
    db: Connection, organization_id: UUID, guest_id: UUID, consent_id: UUID, asked: Asked
) -> None:
    """One that counts at once: given on the guest's own page, which they reached by a letter."""
    await db.execute(
        """
        insert into guest_consent
          (organization_id, guest_id, id, purpose, wording, wording_version, confirmed_at,
           expires_at)
        select $1, $2, $3, $4, $5, $6, now(), now() + make_interval(months => o.consent_months)
          from organization o
         where o.id = $1 and not guest_consents_to($1, $2, $4, now())
        """,
        organization_id,
        guest_id,
        consent_id,
        asked.purpose,
        asked.wording,
        asked.version,
    )


async def withdraw_consents(
    db: Connection, organization_id: UUID, guest_id: UUID, purpose: Purpose
) -> None:
    await db.execute(
        """
        update guest_consent
           set withdrawn_at = now()
         where organization_id = $1 and guest_id = $2 and purpose = $3 and withdrawn_at is null
        """,
        organization_id,
        guest_id,
        purpose,
    )


async def guests(
    db: Connection,
    organization_id: UUID,
    guest_id: UUID | None,
    linked: bool | None,
    limit: int,
    offset: int,
) -> list[GuestEntry]:
    """The newest first."""
    return await fetch_all(
        db,
        GuestEntry,
        """
        with page as materialized (
          select *
            from guest
           where organization_id = $1
             and erased_at is null
             and ($2::uuid is null or id = $2)
             and ($3::boolean is null or (person_id is not null) = $3)
           order by created_at desc, id desc
           limit $4 offset $5
        ),
        likely as materialized (
          select g.id as guest_id, p.id as person_id, 0 as rank
            from page g
            join person p on p.organization_id = $1 and lower(p.email) = lower(g.email)
           where g.person_id is null and p.erased_at is null
           union all
          select g.id, p.id, 1
            from page g
            join person p on p.organization_id = $1
                         and lower(concat_ws(' ', p.given_name, p.family_name)) = lower(g.name)
           where g.person_id is null and p.erased_at is null
        )
        select g.id, g.name, g.email, g.language, g.source, g.created_at, g.confirmed_at,
               g.person_id,
               array(select distinct c.purpose
                       from guest_consent c
                      where c.organization_id = $1
                        and c.guest_id = g.id
                        and c.confirmed_at <= now()
                        and c.expires_at > now()
                        and c.withdrawn_at is null
                      order by c.purpose) as purposes,
               array(select l.person_id
                       from likely l
                      where l.guest_id = g.id
                      group by l.person_id
                      order by min(l.rank), l.person_id
                      limit 5) as suggested_person_ids
          from page g
         order by g.created_at desc, g.id desc
        """,
        organization_id,
        guest_id,
        linked,
        limit,
        offset,
    )


async def link_guest(
    db: Connection, organization_id: UUID, guest_id: UUID, person_id: UUID | None, linked_by: UUID
) -> None:
    await execute_one(
        db,
        """
        update guest
           set person_id = $3::uuid, linked_by = $4
         where organization_id = $1
           and id = $2
           and erased_at is null
           and ($3::uuid is null
             or exists (
               select from person p
                where p.organization_id = $1 and p.id = $3 and p.erased_at is null))
        """,
        organization_id,
        guest_id,
        person_id,
        linked_by,
    )


async def share_with_person(
    db: Connection, organization_id: UUID, guest_id: UUID, person_id: UUID, linked_by: UUID
) -> None:
    """What a guest allows and where they are reached, of the person they are from now on.

    A person who has another address is not allowed for by what was confirmed at this one.
    """
    await db.execute(
        """
        with reached as (
          update person p
             set email = g.email
            from guest g
           where p.organization_id = $1
             and p.id = $3
             and p.erased_at is null
             and coalesce(p.email, '') = ''
             and g.organization_id = $1
             and g.id = $2
             and g.confirmed_at is not null
          returning p.id
        )
        insert into consent
          (organization_id, id, door_id, person_id, recorded_by, given_at, expires_at, wording,
           wording_version, purpose, channel, basis, captured_how)
        select $1, gen_random_uuid(), h.door_id, p.id, $4, c.given_at, c.expires_at, c.wording,
               c.wording_version, c.purpose, 'email', 'explicit', 'web'
          from guest_consent c
          join guest g on g.organization_id = $1 and g.id = c.guest_id
          join person p on p.organization_id = $1 and p.id = $3 and p.erased_at is null
          join household h on h.organization_id = $1 and h.id = p.household_id
         where c.organization_id = $1
           and c.guest_id = $2
           and c.confirmed_at <= now()
           and c.expires_at > now()
           and c.withdrawn_at is null
           and (lower(p.email) = lower(g.email) or exists (select from reached))
           and not consents_to($1, p.id, c.purpose, 'email', now())
        """,
        organization_id,
        guest_id,
        person_id,
        linked_by,
    )


async def stale_guests(db: Connection, organization_id: UUID, days: int, limit: int) -> list[UUID]:
    """Who did not confirm and was not heard of for so long."""
    rows = await db.fetch(
        """
        select id
          from guest
         where organization_id = $1
           and confirmed_at is null
           and erased_at is null
           and person_id is null
           and seen_at < now() - make_interval(days => $2)
         order by seen_at
         limit $3
        """,
        organization_id,
        days,
        limit,
    )
    return [row["id"] for row in rows]


async def delete_guest(db: Connection, organization_id: UUID, guest_id: UUID) -> None:
    """Refused by a foreign key where something else is about them."""
    await db.execute(
        "delete from guest where organization_id = $1 and id = $2", organization_id, guest_id
    )


async def see_guest(db: Connection, organization_id: UUID, guest_id: UUID) -> None:
    await db.execute(
        "update guest set seen_at = now() where organization_id = $1 and id = $2",
        organization_id,
        guest_id,
    )


async def organizations(db: Connection) -> list[UUID]:
    """All of them; for the sign-in role."""
    rows = await db.fetch("select id from organization order by id")
    return [row["id"] for row in rows]
