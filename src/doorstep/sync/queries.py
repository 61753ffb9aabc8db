"""Every statement of the feed."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from doorstep.kit.auth import Snapshot
from doorstep.kit.db import Connection, fetch_all, fetch_maybe
from doorstep.people.model import WalkPerson
from doorstep.sync.cursors import Cursor
from doorstep.sync.model import SyncDoor, SyncEvent, SyncMember, SyncSignup

AS_OF_NOW = Snapshot("select from number_waiting()", "select from begin_sync()")
"""A snapshot in which everything that was committed before it is numbered.

Numbers are given in a transaction of its own: to what is committed when the counter is held, and
the snapshot that is read afterwards must hold them.
"""


async def see_everyone(db: Connection) -> None:
    """Lift the policy that hides people: each statement here asks by itself what is held.

    It would ask again for every single person, and hides those that a phone must drop.
    """
    await db.execute("select set_config('doorstep.sees_people', 'all', true)")


class Scope(msgspec.Struct, frozen=True):
    """A turf that the member holds, or lost since."""

    turf_id: UUID
    held: bool
    gained_seq: int
    lost_seq: int
    doors_count: int
    """0 where nothing of that is new."""


class FeedRow(msgspec.Struct, frozen=True):
    """A thing that changed."""

    scope_id: UUID
    kind: str
    thing_id: UUID
    seq: int
    weight: int


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to tell a member."""

    epoch: int
    seq: int
    """How far changes are numbered."""
    since: int | None
    """After which of them any are told; None where the cursor means nothing here."""
    scopes: list[Scope]
    """The turfs held now, and those lost since."""
    rows: list[FeedRow]
    """What changed within those held, the oldest first."""


async def news(
    db: Connection, organization_id: UUID, member_id: UUID, cursor: Cursor, limit: int
) -> News:
    """What changed since a cursor: so many things at most, and all scopes."""
    row = await db.fetchrow(
        """
        with top as (
          select epoch, seq,
                 case when $3::bigint = 0 and $4::bigint = 0 or epoch = $3 and $4 <= seq then $4 end
                   as since,
                 -- Worked out here: where it is compared, the planner does not take `coalesce` for
                 -- leakproof, and would read all that ever changed in a turf before it compares.
                 case when epoch = $3 and $4 <= seq then $4 else 0 end as after
            from change_counter
           where organization_id = $1
        ),
        held as (
          select a.turf_id
            from assignment a
            join turf t on t.organization_id = a.organization_id and t.id = a.turf_id
           where a.organization_id = $1
             and a.member_id = $2
             and a.ended_at is null
             and a.expires_at > now()
             and t.status = 'published'
        ),
        told as (
          select turf_id,
                 coalesce(max(seq) filter (where kind = 'gained'), 1) as gained_seq,
                 coalesce(max(seq) filter (where kind = 'lost'), 0) as lost_seq
            from scope_change
           where organization_id = $1 and member_id = $2
           group by turf_id
        ),
        scope as (
          select turf_id, held.turf_id is not null as held, coalesce(gained_seq, 1) as gained_seq,
                 coalesce(lost_seq, 0) as lost_seq,
                 -- Counted where the turf is told whole: every pull asks, hardly any is.
                 case when greatest(coalesce(gained_seq, 1), lost_seq) > after then (
                   select count(*) from turf_door td
                    where td.organization_id = $1
                      and td.turf_id = coalesce(held.turf_id, told.turf_id))
                 else 0 end as doors_count
            from held
            full join told using (turf_id)
           cross join top
           where held.turf_id is not null or lost_seq > after
        ),
        entry as (
          -- Scope by scope: a plan for organizations of common size would read all of a large one.
          select f.scope_id, f.kind, f.thing_id, f.seq
            from unnest(array(select turf_id from held) || $2::uuid) as of_scope
           cross join lateral (
             select scope_id, kind, thing_id, seq
               from feed
              where organization_id = $1
                and scope_id = of_scope
                and seq > (select after from top)
              order by seq
              limit $5) f
           order by f.seq
           limit $5
        )
        select epoch, seq, since,
               -- Of nothing new nothing is looked up.
               case when since is distinct from seq then array(
                 select (turf_id, held, gained_seq, lost_seq, doors_count)
                   from scope order by turf_id) end as scopes,
               case when since is distinct from seq then array(
                 select (scope_id, kind, thing_id, seq,
                         -- Looked up one by one: joined, all batches there are would be read.
                         coalesce((select b.events_count
                                     from event_batch b
                                    where b.organization_id = $1
                                      and b.id = entry.thing_id
                                      and entry.kind = 'batch'), 1))
                   from entry order by seq) end as rows
          from top
        """,
        organization_id,
        member_id,
        *cursor,
        limit,
    )
    assert row is not None  # noqa: S101 - every organization has a counter
    return News(
        epoch=row["epoch"],
        seq=row["seq"],
        since=row["since"],
        scopes=[Scope(*scope) for scope in row["scopes"] or ()],
        rows=[FeedRow(*entry) for entry in row["rows"] or ()],
    )


