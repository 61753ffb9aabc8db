"""Every statement about mailings, whom they are for, and what is known of them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one
from doorstep.mailings.model import (
    Candidate,
    Mailing,
    MailingCreate,
    MailingFigure,
    MailingLetter,
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of a segment, and why a letter may not go to them as far as the database knows."""

    person_id: UUID | None
    guest_id: UUID | None
    email: str | None
    refusal: str | None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What letters may say of somebody, "" where nothing is known."""

    person_id: UUID | None
    guest_id: UUID | None
    language: str | None
    name: str
    given_name: str
    salutation: str
    street: str
    raiser_id: UUID | None


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody raised, who listened if they may be named, and the newest word on it."""

    raiser_id: UUID
    topic: str
    open: bool
    listener: str | None
    reason: str | None
    reasoned_at: dt.datetime | None


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """The event of a mailing, and whose mailing it is."""

    organization: str
    title: str | None
    starts_at: dt.datetime | None
    time_zone: str | None


async def see_merged(db: Connection) -> None:
    """Let this transaction see who people who were merged are now."""
    await db.execute("select set_config('doorstep.sees_merged', 'yes', true)")


async def insert_mailing(
    db: Connection, organization_id: UUID, mailing_id: UUID, written_by: UUID, wanted: MailingCreate
) -> None:
    await db.execute(
        """
        insert into mailing
          (organization_id, id, written_by, title, template_id, template_version, purpose, segment,
           civic_event_id, sender, per_minute, once_per_address, send_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        organization_id,
        mailing_id,
        written_by,
        wanted.title,
        wanted.template_id,
        wanted.template_version,
        wanted.purpose,
        wanted.segment,
        wanted.civic_event_id,
        wanted.sender,
        wanted.per_minute,
        wanted.once_per_address,
        wanted.send_at,
    )


async def update_mailing(
    db: Connection, organization_id: UUID, mailing_id: UUID, written_by: UUID, wanted: MailingCreate
) -> None:
    """The next revision; what was looked at or agreed to was another."""
    await execute_one(
        db,
        """
        update mailing
           set written_by = $3, title = $4, template_id = $5, template_version = $6, purpose = $7,
               segment = $8, civic_event_id = $9, sender = $10, per_minute = $11,
               once_per_address = $12, send_at = $13, revision = revision + 1, approved_by = null,
               approved_at = null, recipients_count = null, left_out = '{}'
         where organization_id = $1 and id = $2
        """,
        organization_id,
        mailing_id,
        written_by,
        wanted.title,
        wanted.template_id,
        wanted.template_version,
        wanted.purpose,
        wanted.segment,
        wanted.civic_event_id,
        wanted.sender,
        wanted.per_minute,
        wanted.once_per_address,
        wanted.send_at,
    )


async def hold_mailing(db: Connection, organization_id: UUID, mailing_id: UUID) -> Mailing:
    """A mailing that nobody else moves until the transaction ends."""
    await execute_one(
        db,
        "select id from mailing where organization_id = $1 and id = $2 for update",
        organization_id,
        mailing_id,
    )
    return await mailing_by_id(db, organization_id, mailing_id)


async def mailing_by_id(db: Connection, organization_id: UUID, mailing_id: UUID) -> Mailing:
    return await fetch_one(
        db,
        Mailing,
        """
        select id, title, status, revision, template_id, template_version, purpose, segment,
               civic_event_id, sender, per_minute, once_per_address, send_at, written_by,
               created_at, previewed_at, approved_by, approved_at, recipients_count, left_out,
               stopped_by, stopped_at
          from mailing_standing
         where organization_id = $1 and id = $2
        """,
        organization_id,
        mailing_id,
    )


async def mailings(db: Connection, organization_id: UUID, limit: int, offset: int) -> list[Mailing]:
    """The newest first."""
    return await fetch_all(
        db,
        Mailing,
        """
        select id, title, status, revision, template_id, template_version, purpose, segment,
               civic_event_id, sender, per_minute, once_per_address, send_at, written_by,
               created_at, previewed_at, approved_by, approved_at, recipients_count, left_out,
               stopped_by, stopped_at
          from mailing_standing
         where organization_id = $1
         order by created_at desc, id desc
         limit $2 offset $3
        """,
        organization_id,
        limit,
        offset,
    )


async def mark_previewed(db: Connection, organization_id: UUID, mailing_id: UUID) -> None:
    await execute_one(
        db,
        """
        update mailing
           set previewed_revision = revision, previewed_at = now()
         where organization_id = $1 and id = $2
        """,
        organization_id,
        mailing_id,
    )


async def mark_approved(
    db: Connection,
    organization_id: UUID,
    mailing_id: UUID,
    approved_by: UUID,
    recipients_count: int,
    left_out: Mapping[str, int],
) -> None:
    await execute_one(
        db,
        """
        update mailing
           set approved_by = $3, approved_at = now(), recipients_count = $4, left_out = $5
         where organization_id = $1 and id = $2
        """,
        organization_id,
        mailing_id,
        approved_by,
        recipients_count,
        left_out,
    )


async def mark_stopped(
    db: Connection, organization_id: UUID, mailing_id: UUID, stopped_by: UUID
) -> None:
    await execute_one(
        db,
        """
        update mailing
           set stopped_by = $3, stopped_at = now()
         where organization_id = $1 and id = $2
        """,
        organization_id,
        mailing_id,
        stopped_by,
    )


async def found_in_segment(
    db: Connection,
    organization_id: UUID,
    purpose: str,
    person_ids: Sequence[UUID],
    guest_sources: Sequence[str] | None,
    event_id: UUID | None,
    event_states: Sequence[str],
) -> list[Found]:
    """Everybody once, people first; whoever calls sees those who were merged."""
    return await fetch_all(
        db,
        Found,
        """
        with guest_now as (
          -- Who is known to be a person is that person.
          select g.id, g.source, coalesce(p.merged_into, g.person_id) as person_id
            from guest g
            left join person p on p.organization_id = g.organization_id and p.id = g.person_id
           where g.organization_id = $1 and g.erased_at is null
        ),
        wanted as (
          select id as person_id, null::uuid as guest_id
            from unnest($3::uuid[]) as p (id)
           union
          select person_id, case when person_id is null then id end
            from guest_now
           where cardinality($4::text[]) = 0 or source = any($4)
           union
          select coalesce(p.merged_into, a.person_id, g.person_id),
                 case when g.person_id is null then g.id end
            from attendance a
            left join person p on p.organization_id = a.organization_id and p.id = a.person_id
            left join guest_now g on g.id = a.guest_id
           where a.organization_id = $1
             and a.event_id = $5
             and a.state = any($6::text[])
             and num_nonnulls(a.person_id, g.id) = 1
        )
        select w.person_id, w.guest_id, lower(coalesce(p.email, g.email)) as email,
               letter_refusal($1, w.person_id, w.guest_id, $2, now()) as refusal
          from wanted w
          left join person p on p.organization_id = $1 and p.id = w.person_id
          left join guest g on g.organization_id = $1 and g.id = w.guest_id
        order by w.guest_id nulls first, w.person_id
        """,
        organization_id,
        purpose,
        person_ids,
        guest_sources,
        event_id,
        event_states,
    )


async def names_of(db: Connection, organization_id: UUID, chosen: Sequence[Candidate]) -> list[str]:
    """Their names, in this order."""
    rows = await db.fetch(
        """
        select coalesce(g.name, trim(p.given_name || ' ' || p.family_name), '') as name
          from unnest($2::uuid[], $3::uuid[]) with ordinality w (person_id, guest_id, place)
          left join person p on p.organization_id = $1 and p.id = w.person_id
          left join guest g on g.organization_id = $1 and g.id = w.guest_id
         order by w.place
        """,
        organization_id,
        [one.person_id for one in chosen],
        [one.guest_id for one in chosen],
    )
    return [row["name"] for row in rows]


async def known_of(
    db: Connection, organization_id: UUID, chosen: Sequence[tuple[UUID | None, UUID | None]]
) -> list[Known]:
    """What letters may say of each (person, guest), in this order."""
    return await fetch_all(
        db,
        Known,
        """
        select w.person_id, w.guest_id, coalesce(g.language, p.language) as language,
               coalesce(g.name, trim(p.given_name || ' ' || p.family_name), '') as name,
               -- Of a guest's name the first word of several, unless it is a title.
               coalesce(nullif(p.given_name, ''), substring(g.name from '^([^ ]+[^. ]) '), '')
                 as given_name,
               coalesce(nullif(p.attributes ->> called.key, ''), g.name,
                        trim(p.given_name || ' ' || p.family_name), '') as salutation,
               coalesce(a.street, '') as street, coalesce(p.id, g.id) as raiser_id
          from unnest($2::uuid[], $3::uuid[]) with ordinality w (person_id, guest_id, place)
          left join guest g on g.organization_id = $1 and g.id = w.guest_id
          left join person link on link.organization_id = $1 and link.id = g.person_id
          left join person p
            on p.organization_id = $1
           and p.id = coalesce(w.person_id, link.merged_into, link.id)
          left join household h on h.organization_id = $1 and h.id = p.household_id
          left join door d on d.organization_id = $1 and d.id = h.door_id
          left join address a on a.organization_id = $1 and a.id = d.address_id
          left join attribute called
            on called.organization_id = $1 and called.key = 'salutation' and not called.sensitive
         order by w.place
        """,
        organization_id,
        [one[0] for one in chosen],
        [one[1] for one in chosen],
    )


async def raised_by(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> list[Raised]:
    """What these people and guests raised, the newest first."""
    return await fetch_all(
        db,
        Raised,
        """
        select raiser_id, topic, open, listener, reason, reasoned_at
          from raised_by
         where organization_id = $1 and raiser_id = any($2::uuid[])
         order by raised_at desc, id desc
        """,
        organization_id,
        ids,
    )


async def occasion(db: Connection, organization_id: UUID, event_id: UUID | None) -> Occasion:
    return await fetch_one(
        db,
        Occasion,
        """
        select o.name as organization, e.title, e.starts_at, e.time_zone
          from organization o
          left join event_seen e on e.organization_id = o.id and e.id = $2
         where o.id = $1
        """,
        organization_id,
        event_id,
    )


async def letters_count(db: Connection, organization_id: UUID, mailing_id: UUID) -> int:
    """How many letters of its revision there are, taken back or not."""
    return await db.fetchval(
        """
        select count(*)
          from letter l
          join mailing m on m.organization_id = l.organization_id and m.id = l.about
         where m.organization_id = $1
           and m.id = $2
           and l.key = 'mailing:' || m.id || ':' || m.revision
        """,
        organization_id,
        mailing_id,
    )


async def figures(db: Connection, organization_id: UUID, mailing_id: UUID) -> list[MailingFigure]:
    """How many letters of its revision are in each state, and why."""
    return await fetch_all(
        db,
        MailingFigure,
        """
        select l.state, l.why, count(*) as count
          from letter l
          join mailing m on m.organization_id = l.organization_id and m.id = l.about
         where m.organization_id = $1
           and m.id = $2
           and l.key = 'mailing:' || m.id || ':' || m.revision
         group by l.state, l.why
         order by l.state, l.why
        """,
        organization_id,
        mailing_id,
    )


async def letters_of(
    db: Connection,
    organization_id: UUID,
    mailing_id: UUID,
    state: str | None,
    why: str | None,
    limit: int,
    offset: int,
) -> list[MailingLetter]:
    """The letters behind a figure, those first that are due first."""
    return await fetch_all(
        db,
        MailingLetter,
        """
        select l.id, l.person_id, l.guest_id,
               coalesce(g.name, trim(p.given_name || ' ' || p.family_name), '') as name,
               l.state, l.why, l.due_at, l.sent_at
          from letter l
          join mailing m on m.organization_id = l.organization_id and m.id = l.about
          left join person p on p.organization_id = $1 and p.id = l.person_id
          left join guest g on g.organization_id = $1 and g.id = l.guest_id
         where m.organization_id = $1
           and m.id = $2
           and l.key = 'mailing:' || m.id || ':' || m.revision
           and ($3::text is null or l.state = $3)
           and ($4::text is null or l.why = $4)
         order by l.due_at, l.id
         limit $5 offset $6
        """,
        organization_id,
        mailing_id,
        state,
        why,
        limit,
        offset,
    )


async def member_to_try(
    db: Connection, organization_id: UUID, member_id: UUID
) -> tuple[str, str | None]:
    """Name and e-mail address of a member."""
    row = await db.fetchrow(
        "select name, email from member where organization_id = $1 and id = $2",
        organization_id,
        member_id,
    )
    return (row["name"], row["email"]) if row else ("", None)


async def bouncing_hashes(db: Connection, organization_id: UUID) -> set[bytes]:
    """Addresses from which letters come back."""
    rows = await db.fetch(
        "select hash from bouncing_address where organization_id = $1", organization_id
    )
    return {row["hash"] for row in rows}


async def suppressed_hashes(db: Connection, organization_id: UUID) -> set[bytes]:
    """Addresses to which nothing is sent, whoever they belong to."""
    rows = await db.fetch(
        """
        select hash
          from suppression
         where organization_id = $1
           and scope = 'contact'
           and kind = 'email'
           and cleared_at is null
        """,
        organization_id,
    )
    return {row["hash"] for row in rows}
