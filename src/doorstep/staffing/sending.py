"""Crews sent out and taken back in, with their turfs."""

import datetime as dt
from math import ceil
from uuid import UUID

from doorstep.events.model import ShiftStatus
from doorstep.events.service import shift_by_id
from doorstep.kit.auth import COORDINATORS, Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError
from doorstep.kit.ids import new_id
from doorstep.staffing import queries
from doorstep.staffing.model import Crew
from doorstep.staffing.queries import StoredCrew
from doorstep.turf import service as turfs
from doorstep.turf.model import Assign

GRACE = dt.timedelta(minutes=15)
"""After the end of the shift, before a crew that is not back is overdue."""
SYNCS_FOR = dt.timedelta(hours=2)
"""After that, how long phones still hold the turf, to bring home what they have."""
MOST_HOURS = 24 * 30


async def accept(db: Connection, caller: Caller, proposal_id: UUID) -> list[Crew]:
    """Send out what is proposed: every crew gets its turf, or nobody does.

    Raises
    ------
    NotFoundError
        If there is no such proposal, or it was forgotten.
    ConflictError
        If it is not done, or people or turfs are not free any more.
    """
    organization_id = caller.organization_id
    await queries.enter(db, organization_id)
    proposal = await queries.lock_proposal(db, organization_id, proposal_id)
    if proposal.state != "done":
        message = f"This proposal is {proposal.state}. Only one that is done is accepted, and once."
        raise ConflictError(message)
    shift = await shift_by_id(db, organization_id, proposal.shift_id)
    if shift.status is not ShiftStatus.OPEN:
        message = f"This shift is {shift.status}. Crews go out from one that is open."
        raise ConflictError(message)
    crews = await queries.proposed_crews(db, organization_id, proposal_id)
    await _check_there(db, organization_id, shift.id, crews)
    now = dt.datetime.now(dt.UTC)
    due_at = max(shift.ends_at, now) + GRACE
    hours = min(ceil((due_at + SYNCS_FOR - now) / dt.timedelta(hours=1)), MOST_HOURS)
    # In one order always, so that two who accept at once do not wait for each other.
    for crew in sorted(crews, key=lambda one: one.turf_id):
        wanted = Assign(member_ids=crew.member_ids, hours=hours)
        await turfs.assign(db, caller, crew.turf_id, wanted)
        rides = [crew.facts.rides.get(str(one)) for one in crew.member_ids]
        await queries.insert_crew(
            db,
            organization_id,
            new_id(),
            shift.id,
            crew,
            caller.member_id,
            due_at,
            [UUID(ride) if ride else None for ride in rides],
        )
    await queries.mark_accepted(db, organization_id, proposal_id)
    return await queries.crews(db, organization_id, shift.id)


async def _check_there(
    db: Connection, organization_id: UUID, shift_id: UUID, crews: list[StoredCrew]
) -> None:
    wanted = {one for crew in crews for one in crew.member_ids}
    there = set(await queries.who_comes(db, organization_id, shift_id, present=False))
    there -= await queries.members_out(db, organization_id)
    if missing := wanted - there:
        message = (
            f"{len(missing)} of these people left the shift meanwhile, or are out already. "
            "Propose again."
        )
        raise ConflictError(message)


async def bring_back(db: Connection, caller: Caller, crew_id: UUID) -> Crew:
    """A crew that is back: it holds its turf no more. Said again, it changes nothing.

    Raises
    ------
    NotFoundError
        If there is no such crew, or a volunteer is not in it.
    """
    organization_id = caller.organization_id
    crew = await queries.hold_crew(db, organization_id, crew_id)
    members = {one.member_id for one in crew.members}
    if caller.member_id not in members and not caller.is_one_of(COORDINATORS):
        raise NotFoundError
    if crew.returned_at is None:
        holders = await queries.holders_of(db, organization_id, crew.turf_id)
        for member_id in sorted(members.intersection(holders)):
            await turfs.take_back(db, caller, crew.turf_id, member_id, "handed_back")
        await queries.return_crew(db, organization_id, crew_id, caller.member_id)
    return await queries.hold_crew(db, organization_id, crew_id)
