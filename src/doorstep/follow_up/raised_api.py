"""The page of those who raised an issue, behind a signed link: no account, no script."""

from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from doorstep.follow_up import answering
from doorstep.follow_up.answering import Verdict
from doorstep.kit.auth import open_to_anyone
from doorstep.kit.db import Connection
from doorstep.kit.errors import ProblemError
from doorstep.kit.forms import form_of
from doorstep.kit.limits import Limit
from doorstep.kit.public_pages import private_page, refused
from doorstep.kit.tokens import Keyring

PAGE: dict[str, Any] = {
    "media_type": MediaType.HTML,
    "include_in_schema": False,
    **open_to_anyone(),
}
TRIES = Limit(tries=30, per_s=600)
"""Of one address; a person has a handful of issues."""

AnyRequest = Request[Any, Any, State]


@get("/raised/{token:str}", **PAGE)
async def get_raised_page(
    request: AnyRequest,
    db: NamedDependency[Connection],
    keyring: NamedDependency[Keyring],
    token: FromPath[str],
) -> Response[str]:
    """What became of an issue, for whoever raised it. Looking changes nothing."""
    try:
        _count(request)
        found = await answering.shown(db, keyring, token)
    except ProblemError as error:
        return refused(error)
    return private_page(answering.page(found, token))


@post("/raised/{token:str}", status_code=200, **PAGE)
async def post_raised_page(
    request: AnyRequest,
    db: NamedDependency[Connection],
    keyring: NamedDependency[Keyring],
    token: FromPath[str],
) -> Response[str]:
    """Agree that it is solved, or object, which reopens it."""
    try:
        _count(request)
        found = await answering.answer(db, keyring, token, await _verdict(request))
    except ProblemError as error:
        return refused(error)
    return private_page(answering.thanks(found))


def _count(request: AnyRequest) -> None:
    TRIES.take(request.client.host if request.client else "")


async def _verdict(request: AnyRequest) -> Verdict:
    """What the form says; anything but an objection is none."""
    form = await form_of(request)
    said = form.get("verdict", "")
    verdict = "solved" if said == "solved" else "not_solved"
    return Verdict(verdict=verdict, text=form.get("text", ""))