async def things_of_turfs(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID]
) -> list[tuple[str, UUID]]:
    """What phones have, or had, of turfs beside the turf itself: kind and id."""
    rows = await db.fetch(
        """
        select 'door' as kind, door_id as id
          from turf_door
         where organization_id = $1 and turf_id = any($2)
         union
        select kind, thing_id
          from feed
         where organization_id = $1 and scope_id = any($2) and kind in ('door', 'person', 'script')
         union
        select 'script', p.script_id
          from turf t
          join pass p on p.organization_id = t.organization_id and p.id = t.pass_id
         where t.organization_id = $1 and t.id = any($2) and p.script_id is not null
        """,
        organization_id,
        turf_ids,
    )
    return [(row["kind"], row["id"]) for row in rows]


class TurfRow(msgspec.Struct, frozen=True, kw_only=True):
    """A held turf as stored: its outline in well-known binary."""

    id: UUID
    pass_id: UUID
    campaign_id: UUID
    name: str
    walk_m: float
    polygon: bytes
    script_id: UUID | None
    attribution: str
    expires_at: dt.datetime


async def held_turfs(
    db: Connection, organization_id: UUID, member_id: UUID, turf_ids: Sequence[UUID]
) -> list[TurfRow]:
    return await fetch_all(
        db,
        TurfRow,
        """
        select t.id, t.pass_id, p.campaign_id, t.name, t.walk_m, t.polygon, p.script_id,
               coalesce(m.attribution, '') as attribution, a.expires_at
          from assignment a
          join turf t on t.organization_id = a.organization_id and t.id = a.turf_id
          join pass p on p.organization_id = t.organization_id and p.id = t.pass_id
          left join map_source m on m.organization_id = p.organization_id
                                and m.campaign_id = p.campaign_id
         where a.organization_id = $1
           and a.member_id = $2
           and a.turf_id = any($3)
           and a.ended_at is null
         order by t.id
        """,
        organization_id,
        member_id,
        turf_ids,
    )


