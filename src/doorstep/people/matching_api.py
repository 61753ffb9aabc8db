"""Routes of matching: who may stand on the list twice, and people added at the door."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.accounts.auditing import audit_apart
from doorstep.kit.auth import EVERYONE, ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.people import matching, merging
from doorstep.people.matching_model import (
    Match,
    MatchDetail,
    MatchKind,
    MatchSearch,
    MatchStatus,
    MergeRequest,
    PersonCreate,
)
from doorstep.people.model import Person

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]


class MatchController(Controller):
    """Pairs of people who may be one, and people added at the door."""

    path = "/matches"
    tags = ("matching",)

    @get(operation_id="listMatches", responses=problems(), **open_to(ORGANIZERS))
    async def list_matches(
        self,
        db: NamedDependency[Connection],
        pool: NamedDependency[Pool],
        caller: NamedDependency[Caller],
        status: Annotated[MatchStatus, QueryParameter(description="What was decided")] = (
            MatchStatus.OPEN
        ),
        kind: Annotated[
            MatchKind | None, QueryParameter(description="Where the question comes from")
        ] = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Match]:
        """Who may be one person, the likeliest first; those that wait for a decision.

        Who was shown to whom is noted in the audit log.
        """
        organization_id = caller.organization_id
        found = await matching.matches(db, organization_id, status, kind, limit, offset)
        shown = {one.id for match in found for one in (match.person, match.other_person) if one}
        await audit_apart(pool, organization_id, caller.member_id, "people.listed", sorted(shown))
        return found

    @post(
        "/search",
        operation_id="findDuplicates",
        status_code=200,
        responses=problems(RefusedError),
        **open_to(ORGANIZERS),
    )
    async def find_duplicates(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> MatchSearch:
        """Compare everyone with everyone like them, of at most 250,000 people."""
        return await matching.find_duplicates_soon(db, caller.organization_id)

    @get(
        "/{match_id:uuid}",
        operation_id="getMatch",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def get_match(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        match_id: FromPath[UUID],
    ) -> MatchDetail:
        """One match with everyone whom its person may be, and why."""
        return await matching.match_detail(db, caller.organization_id, match_id)

    @post(
        "/{match_id:uuid}/merge",
        operation_id="mergePeople",
        status_code=200,
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def merge_people(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        match_id: FromPath[UUID],
        data: JSONBody[MergeRequest],
    ) -> Match:
        """Decide that the two are one; one is kept, nothing is lost, and it can be taken back."""
        return await merging.merge(db, caller, match_id, data)

    @post(
        "/{match_id:uuid}/apart",
        operation_id="keepPeopleApart",
        status_code=200,
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def keep_people_apart(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        match_id: FromPath[UUID],
    ) -> Match:
        """Decide that the two are two, or that somebody added at the door is new."""
        return await merging.keep_apart(db, caller, match_id)

    @post(
        "/{match_id:uuid}/unmerge",
        operation_id="unmergePeople",
        status_code=200,
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def unmerge_people(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        match_id: FromPath[UUID],
    ) -> Match:
        """Take a merge back: both people are there again, each with what was theirs."""
        return await merging.unmerge(db, caller, match_id)


@post(
    "/doors/{door_id:uuid}/people",
    operation_id="addPerson",
    tags=["matching"],
    responses=problems(NotFoundError, ConflictError, RefusedError),
    **open_to(EVERYONE),
)
async def add_person(
    db: NamedDependency[Connection],
    caller: NamedDependency[Caller],
    keyring: NamedDependency[Keyring],
    door_id: FromPath[UUID],
    data: JSONBody[PersonCreate],
) -> Person:
    """Add somebody met at a door; volunteers add them where they hold turf."""
    key = keyring.suppression_key(caller.organization_id)
    return await matching.add_person(db, key, caller, door_id, data)


CONTROLLERS = (MatchController, add_person)
