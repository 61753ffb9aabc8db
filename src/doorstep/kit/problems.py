"""Every failure as ``application/problem+json`` (RFC 9457)."""

from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from doorstep.kit import errors
from doorstep.kit.auth import KEEP_CHANGES
from doorstep.kit.errors import FieldProblem, ProblemError

AnyRequest = Request[Any, Any, State]
logger = structlog.get_logger()

PROBLEM_JSON = "application/problem+json"
CONSTRAINTS = {
    "member_email_key": ("email", "A member with this e-mail address is already there."),
    "organization_slug_key": ("slug", "Another organization has this short name."),
    "campaign_name_key": ("name", "Another campaign has this name. Choose another."),
    "script_name_key": ("name", "Another script of this campaign has this name."),
    "pass_name_key": ("name", "Another pass of this campaign has this name."),
    "turf_name_key": ("name", "Another turf of this pass has this name."),
    "universe_name_key": ("name", "Another universe has this name. Choose another."),
    "letter_template_name_key": ("name", "Another template has this name. Choose another."),
    "place_name_key": ("name", "Another place has this name. Choose another."),
    "training_track_name_key": ("name", "Another track has this name. Choose another."),
    "civic_event_slug_key": ("slug", "Another event has this address. Choose another."),
    "guest_email_key": ("email", "This address is on another page of yours. Use that one."),
    "attendance_pkey": ("id", "This id was used for something else. Give this one its own."),
    "stall_contact_pkey": ("id", "This id was used for something else. Give this one its own."),
    "turf_door_live_key": ("door_ids", "A door is already in another turf of this pass."),
    "assignment_live_key": ("member_ids", "This member holds this turf already."),
}
"""Constraint name → the field that broke it and how to mend it."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A failure: `title` is constant per `type`, `detail` says what to mend."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem]


def problems(*raised: type[ProblemError]) -> dict[int, ResponseSpec]:
    """OpenAPI responses for what a route raises, beside what every route may answer."""
    always = (errors.InvalidError, errors.SignInError, errors.NotAllowedError, errors.TryLaterError)
    return {
        kind.status: ResponseSpec(
            data_container=Problem,
            description=kind.title,
            media_type=PROBLEM_JSON,  # pyright: ignore[reportArgumentType]
            generate_examples=False,
        )
        for kind in (*always, *raised)
    }


def answer(error: ProblemError) -> Response[Problem]:
    """The response to an expected failure."""
    headers: dict[str, str] = {}
    if error.status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    return Response(
        Problem(
            type=f"urn:doorstep:problem:{error.name}",
            title=error.title,
            status=error.status,
            detail=error.detail,
            errors=error.errors,
        ),
        status_code=error.status,
        media_type=PROBLEM_JSON,
        headers=headers,
    )


def _problem(request: AnyRequest, error: ProblemError) -> Response[Problem]:
    if error.keeps_changes:
        request.scope["state"][KEEP_CHANGES] = True
    return answer(error)


def _invalid(_: AnyRequest, error: ValidationException) -> Response[Problem]:
    problem = errors.InvalidError("One or more fields cannot be used; see errors.")
    given: Any = error.extra if isinstance(error.extra, list) else []
    problem.errors = [
        FieldProblem(field=str(one.get("key") or "body"), detail=str(one.get("message", "")))
        for one in given
    ] or [FieldProblem(field="body", detail=error.detail)]
    return answer(problem)


_BY_STATUS: dict[int, type[ProblemError]] = {
    400: errors.InvalidError,
    401: errors.SignInError,
    403: errors.NotAllowedError,
    404: errors.NotFoundError,
    413: errors.TooLargeError,
    429: errors.TooManyError,
    503: errors.TryLaterError,
}


class WrongMethodError(ProblemError):
    """There is such a path, but not with this method."""

    status, name, title = 405, "wrong-method", "This path takes other methods"


def _litestar(_: AnyRequest, error: HTTPException) -> Response[Problem]:
    if error.status_code == 405:  # noqa: PLR2004
        response = answer(WrongMethodError("See the API documentation for what this path takes."))
        response.headers.update(error.headers or {})
        return response
    kind = _BY_STATUS.get(error.status_code, errors.InvalidError)
    if kind is errors.NotFoundError:
        return answer(errors.NotFoundError())
    return answer(kind(error.detail or kind.title))


def _unreadable(_: AnyRequest, error: Exception) -> Response[Problem]:
    why: dict[type[Exception], str] = {
        RecursionError: "The JSON is nested too deeply.",
        UnicodeDecodeError: "The text is not valid UTF-8.",
        UnicodeEncodeError: "The text holds half a character (a lone surrogate).",
    }
    return answer(errors.InvalidError(why[type(error)], field="body"))


def _constraint(request: AnyRequest, error: asyncpg.PostgresError) -> Response[Problem]:
    name = str(getattr(error, "constraint_name", None) or "")
    if name in CONSTRAINTS:
        field, detail = CONSTRAINTS[name]
        return answer(errors.ConflictError(detail, field=field))
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return answer(errors.NotFoundError())
    return _bug(request, error)


def _data(_: AnyRequest, error: asyncpg.PostgresError) -> Response[Problem]:
    """Values that PostgreSQL cannot hold and that a type check did not catch, such as NUL."""
    logger.warning("value_refused_by_database", sqlstate=error.sqlstate)
    return answer(errors.InvalidError("A value cannot be stored: a NUL or an impossible number."))


def _away(_: AnyRequest, __: Exception) -> Response[Problem]:
    message = "The database cannot do this now. Nothing was stored; try again in a moment."
    return answer(errors.TryLaterError(message, retry_after_s=5))


class UnexpectedError(ProblemError):
    """A bug: logged, and told without particulars."""

    status, name, title = 500, "unexpected", "Something went wrong on our side"


def _bug(_: AnyRequest, error: Exception) -> Response[Problem]:
    # Types and places only: messages and local variables may carry a person's data.
    places: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}")
        trace = trace.tb_next
    logger.error("unexpected_error", error=type(error).__qualname__, places=places[-8:])
    return answer(UnexpectedError("It was logged. Try again; if it stays, tell the organizer."))


HANDLERS: dict[int | type[Exception], Any] = {
    ProblemError: _problem,
    ValidationException: _invalid,
    HTTPException: _litestar,
    RecursionError: _unreadable,
    UnicodeDecodeError: _unreadable,
    UnicodeEncodeError: _unreadable,
    asyncpg.IntegrityConstraintViolationError: _constraint,
    asyncpg.DataError: _data,
    asyncpg.PostgresConnectionError: _away,
    # A deadlock, a full disk, a database going down: nothing was stored, and later it may be.
    asyncpg.TransactionRollbackError: _away,
    asyncpg.InsufficientResourcesError: _away,
    asyncpg.OperatorInterventionError: _away,
    asyncpg.InterfaceError: _away,
    # A connection that died between two statements.
    asyncpg.InternalClientError: _away,
    ConnectionError: _away,
    Exception: _bug,
}
