"""Statements about proposals, crews and what forecasts learn from."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one
from doorstep.staffing.model import (
    Crew,
    CrewFacts,
    CrewProposal,
    CrewRule,
    ProposalCreate,
    ProposalFound,
    RuleKind,
)


class FreeTurf(msgspec.Struct, frozen=True, kw_only=True):
    """A turf that can be given out."""

    id: UUID
    name: str
    lon: float
    lat: float
    doors_count: int
    doors_left: int
    minutes: float
    walk_m: float
    stairs: bool


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """A place that somebody had or has in a shift."""

    signup_id: UUID
    member_id: UUID
    member_name: str
    shift_id: UUID
    kind: str
    lead_days: float
    confirmed: bool
    came: bool


class StoredCrew(msgspec.Struct, frozen=True, kw_only=True):
    """A crew as a proposal holds it."""

    number: int
    turf_id: UUID
    turf_name: str
    member_ids: list[UUID]
    locked: bool
    goodness: float
    facts: CrewFacts


async def insert_rule(
    db: Connection,
    organization_id: UUID,
    rule_id: UUID,
    shift_id: UUID,
    kind: RuleKind,
    member_ids: Sequence[UUID],
    turf_id: UUID | None,
    set_by: UUID,
) -> CrewRule:
    return await fetch_one(
        db,
        CrewRule,
        """
        insert into crew_rule (organization_id, id, shift_id, kind, member_ids, turf_id, set_by)
        values ($1, $2, $3, $4, $5, $6, $7)
        returning id, shift_id, kind, member_ids, turf_id, set_by, set_at
        """,
        organization_id,
        rule_id,
        shift_id,
        kind.value,
        member_ids,
        turf_id,
        set_by,
    )


async def rules(db: Connection, organization_id: UUID, shift_id: UUID) -> list[CrewRule]:
    """What was decided for a shift, in the order in which it was."""
    return await fetch_all(
        db,
        CrewRule,
        """
        select id, shift_id, kind, member_ids, turf_id, set_by, set_at
          from crew_rule
         where organization_id = $1 and shift_id = $2
         order by set_at, id
        """,
        organization_id,
        shift_id,
    )


async def delete_rule(db: Connection, organization_id: UUID, rule_id: UUID) -> None:
    await execute_one(
        db, "delete from crew_rule where organization_id = $1 and id = $2", organization_id, rule_id
    )


async def turf_is_there(db: Connection, organization_id: UUID, turf_id: UUID) -> bool:
    return await db.fetchval(
        "select exists (select from turf where organization_id = $1 and id = $2)",
        organization_id,
        turf_id,
    )


async def insert_proposal(
    db: Connection,
    organization_id: UUID,
    proposal_id: UUID,
    shift_id: UUID,
    wanted: ProposalCreate,
    made_by: UUID,
    life_s: float,
) -> None:
    await db.execute(
        """
        insert into crew_proposal
               (organization_id, id, shift_id, pass_id, wanted, made_by, expires_at)
        values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
        """,
        organization_id,
        proposal_id,
        shift_id,
        wanted.pass_id,
        msgspec.to_builtins(wanted),
        made_by,
        life_s,
    )


async def proposal_by_id(db: Connection, organization_id: UUID, proposal_id: UUID) -> CrewProposal:
    return await fetch_one(
        db,
        CrewProposal,
        """
        select id, shift_id, pass_id,
               case when state = 'running' and heard_at < now() - interval '1 minute'
                 then 'failed' else state end as state,
               case when state = 'running' and heard_at < now() - interval '1 minute'
                 then 'The server stopped meanwhile. Start it again.' else failure end as failure,
               made_by, made_at, ended_at, expires_at, found
          from crew_proposal
         where organization_id = $1 and id = $2 and expires_at > now()
        """,
        organization_id,
        proposal_id,
    )


async def lock_proposal(db: Connection, organization_id: UUID, proposal_id: UUID) -> CrewProposal:
    """The proposal, held: it is accepted once."""
    return await fetch_one(
        db,
        CrewProposal,
        """
        select id, shift_id, pass_id, state, failure, made_by, made_at, ended_at, expires_at, found
          from crew_proposal
         where organization_id = $1 and id = $2 and expires_at > now()
           for no key update
        """,
        organization_id,
        proposal_id,
    )


async def running_count(db: Connection, organization_id: UUID) -> int:
    return await db.fetchval(
        """
        select count(*)
          from crew_proposal
         where organization_id = $1
           and state = 'running'
           and heard_at > now() - interval '1 minute'
        """,
        organization_id,
    )


async def forget_old_proposals(db: Connection, organization_id: UUID) -> None:
    await db.execute(
        "delete from crew_proposal where organization_id = $1 and expires_at <= now()",
        organization_id,
    )


async def hear_of_proposal(db: Connection, organization_id: UUID, proposal_id: UUID) -> bool:
    """Note that it is still worked on; whether it shall go on."""
    return bool(
        await db.fetchval(
            """
            update crew_proposal
               set heard_at = clock_timestamp()
             where organization_id = $1 and id = $2
            returning cancel_requested_at is null
            """,
            organization_id,
            proposal_id,
        )
    )


async def cancel_proposal(db: Connection, organization_id: UUID, proposal_id: UUID) -> bool:
    """Ask it to stop; False if it is not running."""
    done = await db.execute(
        """
        update crew_proposal
           set cancel_requested_at = coalesce(cancel_requested_at, now())
         where organization_id = $1 and id = $2 and state = 'running'
        """,
        organization_id,
        proposal_id,
    )
    return done != "UPDATE 0"


async def fail_proposal(
    db: Connection, organization_id: UUID, proposal_id: UUID, state: str, failure: str
) -> None:
    await db.execute(
        """
        update crew_proposal
           set state = $3, failure = $4, ended_at = clock_timestamp()
         where organization_id = $1 and id = $2 and state = 'running'
        """,
        organization_id,
        proposal_id,
        state,
        failure,
    )


async def end_proposal(
    db: Connection, organization_id: UUID, proposal_id: UUID, found: ProposalFound
) -> None:
    await execute_one(
        db,
        """
        update crew_proposal
           set state = 'done', found = $3, ended_at = clock_timestamp()
         where organization_id = $1 and id = $2 and state = 'running'
        """,
        organization_id,
        proposal_id,
        msgspec.to_builtins(found),
    )


async def mark_accepted(db: Connection, organization_id: UUID, proposal_id: UUID) -> None:
    await execute_one(
        db,
        """
        update crew_proposal
           set state = 'accepted'
         where organization_id = $1 and id = $2 and state = 'done'
        """,
        organization_id,
        proposal_id,
    )


async def put_proposed(
    db: Connection, organization_id: UUID, proposal_id: UUID, crews: Sequence[StoredCrew]
) -> None:
    await db.executemany(
        """
        insert into proposed_crew
               (organization_id, proposal_id, number, turf_id, member_ids, locked, goodness, facts)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        [
            (
                organization_id, proposal_id, one.number, one.turf_id, one.member_ids, one.locked,
                one.goodness, msgspec.to_builtins(one.facts),
            )
            for one in crews
        ],
    )  # fmt: skip


