"""Routes of members: surveys on the web and at events, statements, and publishing cases."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from doorstep.accounts.auditing import audit_apart
from doorstep.kit.auth import EVERYONE, ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.listening import publishing, queries, service, statement_queries, statements
from doorstep.listening.model import (
    CasePublication,
    CasePublish,
    InvitationCreate,
    Invitations,
    ResponseCreate,
    ResponseTaken,
    Statement,
    StatementCreate,
    StatementDecision,
    StatementStatus,
    StatementTopic,
    StatementTopicCreate,
    StatementTopicPatch,
    WebSurvey,
    WebSurveyCreate,
    WebSurveyPatch,
    WebSurveyResults,
)
from doorstep.settings import Settings

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
Number = Annotated[int, PathParameter(ge=1, le=1_000_000, description="Number of the statement")]
NO_STORE = CacheControlHeader(no_store=True)
CSV = "text/csv"


class WebSurveyController(Controller):
    """Surveys on the web and at events."""

    path = "/web-surveys"
    tags = ("listening",)
    cache_control = NO_STORE

    @get(operation_id="listWebSurveys", responses=problems(), **open_to(EVERYONE))
    async def list_web_surveys(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[WebSurvey]:
        """Surveys that are or were open to everybody, the newest first."""
        return await queries.web_surveys(db, caller.organization_id, None, None, limit, offset)

    @post(
        operation_id="publishWebSurvey",
        responses=problems(NotFoundError, RefusedError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def publish_web_survey(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[WebSurveyCreate],
    ) -> WebSurvey:
        """Let a version of a script be answered on the web and at events."""
        return await service.publish(db, caller, data)

    @get(
        "/{web_survey_id:uuid}",
        operation_id="getWebSurvey",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_web_survey(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        web_survey_id: FromPath[UUID],
    ) -> WebSurvey:
        """One survey; its questions are those of its script's version."""
        return await queries.web_survey_by(db, caller.organization_id, survey_id=web_survey_id)

    @patch(
        "/{web_survey_id:uuid}",
        operation_id="changeWebSurvey",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def change_web_survey(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        web_survey_id: FromPath[UUID],
        data: JSONBody[WebSurveyPatch],
    ) -> WebSurvey:
        """Change its title, its thanks or its hours; with a day gone by it is closed."""
        return await service.change(db, caller, web_survey_id, data)

    @post(
        "/{web_survey_id:uuid}/invitations",
        operation_id="inviteToWebSurvey",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def invite_to_web_survey(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        caller: NamedDependency[Caller],
        web_survey_id: FromPath[UUID],
        data: JSONBody[InvitationCreate],
    ) -> Invitations:
        """Make links that are good for one sitting each; hand every one to one person."""
        return await service.invite(
            db, keyring, caller, settings.public_url, web_survey_id, data.count
        )

    @post(
        "/{web_survey_id:uuid}/answers",
        operation_id="recordWebSurveyAnswers",
        responses=problems(NotFoundError, RefusedError, ConflictError),
        **open_to(EVERYONE),
    )
    async def record_answers(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        web_survey_id: FromPath[UUID],
        data: JSONBody[ResponseCreate],
    ) -> ResponseTaken:
        """Take in what somebody answered at an event; a phone may send it again."""
        return await service.take_at_event(db, caller, web_survey_id, data)

    @get(
        "/{web_survey_id:uuid}/results",
        operation_id="getWebSurveyResults",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def get_results(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        web_survey_id: FromPath[UUID],
    ) -> WebSurveyResults:
        """What was answered to its script at doors, on the web and at events, and in all."""
        return await service.results(db, caller.organization_id, web_survey_id)

    @get(
        "/{web_survey_id:uuid}/answers.csv",
        operation_id="downloadWebSurveyAnswers",
        media_type=CSV,
        responses={
            200: ResponseSpec(
                data_container=str,
                description="Every answer",
                media_type=CSV,  # pyright: ignore[reportArgumentType]
                generate_examples=False,
            ),
            **problems(NotFoundError),
        },
        **open_to(ORGANIZERS),
    )
    async def download_answers(
        self,
        db: NamedDependency[Connection],
        pool: NamedDependency[Pool],
        caller: NamedDependency[Caller],
        web_survey_id: FromPath[UUID],
    ) -> Response[str]:
        """Every answer to its script as CSV, without names; that it was taken is noted."""
        organization_id = caller.organization_id
        text = await service.answers_csv(db, organization_id, web_survey_id)
        await audit_apart(
            pool, organization_id, caller.member_id, "web_survey.exported", [web_survey_id]
        )
        headers = {"content-disposition": 'attachment; filename="answers.csv"'}
        return Response(text, media_type=CSV, headers=headers)


class StatementController(Controller):
    """Topics on which people vote on each other's statements."""

    path = "/statement-topics"
    tags = ("listening",)
    cache_control = NO_STORE

    @get(operation_id="listStatementTopics", responses=problems(), **open_to(STAFF))
    async def list_topics(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[StatementTopic]:
        """Topics, the newest first."""
        return await statement_queries.topics(db, caller.organization_id, None, None, limit, offset)

    @post(
        operation_id="createStatementTopic",
        responses=problems(RefusedError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def create_topic(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[StatementTopicCreate],
    ) -> StatementTopic:
        """Ask a question on which people vote and write."""
        return await statements.create_topic(db, caller, data)

    @patch(
        "/{statement_topic_id:uuid}",
        operation_id="changeStatementTopic",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def change_topic(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        statement_topic_id: FromPath[UUID],
        data: JSONBody[StatementTopicPatch],
    ) -> StatementTopic:
        """End the voting at an hour, or let it go on."""
        return await statements.change_topic(db, caller, statement_topic_id, data)

    @get(
        "/{statement_topic_id:uuid}/statements",
        operation_id="listStatements",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def list_statements(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        statement_topic_id: FromPath[UUID],
        statement_status: Annotated[
            StatementStatus | None, QueryParameter(description="`proposed`: nobody looked yet")
        ] = None,
    ) -> list[Statement]:
        """The statements of a topic with their votes, in the order they came."""
        return await statements.of_topic(
            db, caller.organization_id, statement_topic_id, statement_status
        )

    @post(
        "/{statement_topic_id:uuid}/statements",
        operation_id="addStatement",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def add_statement(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        statement_topic_id: FromPath[UUID],
        data: JSONBody[StatementCreate],
    ) -> Statement:
        """Add a statement that shows at once."""
        return await statements.add(db, caller, statement_topic_id, data.text)

    @post(
        "/{statement_topic_id:uuid}/statements/{number:int}/decision",
        operation_id="decideStatement",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def decide_statement(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        statement_topic_id: FromPath[UUID],
        number: Number,
        data: JSONBody[StatementDecision],
    ) -> Statement:
        """Show what a visitor wrote, or refuse it; also later."""
        return await statements.decide(db, caller, statement_topic_id, number, data.status)


class CasePublicationController(Controller):
    """What everybody may read of a case."""

    path = "/cases/{case_id:uuid}/publication"
    tags = ("listening",)
    cache_control = NO_STORE

    @post(
        operation_id="publishCase",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def publish_case(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        case_id: FromPath[UUID],
        data: JSONBody[CasePublish],
    ) -> CasePublication:
        """Let everybody read how a case stands, in these words; sent again, in others."""
        return await publishing.publish(db, caller, case_id, data)

    @delete(
        operation_id="withdrawCase",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def withdraw_case(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        case_id: FromPath[UUID],
    ) -> None:
        """Take a case back from the public; its address is as good as none from then on."""
        await publishing.withdraw(db, caller, case_id)


CONTROLLERS = (WebSurveyController, StatementController, CasePublicationController)
