"""Routes of sharing, for the members of an organization."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.kit.auth import EVERYONE, ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.kit.problems import problems
from doorstep.settings import Settings
from doorstep.sharing import queries, service
from doorstep.sharing.model import (
    Converted,
    SharedSignup,
    ShareKit,
    ShareLink,
    ShareLinkCreate,
    Sharer,
    VisitDay,
)
from doorstep.sharing.posting_api import CONTROLLERS as POSTS
from doorstep.sharing.public_api import CONTROLLERS as PUBLIC

Page = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
OfMember = Annotated[UUID | None, QueryParameter(description="Whose links; organizers only")]


class ShareLinkController(Controller):
    """Links to public pages that say by whom they were passed on."""

    path = "/share-links"
    tags = ("sharing",)

    @get(operation_id="listShareLinks", responses=problems(), **open_to(EVERYONE))
    async def list_links(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        member_id: OfMember = None,
        limit: Page = 100,
        offset: Offset = 0,
    ) -> list[ShareLink]:
        """The caller's links, the newest first, with what came of each; for organizers all."""
        return await service.links(db, caller, settings.public_url, member_id, limit, offset)

    @post(operation_id="share", responses=problems(NotFoundError), **open_to(EVERYONE))
    async def share(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        data: JSONBody[ShareLinkCreate],
    ) -> ShareLink:
        """Make a link of the caller's to a public page, one for each place it is shared at."""
        return await service.share(db, caller, settings.public_url, data)

    @get(
        "/{share_link_id:uuid}",
        operation_id="getShareLink",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_link(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        share_link_id: FromPath[UUID],
    ) -> ShareLink:
        """One link with what came of it."""
        return await service.link_by_id(db, caller, settings.public_url, share_link_id)

    @get(
        "/{share_link_id:uuid}/kit",
        operation_id="getShareKit",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_kit(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        share_link_id: FromPath[UUID],
    ) -> ShareKit:
        """Texts to paste and a picture, with the address of the link in them."""
        return await service.kit(db, caller, settings.public_url, share_link_id)

    @get(
        "/{share_link_id:uuid}/visits",
        operation_id="listShareVisits",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def list_visits(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        share_link_id: FromPath[UUID],
    ) -> list[VisitDay]:
        """How often a link was opened, day by day; previews and programs are left out."""
        await service.link_by_id(db, caller, settings.public_url, share_link_id)
        return await queries.visits(db, caller.organization_id, share_link_id)

    @get(
        "/{share_link_id:uuid}/conversions",
        operation_id="listShareConversions",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def list_conversions(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        share_link_id: FromPath[UUID],
        limit: Page = 100,
        offset: Offset = 0,
    ) -> list[Converted]:
        """Each thing that people did who came by a link; who they are is not told."""
        await service.link_by_id(db, caller, settings.public_url, share_link_id)
        return await queries.conversions(
            db, caller.organization_id, share_link_id, None, limit, offset
        )


class SharerController(Controller):
    """What came of sharing, by who shared."""

    path = "/sharers"
    tags = ("sharing",)

    @get(operation_id="listSharers", responses=problems(), **open_to(ORGANIZERS))
    async def list_sharers(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[Sharer]:
        """Everybody who shared something, with the sums over their links."""
        return await queries.sharers(db, caller.organization_id)

    @get(
        "/{member_id:uuid}/conversions",
        operation_id="listConversionsOfSharer",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def list_conversions(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
        limit: Page = 100,
        offset: Offset = 0,
    ) -> list[Converted]:
        """The rows behind a sharer's figures; `listShareLinks` has their links."""
        return await queries.conversions(db, caller.organization_id, None, member_id, limit, offset)


class SharedSignupController(Controller):
    """Members who came to a shift by a shared link."""

    path = "/shared-signups"
    tags = ("sharing",)

    @post(
        operation_id="creditSharedSignup",
        status_code=204,
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def credit(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[SharedSignup],
    ) -> None:
        """Tell by which link the caller came to a sign-up of theirs; an unknown code is nothing."""
        await service.credit_signup(db, caller, data)


CONTROLLERS = (ShareLinkController, SharerController, SharedSignupController, *PUBLIC, *POSTS)