async def proposed_crews(
    db: Connection, organization_id: UUID, proposal_id: UUID
) -> list[StoredCrew]:
    return await fetch_all(
        db,
        StoredCrew,
        """
        select c.number, c.turf_id, t.name as turf_name, c.member_ids, c.locked, c.goodness,
               c.facts
          from proposed_crew c
          join turf t on t.organization_id = c.organization_id and t.id = c.turf_id
         where c.organization_id = $1 and c.proposal_id = $2
         order by c.number
        """,
        organization_id,
        proposal_id,
    )


async def names_of(
    db: Connection, organization_id: UUID, member_ids: Sequence[UUID]
) -> dict[UUID, str]:
    rows = await db.fetch(
        "select id, name from member where organization_id = $1 and id = any($2::uuid[])",
        organization_id,
        member_ids,
    )
    return {row["id"]: row["name"] for row in rows}


async def free_turfs(db: Connection, organization_id: UUID, pass_id: UUID) -> list[FreeTurf]:
    """Published turfs of a pass that nobody holds and that have doors left, by name.

    Of one walked in part, time and way are those of the doors that are left. A floor counts as
    upstairs unless it is written as the ground: who cannot climb is not sent to find out.
    """
    return await fetch_all(
        db,
        FreeTurf,
        """
        select t.id, t.name, avg(a.lon) as lon, avg(a.lat) as lat, count(*) as doors_count,
               count(*) filter (where not coalesce(s.done, false)) as doors_left,
               t.minutes * count(*) filter (where not coalesce(s.done, false)) / count(*)
                 as minutes,
               t.walk_m * count(*) filter (where not coalesce(s.done, false)) / count(*) as walk_m,
               bool_or(lower(d.floor) not in ('', '0', 'g', 'gf', 'eg', 'ground', 'rdc'))
                 as stairs
          from turf t
          join turf_door td on td.organization_id = t.organization_id and td.turf_id = t.id
          join door d on d.organization_id = td.organization_id and d.id = td.door_id
          join address a on a.organization_id = d.organization_id and a.id = d.address_id
          left join door_state s on s.organization_id = td.organization_id
                                and s.pass_id = td.pass_id and s.door_id = td.door_id
         where t.organization_id = $1
           and t.pass_id = $2
           and t.status = 'published'
           and not exists (
             select from assignment h
              where h.organization_id = t.organization_id and h.turf_id = t.id
                and h.ended_at is null and h.expires_at > now())
         group by t.organization_id, t.id
        having count(*) filter (where not coalesce(s.done, false)) > 0
         order by t.name, t.id
        """,
        organization_id,
        pass_id,
    )


