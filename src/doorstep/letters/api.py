"""Routes of letters: how each stands, never what it says."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.kit.auth import ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.letters import queries, service
from doorstep.letters.model import (
    LetterCount,
    LetterEntry,
    LetterKind,
    LetterOutcome,
    LetterState,
)
from doorstep.letters.public_api import LetterLinkController

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]

OfKind = Annotated[LetterKind | None, QueryParameter(description="Only letters of this kind")]
OfState = Annotated[LetterState | None, QueryParameter(description="Only those that stand so")]
About = Annotated[
    UUID | None, QueryParameter(description="Only about this event, mailing, guest ...")
]


class LetterController(Controller):
    """Letters by e-mail to constituents."""

    path = "/letters"
    tags = ("letters",)

    @get(operation_id="listLetters", responses=problems(), **open_to(ORGANIZERS))
    async def list_letters(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        kind: OfKind = None,
        letter_state: OfState = None,
        about: About = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[LetterEntry]:
        """Letters and how they stand, the newest first."""
        return await queries.letters(
            db, caller.organization_id, None, kind, letter_state, about, limit, offset
        )

    @get("/counts", operation_id="countLetters", responses=problems(), **open_to(ORGANIZERS))
    async def count_letters(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        about: About = None,
    ) -> list[LetterCount]:
        """How many letters of each kind stand how, and why."""
        return await service.counts(db, caller.organization_id, about)

    @post(
        "/{letter_id:uuid}/outcome",
        operation_id="noteLetterOutcome",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def note_outcome(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        caller: NamedDependency[Caller],
        letter_id: FromPath[UUID],
        data: JSONBody[LetterOutcome],
    ) -> LetterEntry:
        """Note that a letter arrived, or that it came back: then no more is sent there."""
        return await service.note_outcome(db, keyring, caller, letter_id, data)


CONTROLLERS = (LetterController, LetterLinkController)