async def held_doors(
    db: Connection,
    organization_id: UUID,
    held: Sequence[UUID],
    door_ids: Sequence[UUID],
    batch_ids: Sequence[UUID],
) -> list[SyncDoor]:
    """Those of the doors that are in held turfs, in the turf cut last.

    Beside the doors given, those whose state batches may have changed.
    """
    return await fetch_all(
        db,
        SyncDoor,
        """
        with told as materialized (
          -- Batch by batch, for the same reason as in `news`.
          select e.door_id, e.building_id
            from unnest($4::uuid[]) as of_batch
           cross join lateral (
             select door_id, building_id
               from contact_event
              where organization_id = $1 and batch_id = of_batch
             offset 0) e
        ),
        wanted as (
          select unnest($3::uuid[]) as door_id
           union
          select door_id from told where door_id is not null
           union
          select d.id
            from told
            join address a on a.organization_id = $1 and a.building_id = told.building_id
            join door d on d.organization_id = a.organization_id and d.address_id = a.id
        ),
        held as (
          select distinct on (td.door_id) td.door_id, td.turf_id, td.pass_id, td.position
            from turf_door td
           where td.organization_id = $1
             and td.turf_id = any($2)
             and td.door_id = any(array(select door_id from wanted))
             and td.live
           order by td.door_id, td.turf_id desc
        )
        select d.id, a.building_id, a.street, a.house_number, d.unit, d.floor, a.postcode, a.city,
               a.lon, a.lat, d.note, b.access_note,
               exists (
                 select from do_not_contact n
                  where n.organization_id = d.organization_id
                    and n.door_id = d.id
                    and n.person_id is null
                    and n.cleared_at is null) as do_not_contact,
               coalesce(s.status, 'open') as status,
               coalesce(s.attempts_count, 0) as attempts_count, s.last_result,
               s.last_attempt_at, past.past, held.turf_id, held.position
          from held
          join door d on d.organization_id = $1 and d.id = held.door_id
          join address a on a.organization_id = d.organization_id and a.id = d.address_id
          join building b on b.organization_id = a.organization_id and b.id = a.building_id
          left join door_state s on s.organization_id = d.organization_id
                                and s.pass_id = held.pass_id and s.door_id = d.id
         cross join lateral (
           select coalesce(jsonb_agg(jsonb_build_object(
                    'pass_name', p.name, 'last_result', o.last_result,
                    'last_attempt_at', o.last_attempt_at,
                    'attempts_count', o.attempts_count) order by p.created_at desc, p.id),
                    '[]') as past
             from pass p
             join door_state o on o.organization_id = p.organization_id and o.pass_id = p.id
                              and o.door_id = d.id
            where p.organization_id = $1 and p.id <> held.pass_id) past
         order by held.turf_id, held.position
        """,
        organization_id,
        held,
        door_ids,
        batch_ids,
    )


async def people_of_doors(
    db: Connection, organization_id: UUID, door_ids: Sequence[UUID]
) -> list[UUID]:
    """Everyone behind doors, also whom nobody may contact."""
    rows = await db.fetch(
        """
        select p.id
          from household h
          join person p on p.organization_id = h.organization_id and p.household_id = h.id
         where h.organization_id = $1 and h.door_id = any($2)
        """,
        organization_id,
        door_ids,
    )
    return [row["id"] for row in rows]


async def held_people(
    db: Connection, organization_id: UUID, held: Sequence[UUID], person_ids: Sequence[UUID]
) -> list[WalkPerson]:
    """Those of the people who live behind doors of held turfs and may be contacted."""
    return await fetch_all(
        db,
        WalkPerson,
        """
        select p.id, p.household_id, h.door_id, p.given_name, p.family_name, p.language
          from person p
          join household h on h.organization_id = p.organization_id and h.id = p.household_id
         where p.organization_id = $1
           and p.id = any($3)
           and p.erased_at is null
           and p.merged_into is null
           and exists (
             select from turf_door td
              where td.organization_id = $1
                and td.door_id = h.door_id
                and td.turf_id = any($2)
                and td.live)
           and not exists (
             select from do_not_contact n
              where n.organization_id = $1
                and n.cleared_at is null
                and (n.person_id = p.id or (n.person_id is null and n.door_id = h.door_id)))
         order by h.door_id, p.household_id, p.given_name, p.id
        """,
        organization_id,
        held,
        person_ids,
    )


class ToldEvent(SyncEvent, frozen=True, kw_only=True):
    """An event of the member's, and whether its door is held."""

    held: bool


async def own_events(
    db: Connection,
    organization_id: UUID,
    member_id: UUID,
    held: Sequence[UUID],
    door_ids: Sequence[UUID],
    batch_ids: Sequence[UUID],
) -> list[ToldEvent]:
    """What the member told of doors, or in batches."""
    return await fetch_all(
        db,
        ToldEvent,
        """
        with told as materialized (
          -- One by one, as in `held_doors`.
          select e.id
            from unnest($4::uuid[]) as of_door
           cross join lateral (
             select id
               from contact_event
              where organization_id = $1 and door_id = of_door
             offset 0) e
           union
          select e.id
            from unnest($5::uuid[]) as of_batch
           cross join lateral (
             select id
               from contact_event
              where organization_id = $1 and batch_id = of_batch
             offset 0) e
        )
        select e.id, e.kind, e.turf_id, e.door_id, e.person_id, e.target_id,
               e.payload ->> 'result' as result, e.payload ->> 'question' as question,
               e.payload ->> 'text' as text, e.recorded_at as occurred_at, e.status,
               case when e.status <> 'accepted' then e.review_reason end as reason,
               coalesce(td.held, false) as held
          from told
         cross join lateral (
           select * from contact_event where organization_id = $1 and id = told.id offset 0) e
          -- Joined, and not asked for by `exists`: for that all doors of all turfs are read at each
          -- pull, as soon as the planner expects some dozen events.
          left join lateral (
            select true as held
              from turf_door
             where organization_id = e.organization_id
               and door_id = e.door_id
               and pass_id = e.pass_id
               and turf_id = any($3)
               and live
             limit 1) td on true
         where e.member_id = $2 and e.door_id is not null
         order by e.id
        """,
        organization_id,
        member_id,
        held,
        door_ids,
        batch_ids,
    )