async def enter(db: Connection, organization_id: UUID) -> None:
    """Wait until nobody else sends crews out, so that nobody goes with two."""
    await db.execute(
        "select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 20))", organization_id
    )


async def members_out(db: Connection, organization_id: UUID) -> set[UUID]:
    """Who is out with a crew that is not back."""
    rows = await db.fetch(
        """
        select m.member_id
          from crew c
          join crew_member m on m.organization_id = c.organization_id and m.crew_id = c.id
         where c.organization_id = $1 and c.returned_at is null
           and c.due_at > now() - interval '12 hours'
           and not exists (
             select from signup g
              where g.organization_id = c.organization_id and g.shift_id = c.shift_id
                and g.member_id = m.member_id and g.state = 'attended' and g.left_at is not null)
        """,
        organization_id,
    )
    return {row["member_id"] for row in rows}


async def who_comes(
    db: Connection, organization_id: UUID, shift_id: UUID, present: bool
) -> list[UUID]:
    """Members of a shift: those who are here, or those who have a place; in order of sign-up."""
    rows = await db.fetch(
        """
        select member_id
          from signup
         where organization_id = $1
           and shift_id = $2
           and state in ('booked', 'confirmed', 'attended')
           and (not $3 or checked_in_at is not null)
           and left_at is null
         order by position, id
        """,
        organization_id,
        shift_id,
        present,
    )
    return [row["member_id"] for row in rows]


async def luck(
    db: Connection, organization_id: UUID, member_ids: Sequence[UUID]
) -> dict[UUID, float]:
    """How good the last five turfs of each were, from -1 to 1; who had none is missing."""
    rows = await db.fetch(
        """
        select of.id, avg(l.goodness) as luck
          from unnest($2::uuid[]) of (id)
         cross join lateral (
           select c.goodness
             from crew_member m
             join crew c on c.organization_id = m.organization_id and c.id = m.crew_id
            where m.organization_id = $1 and m.member_id = of.id
            order by c.sent_at desc
            limit 5) l
         group by of.id
        """,
        organization_id,
        member_ids,
    )
    return {row["id"]: row["luck"] for row in rows}


async def insert_crew(
    db: Connection,
    organization_id: UUID,
    crew_id: UUID,
    shift_id: UUID,
    crew: StoredCrew,
    sent_by: UUID,
    due_at: dt.datetime,
    rides: Sequence[UUID | None],
) -> None:
    """A crew with its members, in the order of ``rides``."""
    await db.execute(
        """
        with sent as (
          insert into crew
                 (organization_id, id, shift_id, turf_id, locked, goodness, facts, sent_by, due_at)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        )
        insert into crew_member (organization_id, crew_id, member_id, rides_with)
        select $1, $2, m.id, m.ride from unnest($10::uuid[], $11::uuid[]) m (id, ride)
        """,
        organization_id,
        crew_id,
        shift_id,
        crew.turf_id,
        crew.locked,
        crew.goodness,
        msgspec.to_builtins(crew.facts),
        sent_by,
        due_at,
        crew.member_ids,
        rides,
    )


