"""Where shared links lead, and the pictures that previews show: open to everybody."""

import contextlib
from typing import Any

from litestar import Controller, HttpMethod, Response, route
from litestar.di import NamedDependency
from litestar.params import FromPath

from doorstep.engage.service import enter_by_slug
from doorstep.kit.auth import client_of, open_to_anyone
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import NotFoundError, TooManyError
from doorstep.kit.limits import Limit
from doorstep.kit.public_pages import MAX_AGE_S, AnyRequest, document, markup, policy, private_page
from doorstep.settings import Settings
from doorstep.sharing import service
from doorstep.sharing.previews import is_person

_ASKED = [HttpMethod.GET, HttpMethod.HEAD]
PAGE: dict[str, Any] = {"include_in_schema": False, "http_method": _ASKED}
_GONE = document(
    "This link leads nowhere",
    markup(
        "<h1>This link leads nowhere</h1>\n<p>{why}</p>",
        why="It may be mistyped, or what it led to is not public any more. Ask whoever gave it "
        "to you.",
    ),
)


class SharedLinkController(Controller):
    """What people open who were given a link."""

    path = "/"

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        # Beyond it visits are not counted, but nobody is turned away.
        self.counted = Limit(tries=600, per_s=600)

    @route("/r/{code:str}", **PAGE, **open_to_anyone(database=False))
    async def follow(
        self,
        request: AnyRequest,
        pool: NamedDependency[Pool],
        settings: NamedDependency[Settings],
        code: FromPath[str],
    ) -> Response[Any]:
        """To the page that a shared link is about."""
        return await self._follow(request, pool, settings, code, None)

    @route("/o/{organization_slug:str}/r/{code:str}", **PAGE, **open_to_anyone(database=False))
    async def follow_within(
        self,
        request: AnyRequest,
        pool: NamedDependency[Pool],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        code: FromPath[str],
    ) -> Response[Any]:
        """The same, where the address also names the organization."""
        return await self._follow(request, pool, settings, code, organization_slug)

    async def _follow(
        self,
        request: AnyRequest,
        pool: Pool,
        settings: Settings,
        code: str,
        slug: str | None,
    ) -> Response[Any]:
        counts = is_person(request.method, request.headers) and self._takes(request, settings)
        try:
            path = await service.visited(pool, code, slug, counts=counts)
        except NotFoundError:
            return private_page(_GONE, 404)
        # Kept by no cache: each visit is to be counted.
        headers = {"Location": path, "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
        return Response(b"", status_code=302, headers=headers)

    def _takes(self, request: AnyRequest, settings: Settings) -> bool:
        with contextlib.suppress(TooManyError):
            self.counted.take(client_of(request, settings))
            return True
        return False


class PictureController(Controller):
    """Pictures of public pages."""

    path = "/o/{organization_slug:str}/share/{kind:str}/{file:str}"

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        self.views = Limit(tries=600, per_s=600)

    @route("/", **PAGE, **open_to_anyone())
    async def picture(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        kind: FromPath[str],
        file: FromPath[str],
    ) -> Response[bytes]:
        """The picture of an event, commitment, decision or round, as PNG."""
        self.views.take(client_of(request, settings))
        slug, _, ending = file.rpartition(".")
        if ending != "png" or "\x00" in slug:
            raise NotFoundError
        organization_id = await enter_by_slug(db, organization_slug)
        of = await service.target_by_slug(db, organization_id, kind, slug)
        tag = f'"{service.picture_tag(of)}"'
        headers = {
            "ETag": tag,
            "Cache-Control": f"public, max-age={MAX_AGE_S}",
            **policy(forms=False),
        }
        if tag in request.headers.get("if-none-match", ""):
            return Response(b"", status_code=304, headers=headers)
        drawn = await service.picture_of(of)
        return Response(drawn, media_type="image/png", headers=headers)


CONTROLLERS = (SharedLinkController, PictureController)