async def member_by_id(db: Connection, organization_id: UUID, member_id: UUID) -> SyncMember | None:
    return await fetch_maybe(
        db,
        SyncMember,
        "select id, name, locale from member where organization_id = $1 and id = $2",
        organization_id,
        member_id,
    )


async def own_signups(
    db: Connection, organization_id: UUID, member_id: UUID, signup_ids: Sequence[UUID]
) -> list[SyncSignup]:
    """Those of the sign-ups that are live, and not long over."""
    return await fetch_all(
        db,
        SyncSignup,
        """
        select g.id, g.shift_id, g.role, g.state, g.held_until, e.title, e.kind, s.starts_at,
               s.ends_at, e.time_zone, s.status as shift_status, p.name as place_name, p.address,
               coalesce(p.staging_lon, p.lon) as lon, coalesce(p.staging_lat, p.lat) as lat,
               p.staging_note
          from signup g
          join shift s on s.organization_id = g.organization_id and s.id = g.shift_id
          join civic_event e on e.organization_id = s.organization_id and e.id = s.event_id
          join place p on p.organization_id = s.organization_id
                      and p.id = coalesce(s.place_id, e.place_id)
         where g.organization_id = $1
           and g.member_id = $2
           and g.id = any($3)
           and g.state <> 'cancelled'
           and s.ends_at > now() - interval '30 days'
         order by s.starts_at, g.id
        """,
        organization_id,
        member_id,
        signup_ids,
    )


async def note_refusals(
    db: Connection, organization_id: UUID, device_id: UUID, first_seq: int, ids: Sequence[str]
) -> None:
    """Have a device drop ids that cannot be stored."""
    await db.execute(
        """
        insert into sync_refusal (organization_id, device_id, record_id, seq)
        select $1, $2, record_id, $3 + place - 1
          from unnest($4::text[]) with ordinality as refused (record_id, place)
            on conflict (organization_id, device_id, record_id) do update
           set seq = excluded.seq
        """,
        organization_id,
        device_id,
        first_seq,
        ids,
    )


async def refusals(db: Connection, organization_id: UUID, device_id: UUID, since: int) -> list[str]:
    rows: list[Any] = await db.fetch(
        """
        select record_id
          from sync_refusal
         where organization_id = $1 and device_id = $2 and seq > $3
         order by seq
        """,
        organization_id,
        device_id,
        since,
    )
    return [row["record_id"] for row in rows]


async def mark_of_changes(db: Connection, organization_id: UUID) -> str:
    """Another text whenever something changed, numbered or not."""
    return await db.fetchval(
        """
        select concat_ws('/', c.epoch, c.seq, (
                 select max(id) from feed_pending where organization_id = $1))
          from change_counter c
         where c.organization_id = $1
        """,
        organization_id,
    )


async def events_by_id(
    db: Connection, organization_id: UUID, member_id: UUID, event_ids: Sequence[UUID]
) -> list[SyncEvent]:
    """Events that the member told at a door."""
    return await fetch_all(
        db,
        SyncEvent,
        """
        select id, kind, turf_id, door_id, person_id, target_id, payload ->> 'result' as result,
               payload ->> 'question' as question, payload ->> 'text' as text,
               recorded_at as occurred_at, status,
               case when status <> 'accepted' then review_reason end as reason
          from contact_event
         where organization_id = $1
           and member_id = $2
           and id = any($3)
           and door_id is not null
        """,
        organization_id,
        member_id,
        event_ids,
    )