async def crews(db: Connection, organization_id: UUID, shift_id: UUID) -> list[Crew]:
    """The crews of a shift, as they were sent out."""
    return await fetch_all(
        db,
        Crew,
        """
        select c.id, c.shift_id, c.turf_id, t.name as turf_name, m.members, c.locked, c.sent_by,
               c.sent_at, c.due_at, c.returned_at
          from crew c
          join turf t on t.organization_id = c.organization_id and t.id = c.turf_id
         cross join lateral (
           select jsonb_agg(jsonb_build_object('member_id', p.id, 'name', p.name,
                    'rides_with', m.rides_with) order by p.name, p.id) as members
             from crew_member m
             join member p on p.organization_id = m.organization_id and p.id = m.member_id
            where m.organization_id = c.organization_id and m.crew_id = c.id) m
         where c.organization_id = $1 and c.shift_id = $2
         order by c.sent_at, t.name, c.id
        """,
        organization_id,
        shift_id,
    )


async def hold_crew(db: Connection, organization_id: UUID, crew_id: UUID) -> Crew:
    """A crew, held, so that it comes back once."""
    return await fetch_one(
        db,
        Crew,
        """
        select c.id, c.shift_id, c.turf_id, t.name as turf_name, m.members, c.locked, c.sent_by,
               c.sent_at, c.due_at, c.returned_at
          from crew c
          join turf t on t.organization_id = c.organization_id and t.id = c.turf_id
         cross join lateral (
           select jsonb_agg(jsonb_build_object('member_id', p.id, 'name', p.name,
                    'rides_with', m.rides_with) order by p.name, p.id) as members
             from crew_member m
             join member p on p.organization_id = m.organization_id and p.id = m.member_id
            where m.organization_id = c.organization_id and m.crew_id = c.id) m
         where c.organization_id = $1 and c.id = $2
           for no key update of c
        """,
        organization_id,
        crew_id,
    )


async def holders_of(db: Connection, organization_id: UUID, turf_id: UUID) -> list[UUID]:
    """Who holds a turf now."""
    rows = await db.fetch(
        """
        select member_id
          from assignment
         where organization_id = $1 and turf_id = $2 and ended_at is null and expires_at > now()
        """,
        organization_id,
        turf_id,
    )
    return [row["member_id"] for row in rows]


async def return_crew(
    db: Connection, organization_id: UUID, crew_id: UUID, returned_by: UUID
) -> None:
    await execute_one(
        db,
        """
        update crew
           set returned_at = now(), returned_by = $3
         where organization_id = $1 and id = $2 and returned_at is null
        """,
        organization_id,
        crew_id,
        returned_by,
    )


async def past_bookings(db: Connection, organization_id: UUID, most: int) -> list[Booked]:
    """Places that were taken in shifts closed since, the latest first; walk-ins had none."""
    return await fetch_all(
        db,
        Booked,
        """
        select g.id as signup_id, g.member_id, '' as member_name, s.id as shift_id, e.kind,
               extract(epoch from s.starts_at - g.signed_up_at)::float8 / 86400 as lead_days,
               coalesce(g.confirmed_at < s.starts_at, false) as confirmed,
               g.state = 'attended' as came
          from shift s
          join civic_event e on e.organization_id = s.organization_id and e.id = s.event_id
          join signup g on g.organization_id = s.organization_id and g.shift_id = s.id
         where s.organization_id = $1
           and s.status = 'closed'
           and g.state in ('attended', 'no_show')
           and g.check_in_how is distinct from 'walk_in'
         order by s.starts_at desc, g.id
         limit $2
        """,
        organization_id,
        most,
    )


async def bookings_of(db: Connection, organization_id: UUID, shift_id: UUID) -> list[Booked]:
    """Who has a place in a shift, or had one before it was closed."""
    return await fetch_all(
        db,
        Booked,
        """
        select g.id as signup_id, g.member_id, m.name as member_name, s.id as shift_id, e.kind,
               extract(epoch from s.starts_at - g.signed_up_at)::float8 / 86400 as lead_days,
               coalesce(g.confirmed_at < s.starts_at, false) as confirmed,
               g.state = 'attended' as came
          from shift s
          join civic_event e on e.organization_id = s.organization_id and e.id = s.event_id
          join signup g on g.organization_id = s.organization_id and g.shift_id = s.id
          join member m on m.organization_id = g.organization_id and m.id = g.member_id
         where s.organization_id = $1
           and s.id = $2
           and g.state in ('booked', 'confirmed', 'attended', 'no_show')
           and g.check_in_how is distinct from 'walk_in'
         order by g.position, g.id
        """,
        organization_id,
        shift_id,
    )
