"""Crews for a shift, proposed as a job; what coordinators decide beforehand."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from doorstep.events.model import ShiftStatus
from doorstep.events.service import place_by_id, shift_by_id
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.jobs import Reached
from doorstep.staffing import queries
from doorstep.staffing.explaining import why
from doorstep.staffing.matching import Setting, match
from doorstep.staffing.model import (
    CrewProposal,
    CrewProposalWithCrews,
    CrewRule,
    CrewRuleCreate,
    ProposalCreate,
    ProposedCrew,
    RuleKind,
    WhoComes,
)
from doorstep.turf.service import pass_by_id
from doorstep.volunteers.service import profiles, ties

PROPOSED_FOR_S = 24 * 3600.0
AT_ONCE = 2
"""Proposals of one organization that run beside each other; each keeps a processor busy."""
MOST_PEOPLE, MOST_TURFS = 400, 300
PAIR = 2


async def add_rule(
    db: Connection, caller: Caller, shift_id: UUID, wanted: CrewRuleCreate
) -> CrewRule:
    """What a coordinator decides for a shift; proposals keep to it from now on.

    Raises
    ------
    NotFoundError
        If there is no such shift.
    RefusedError
        If it says nothing, or names people or a turf that are not there.
    ConflictError
        If another lock has one of them, or the turf.
    """
    await shift_by_id(db, caller.organization_id, shift_id)
    await _check_rule(db, caller.organization_id, wanted)
    if wanted.kind is RuleKind.LOCK:
        _check_free(wanted, await queries.rules(db, caller.organization_id, shift_id))
    return await queries.insert_rule(
        db,
        caller.organization_id,
        new_id(),
        shift_id,
        wanted.kind,
        wanted.member_ids,
        wanted.turf_id,
        caller.member_id,
    )


async def _check_rule(db: Connection, organization_id: UUID, wanted: CrewRuleCreate) -> None:
    who = set(wanted.member_ids)
    if len(who) < len(wanted.member_ids):
        message = "Somebody is named twice. Name each once."
        raise RefusedError(message, field="member_ids")
    if wanted.turf_id is None and (
        len(who) == 1 or (wanted.kind is RuleKind.LOCK and len(who) != PAIR)
    ):
        message = "Say which turf: without one, a rule is about two people."
        raise RefusedError(message, field="turf_id")
    if len(await queries.names_of(db, organization_id, list(who))) < len(who):
        message = "Each must be a member of the organization."
        raise RefusedError(message, field="member_ids")
    if wanted.turf_id and not await queries.turf_is_there(db, organization_id, wanted.turf_id):
        message = "There is no such turf. List the turfs of the pass."
        raise RefusedError(message, field="turf_id")


def _check_free(wanted: CrewRuleCreate, rules: Sequence[CrewRule]) -> None:
    for rule in rules:
        if rule.kind is not RuleKind.LOCK:
            continue
        if set(rule.member_ids) & set(wanted.member_ids):
            message = f"Somebody of these is in the lock {rule.id}. Take that away first."
            raise ConflictError(message, field="member_ids")
        if wanted.turf_id is not None and rule.turf_id == wanted.turf_id:
            message = f"This turf is in the lock {rule.id}. Take that away first."
            raise ConflictError(message, field="turf_id")


async def start(
    db: Connection, caller: Caller, shift_id: UUID, wanted: ProposalCreate
) -> CrewProposal:
    """A proposal that `ProposalJob` can work out.

    Raises
    ------
    NotFoundError
        If there is no such shift or pass.
    ConflictError
        If the shift is cancelled or closed, or too many proposals are running.
    """
    organization_id = caller.organization_id
    shift = await shift_by_id(db, organization_id, shift_id)
    if shift.status is not ShiftStatus.OPEN:
        message = f"This shift is {shift.status}. Crews go out from one that is open."
        raise ConflictError(message)
    await pass_by_id(db, organization_id, wanted.pass_id)
    await queries.forget_old_proposals(db, organization_id)
    if await queries.running_count(db, organization_id) >= AT_ONCE:
        message = f"{AT_ONCE} proposals are running already. Wait until one is done."
        raise ConflictError(message)
    proposal_id = new_id()
    await queries.insert_proposal(
        db, organization_id, proposal_id, shift_id, wanted, caller.member_id, PROPOSED_FOR_S
    )
    return await queries.proposal_by_id(db, organization_id, proposal_id)


class ProposalJob:
    """A proposal among the jobs of this process."""

    name = "crew proposal"
    stopped = "The server stopped meanwhile. Start it again."

    def __init__(
        self, pool: Pool, organization_id: UUID, proposal: CrewProposal, wanted: ProposalCreate
    ) -> None:
        self.pool, self.organization_id = pool, organization_id
        self._proposal, self._wanted = proposal, wanted

    async def look(self, db: Connection) -> None:
        """Raise NotFoundError while its row is not committed."""
        await queries.proposal_by_id(db, self.organization_id, self._proposal.id)

    async def hear(self, db: Connection, reached: Reached) -> bool:
        """Note that it is worked on; whether it shall go on."""
        return await queries.hear_of_proposal(db, self.organization_id, self._proposal.id)

    async def fail(self, db: Connection, state: str, why: str) -> None:
        """Note how it ended, and why."""
        await queries.fail_proposal(db, self.organization_id, self._proposal.id, state, why)

    async def do(self, reached: Reached) -> None:
        """Look up who and what there is, match them, keep what is proposed."""
        organization_id, proposal_id = self.organization_id, self._proposal.id
        async with organization_transaction(self.pool, organization_id) as db:
            setting = await gather(db, organization_id, self._proposal.shift_id, self._wanted)
        crews, found = await asyncio.to_thread(match, setting)
        async with organization_transaction(self.pool, organization_id) as db:
            await queries.put_proposed(db, organization_id, proposal_id, crews)
            await queries.end_proposal(db, organization_id, proposal_id, found)

    async def after(self) -> None:
        """Nothing follows: what is proposed waits for somebody to accept it."""


async def gather(
    db: Connection, organization_id: UUID, shift_id: UUID, wanted: ProposalCreate
) -> Setting:
    """Everything that crews of a shift are chosen from.

    Raises
    ------
    RefusedError
        If there are more people or turfs than one proposal takes.
    """
    shift = await shift_by_id(db, organization_id, shift_id)
    place = await place_by_id(db, organization_id, shift.place_id)
    present = wanted.who is WhoComes.PRESENT
    ids = await queries.who_comes(db, organization_id, shift_id, present)
    away = await queries.members_out(db, organization_id)
    ids = [one for one in ids if one not in away]
    turfs = await queries.free_turfs(db, organization_id, wanted.pass_id)
    if len(ids) > MOST_PEOPLE or len(turfs) > MOST_TURFS:
        message = (
            f"{len(ids)} people and {len(turfs)} turfs are more than one proposal takes, "
            f"{MOST_PEOPLE} and {MOST_TURFS}. Divide the shift, or take a smaller pass."
        )
        raise RefusedError(message)
    return Setting(
        shift=shift,
        staging=place.staging_point or place.point,
        people=await profiles(db, organization_id, ids),
        turfs=turfs,
        ties=await ties(db, organization_id, ids),
        rules=await queries.rules(db, organization_id, shift_id),
        luck=await queries.luck(db, organization_id, ids),
        wanted=wanted,
    )


async def proposal(
    db: Connection, organization_id: UUID, proposal_id: UUID
) -> CrewProposalWithCrews:
    """A proposal with its crews, and why each.

    Raises
    ------
    NotFoundError
        If there is none, or it was forgotten.
    """
    found = await queries.proposal_by_id(db, organization_id, proposal_id)
    stored = await queries.proposed_crews(db, organization_id, proposal_id)
    people = {one for crew in stored for one in crew.member_ids}
    drivers = {UUID(one) for crew in stored for one in crew.facts.rides.values()}
    names = await queries.names_of(db, organization_id, [*people | drivers])
    crews = [
        ProposedCrew(
            number=crew.number,
            turf_id=crew.turf_id,
            turf_name=crew.turf_name,
            member_ids=crew.member_ids,
            member_names=[names.get(one, "?") for one in crew.member_ids],
            locked=crew.locked,
            facts=crew.facts,
            why=why(crew.facts, names, locked=crew.locked),
        )
        for crew in stored
    ]
    return CrewProposalWithCrews(proposal=found, crews=crews)


async def cancel(db: Connection, organization_id: UUID, proposal_id: UUID) -> CrewProposal:
    """The proposal, asked to stop.

    Raises
    ------
    NotFoundError
        If there is none.
    ConflictError
        If it is not running.
    """
    found = await queries.proposal_by_id(db, organization_id, proposal_id)
    if found.state != "running" or not await queries.cancel_proposal(
        db, organization_id, proposal_id
    ):
        message = f"This proposal is {found.state} already. There is nothing to cancel."
        raise ConflictError(message)
    return found
