"""Every statement about letters."""

import datetime as dt
from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, columns, execute_one, fetch_all, fetch_maybe
from doorstep.kit.errors import NotFoundError
from doorstep.letters.model import (
    Facts,
    LetterCount,
    LetterEntry,
    LetterKind,
    LetterState,
)
from doorstep.people.rights_model import Purpose

SETTLED_DAYS = 5
"""After so long, mail that did not come back has arrived: servers give up in four to five days
(RFC 5321, 4.5.4.1)."""
INTERRUPTED_MIN = 10


class Row(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A letter to be stored."""

    id: UUID
    kind: LetterKind
    about: UUID
    person_id: UUID | None
    guest_id: UUID | None
    key: str
    purpose: Purpose | None
    facts: str
    due_at: dt.datetime | None
    expires_at: dt.datetime | None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that is about to be sent, to whom, and why it may not be."""

    id: UUID
    kind: LetterKind
    about: UUID
    person_id: UUID | None
    guest_id: UUID | None
    purpose: Purpose | None
    facts: Facts
    attempts_count: int
    expired: bool
    refusal: str | None
    name: str
    email: str
    language: str | None


async def insert_letters(db: Connection, organization_id: UUID, rows: Sequence[Row]) -> int:
    """How many are new: those are left out that may not be sent now, and those of a known key.

    People go by who they are now, whatever id they were known by.
    """
    done = await db.execute(
        """
        insert into letter
          (organization_id, id, kind, about, person_id, guest_id, key, purpose, facts, due_at,
           expires_at)
        select $1, n.id, n.kind, n.about, m.person_id, n.guest_id, n.key, n.purpose,
               n.facts::jsonb, coalesce(n.due_at, now()), n.expires_at
          from unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[],
                      $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[])
            as n (id, kind, about, person_id, guest_id, key, purpose, facts, due_at, expires_at)
          left join people_meant($1, $5::uuid[]) m on m.id = n.person_id
         cross join letter_refusal($1, m.person_id, n.guest_id, n.purpose, now()) refusal
         where refusal is null
            on conflict do nothing
        """,
        organization_id,
        *columns([msgspec.structs.astuple(row) for row in rows], 10),
    )
    return int(done.rsplit(" ", 1)[1])


async def withdraw(
    db: Connection, organization_id: UUID, about: UUID, kinds: Collection[LetterKind]
) -> int:
    done = await db.execute(
        """
        update letter
           set state = 'suppressed', why = 'withdrawn', ended_at = now()
         where organization_id = $1
           and about = $2
           and state = 'queued'
           and (cardinality($3::text[]) = 0 or kind = any($3))
        """,
        organization_id,
        about,
        list(kinds),
    )
    return int(done.rsplit(" ", 1)[1])


async def organizations_with_work(db: Connection) -> list[UUID]:
    """Where letters wait or are on their way; for the worker's role."""
    rows = await db.fetch(
        """
        select distinct organization_id
          from letter
         where state in ('queued', 'sending', 'sent') and due_at <= now()
         union
        select distinct organization_id from guest where asks_at <= now()
        """
    )
    return [row["organization_id"] for row in rows]


async def queue_confirmations(db: Connection, organization_id: UUID) -> None:
    """A letter to each guest who is to be asked whether the address is theirs."""
    await db.execute(
        """
        with asked as (
          update guest
             set asks_at = null, asked_at = now(), asked_count = asked_count + 1
           where organization_id = $1 and asks_at <= now()
          returning id
        )
        insert into letter (organization_id, id, kind, about, guest_id, key, expires_at)
        select $1, gen_random_uuid(), 'confirm_email', id, id, 'confirm ' || now(),
               now() + interval '1 day'
          from asked
            on conflict do nothing
        """,
        organization_id,
    )


async def settle(db: Connection, organization_id: UUID) -> None:
    """Mail that did not come back has arrived; what was interrupted may have."""
    await db.execute(
        """
        update letter
           set state = case state when 'sent' then 'delivered' else 'unknown' end,
               why = case state when 'sending' then 'interrupted' end,
               ended_at = now()
         where organization_id = $1
           and (state = 'sent' and sent_at < now() - make_interval(days => $2)
             or state = 'sending' and tried_at < now() - make_interval(mins => $3))
        """,
        organization_id,
        SETTLED_DAYS,
        INTERRUPTED_MIN,
    )


async def claim(db: Connection, organization_id: UUID) -> Claimed | None:
    """The next letter, marked as being sent; what another worker looks at is left to it."""
    return await fetch_maybe(
        db,
        Claimed,
        """
        with next as (
          select id
            from letter
           where organization_id = $1 and state = 'queued' and due_at <= now()
           order by due_at, id
           limit 1
             for update skip locked
        ),
        claimed as (
          update letter l
             set state = 'sending', tried_at = now(), attempts_count = l.attempts_count + 1
            from next
           where l.organization_id = $1 and l.id = next.id
          returning l.*
        )
        select c.id, c.kind, c.about, m.person_id, c.guest_id, c.purpose, c.facts,
               c.attempts_count, coalesce(c.expires_at < now(), false) as expired,
               letter_refusal($1, m.person_id, c.guest_id, c.purpose, now()) as refusal,
               case when g.confirmed_at is not null then g.name
                    else concat_ws(' ', p.given_name, p.family_name) end as name,
               coalesce(case when c.facts ? 'new_email' then g.new_email else g.email end,
                 p.email, '') as email,
               coalesce(g.language, p.language) as language
          from claimed c
          left join people_meant($1, array[c.person_id]) m on m.id = c.person_id
          left join person p on p.organization_id = $1 and p.id = m.person_id
          left join guest g on g.organization_id = $1 and g.id = c.guest_id
        """,
        organization_id,
    )


async def put(
    db: Connection,
    organization_id: UUID,
    letter_id: UUID,
    state: LetterState,
    why: str | None,
    attempts_count: int,
    retry_s: float,
) -> None:
    await execute_one(
        db,
        """
        update letter
           set state = $3, why = $4, attempts_count = $5,
               due_at = case when $3 = 'queued' then now() + make_interval(secs => $6)
                        else due_at end,
               sent_at = case when $3 = 'sent' then now() else sent_at end,
               ended_at = case when $3 in ('delivered', 'failed', 'suppressed', 'unknown')
                          then now() end
         where organization_id = $1 and id = $2
        """,
        organization_id,
        letter_id,
        state,
        why,
        attempts_count,
        retry_s,
    )


async def is_guest(db: Connection, organization_id: UUID, recipient_id: UUID) -> bool:
    return await db.fetchval(
        "select exists (select from guest where organization_id = $1 and id = $2)",
        organization_id,
        recipient_id,
    )


async def address_of(db: Connection, organization_id: UUID, letter_id: UUID) -> str | None:
    """Where a letter went, as far as it is known still."""
    return await db.fetchval(
        """
        select coalesce(g.email, p.email)
          from letter l
          left join guest g on g.organization_id = $1 and g.id = l.guest_id
          left join person p on p.organization_id = $1 and p.id = l.person_id
         where l.organization_id = $1 and l.id = $2
        """,
        organization_id,
        letter_id,
    )


async def suppressed_or_bouncing(
    db: Connection, organization_id: UUID, digest: bytes
) -> str | None:
    """Whether an address is not to be used, or what is sent there comes back."""
    return await db.fetchval(
        """
        select case
                 when exists (
                   select from suppression
                    where organization_id = $1
                      and scope = 'contact'
                      and hash = $2
                      and cleared_at is null) then 'suppressed'
                 when exists (
                   select from bouncing_address where organization_id = $1 and hash = $2)
                   then 'bouncing' end
        """,
        organization_id,
        digest,
    )


async def insert_bouncing(db: Connection, organization_id: UUID, digest: bytes) -> None:
    await db.execute(
        """
        insert into bouncing_address (organization_id, hash)
        values ($1, $2)
            on conflict do nothing
        """,
        organization_id,
        digest,
    )


async def delete_bouncing(db: Connection, organization_id: UUID, digest: bytes) -> None:
    await db.execute(
        "delete from bouncing_address where organization_id = $1 and hash = $2",
        organization_id,
        digest,
    )


async def letter_by_id(db: Connection, organization_id: UUID, letter_id: UUID) -> LetterEntry:
    found = await letters(db, organization_id, letter_id, None, None, None, 1, 0)
    if not found:
        raise NotFoundError
    return found[0]


async def letters(
    db: Connection,
    organization_id: UUID,
    letter_id: UUID | None,
    kind: LetterKind | None,
    state: LetterState | None,
    about: UUID | None,
    limit: int,
    offset: int,
) -> list[LetterEntry]:
    """The newest first."""
    return await fetch_all(
        db,
        LetterEntry,
        """
        select id, kind, about, person_id, guest_id, purpose, state, why, attempts_count, due_at,
               created_at, sent_at, ended_at
          from letter
         where organization_id = $1
           and ($2::uuid is null or id = $2)
           and ($3::text is null or kind = $3)
           and ($4::text is null or state = $4)
           and ($5::uuid is null or about = $5)
         order by created_at desc, id desc
         limit $6 offset $7
        """,
        organization_id,
        letter_id,
        kind,
        state,
        about,
        limit,
        offset,
    )


async def counts(db: Connection, organization_id: UUID, about: UUID | None) -> list[LetterCount]:
    return await fetch_all(
        db,
        LetterCount,
        """
        select kind, state, why, count(*) as letters_count
          from letter
         where organization_id = $1 and ($2::uuid is null or about = $2)
         group by kind, state, why
         order by kind, state, why
        """,
        organization_id,
        about,
    )
