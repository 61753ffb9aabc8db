"""Routes of follow-up: topics, issues, cases, telling people, and what the dashboard shows."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, patch, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from doorstep.follow_up import (
    figures,
    issue_queries,
    queries,
    sending,
    service,
    telling,
    telling_queries,
)
from doorstep.follow_up.model import (
    Case,
    CaseCommitment,
    CaseMerge,
    CaseMove,
    CaseNoteCreate,
    CaseOwner,
    CaseStatus,
    CaseWhole,
    Figure,
    FigureName,
    FigureRow,
    IssueCreate,
    IssueTaken,
    MyIssue,
    Notice,
    NoticeOutcome,
    NoticeState,
    Queue,
    Revisit,
    SendRun,
    TellRun,
    TellRunCreate,
    Topic,
    TopicCreate,
    TopicPatch,
)
from doorstep.follow_up.raised_api import get_raised_page, post_raised_page
from doorstep.kit.auth import COORDINATORS, EVERYONE, ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
NO_STORE = CacheControlHeader(no_store=True)


class TopicController(Controller):
    """Topics of issues."""

    path = "/issue-topics"
    tags = ("follow-up",)

    @get(operation_id="listIssueTopics", responses=problems(), **open_to(EVERYONE))
    async def list_topics(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        archived: Annotated[bool, QueryParameter(description="Also those put away")] = False,
    ) -> list[Topic]:
        """What issues may be about, by name."""
        return await queries.topics(db, caller.organization_id, None, archived=archived)

    @post(
        operation_id="createIssueTopic",
        responses=problems(NotFoundError, RefusedError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def create_topic(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[TopicCreate],
    ) -> Topic:
        """Add a topic with the rule for its owner and its day."""
        return await service.create_topic(db, caller, data)

    @patch(
        "/{issue_topic_id:uuid}",
        operation_id="changeIssueTopic",
        responses=problems(NotFoundError, RefusedError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def change_topic(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        issue_topic_id: FromPath[UUID],
        data: JSONBody[TopicPatch],
    ) -> Topic:
        """Change a topic, or put it away; cases that are there stay as they are."""
        return await service.change_topic(db, caller, issue_topic_id, data)


class IssueController(Controller):
    """Issues as they are raised."""

    tags = ("follow-up",)
    cache_control = NO_STORE

    @post(
        "/issues",
        operation_id="raiseIssue",
        responses=problems(NotFoundError, RefusedError, ConflictError),
        **open_to(EVERYONE),
    )
    async def raise_issue(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[IssueCreate],
    ) -> IssueTaken:
        """Take in what somebody raised; it is a case with owner and day at once.

        Sent again it is taken once and answered the same, so that a phone may repeat it.
        """
        return await service.raise_issue(db, caller, data)

    @get("/me/issues", operation_id="listMyIssues", responses=problems(), **open_to(EVERYONE))
    async def list_my_issues(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[MyIssue]:
        """The issues the caller recorded, and whether those who raised them were told."""
        return await issue_queries.my_issues(
            db, caller.organization_id, caller.member_id, limit, offset
        )  # fmt: skip


class CaseController(Controller):
    """Cases; a caseworker sees their own and those without an owner."""

    path = "/cases"
    tags = ("follow-up",)
    cache_control = NO_STORE

    @get(operation_id="listCases", responses=problems(), **open_to(STAFF))
    async def list_cases(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        queue: Annotated[
            Queue | None,
            QueryParameter(description="Open cases that are the caller's, nobody's, or late"),
        ] = None,
        status: Annotated[CaseStatus | None, QueryParameter(description="Only these")] = None,
        issue_topic_id: Annotated[
            UUID | None, QueryParameter(description="Only about this")
        ] = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Case]:
        """Cases, what is due first comes first."""
        return await service.cases_seen(db, caller, queue, status, issue_topic_id, limit, offset)

    @get(
        "/{case_id:uuid}",
        operation_id="getCase",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def get_case(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        case_id: FromPath[UUID],
    ) -> CaseWhole:
        """A case with all that was raised, noted and done."""
        return await service.case_by_id(db, caller, case_id)

    @post(
        "/{case_id:uuid}/owner",
        operation_id="giveCase",
        responses=problems(NotFoundError, RefusedError),
        **open_to(STAFF),
    )
    async def give_case(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        case_id: FromPath[UUID],
        data: JSONBody[CaseOwner],
    ) -> CaseWhole:
        """Give a case to a member of staff, oneself for example, or set another day."""
        return await service.give_case(db, caller, case_id, data)

    @post(
        "/{case_id:uuid}/moves",
        operation_id="moveCase",
        responses=problems(NotFoundError, RefusedError),
        **open_to(STAFF),
    )
    async def move_case(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        case_id: FromPath[UUID],
        data: JSONBody[CaseMove],
    ) -> CaseWhole:
        """Move a case a step, with the reason; to resolve it, with the outcome."""
        return await service.move_case(db, caller, case_id, data)

    @post(
        "/{case_id:uuid}/merging",
        operation_id="mergeCases",
        responses=problems(NotFoundError, RefusedError),
        **open_to(STAFF),
    )
    async def merge_cases(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        case_id: FromPath[UUID],
        data: JSONBody[CaseMerge],
    ) -> CaseWhole:
        """Close a case as a duplicate; who raised it is told by the other, which is answered."""
        return await service.merge_cases(db, caller, case_id, data)

    @post(
        "/{case_id:uuid}/notes",
        operation_id="noteCase",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def note_case(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        case_id: FromPath[UUID],
        data: JSONBody[CaseNoteCreate],
    ) -> CaseWhole:
        """Note something for other staff; nobody else sees it."""
        return await service.note(db, caller, case_id, data.text)

    @post(
        "/{case_id:uuid}/commitment",
        operation_id="commitFromCase",
        responses=problems(NotFoundError, RefusedError),
        **open_to(STAFF),
    )
    async def commit_from_case(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        case_id: FromPath[UUID],
        data: JSONBody[CaseCommitment],
    ) -> CaseWhole:
        """Let a case lead to a commitment: one that is there, or a draft."""
        return await service.lead_to_commitment(db, caller, case_id, data)


class TellingController(Controller):
    """Telling people how their issues ended."""

    tags = ("follow-up",)
    cache_control = NO_STORE

    @post("/tell-runs", operation_id="tellRaisers", responses=problems(), **open_to(ORGANIZERS))
    async def tell_raisers(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[TellRunCreate],
    ) -> TellRun:
        """Queue a message to each who raised what is resolved, and a visit to all others."""
        return await telling.tell(
            db, caller.organization_id, caller.member_id, dry_run=data.dry_run
        )

    @post(
        "/case-notices/sending",
        operation_id="sendCaseNotices",
        responses=problems(),
        **open_to(ORGANIZERS),
    )
    async def send_notices(
        self,
        pool: NamedDependency[Pool],
        settings: NamedDependency[Settings],
        keyring: NamedDependency[Keyring],
        caller: NamedDependency[Caller],
    ) -> SendRun:
        """Send the messages that wait now, rather than within the next minute."""
        return await sending.send_notices(pool, settings, keyring, caller.organization_id)

    @get("/case-notices", operation_id="listCaseNotices", responses=problems(), **open_to(STAFF))
    async def list_notices(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        notice_state: Annotated[
            NoticeState | None, QueryParameter(description="Only these")
        ] = None,
        channel: Annotated[
            Literal["email", "phone"] | None,
            QueryParameter(description="By phone: whom to call"),
        ] = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Notice]:
        """Messages and calls to people about what became of their issues."""
        return await telling_queries.notices(
            db, caller.organization_id, None, notice_state, channel, limit, offset
        )

    @post(
        "/case-notices/{case_notice_id:uuid}/outcome",
        operation_id="noteCaseNotice",
        status_code=200,
        responses=problems(NotFoundError, ConflictError),
        **open_to(STAFF),
    )
    async def note_notice(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        case_notice_id: FromPath[UUID],
        data: JSONBody[NoticeOutcome],
    ) -> Notice:
        """Note that a message arrived or somebody was called, or that it came back."""
        return await telling.note_outcome(db, caller, case_notice_id, data)

    @get("/revisits", operation_id="listRevisits", responses=problems(), **open_to(STAFF))
    async def list_revisits(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        done: Annotated[bool, QueryParameter(description="Also those that were made")] = False,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Revisit]:
        """Doors to go back to, the longest waiting first."""
        return await telling_queries.revisits(
            db, caller.organization_id, limit, offset, done=done
        )  # fmt: skip


class FigureController(Controller):
    """Figures of follow-up and transparency."""

    path = "/follow-up/figures"
    tags = ("follow-up",)
    cache_control = NO_STORE

    @get(operation_id="getFollowUpFigures", responses=problems(), **open_to(COORDINATORS))
    async def get_figures(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[Figure]:
        """How far people were told, how long it takes, and which promises are kept."""
        return await figures.figures(db, caller.organization_id, dt.datetime.now(dt.UTC))

    @get("/rows", operation_id="listFollowUpRows", responses=problems(), **open_to(COORDINATORS))
    async def list_rows(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        figure: FromQuery[FigureName] = FigureName.RAISERS_TOLD,
        counted: Annotated[bool, QueryParameter(description="Only those that count")] = False,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[FigureRow]:
        """What is behind a figure: exactly as many rows as it says."""
        return await figures.rows(
            db,
            caller.organization_id,
            figure,
            dt.datetime.now(dt.UTC),
            limit,
            offset,
            only_counted=counted,
        )


CONTROLLERS = (
    TopicController,
    IssueController,
    CaseController,
    TellingController,
    FigureController,
    get_raised_page,
    post_raised_page,
)
