"""Routes of posts to an organization's own accounts elsewhere."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.kit.auth import ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings
from doorstep.sharing import posting
from doorstep.sharing import posting_queries as queries
from doorstep.sharing.model import Post, PostCreate, PostTarget, PostTargetCreate

Page = Annotated[int, QueryParameter(ge=1, le=200, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]


class PostTargetController(Controller):
    """Services that posts go to."""

    path = "/post-targets"
    tags = ("sharing",)

    @get(operation_id="listPostTargets", responses=problems(), **open_to(ORGANIZERS))
    async def list_targets(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[PostTarget]:
        """Every service, those that are used first; addresses without what is secret."""
        return await queries.targets(db, caller.organization_id)

    @post(
        operation_id="addPostTarget",
        responses=problems(ConflictError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def add_target(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        data: JSONBody[PostTargetCreate],
    ) -> PostTarget:
        """Add a service to post to: Mastodon, a webhook, or a chat that apprise knows."""
        return await posting.add_target(db, caller, keyring, settings.outgoing_hosts, data)

    @delete(
        "/{post_target_id:uuid}",
        operation_id="removePostTarget",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def remove_target(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        post_target_id: FromPath[UUID],
    ) -> None:
        """Forget a service's address, and give up what waits for it."""
        await posting.remove_target(db, caller, post_target_id)


class PostController(Controller):
    """Posts."""

    path = "/posts"
    tags = ("sharing",)

    @get(operation_id="listPosts", responses=problems(), **open_to(ORGANIZERS))
    async def list_posts(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Page = 50,
        offset: Offset = 0,
    ) -> list[Post]:
        """Every post, the newest first, with what became of it at each service."""
        return await queries.posts(db, caller.organization_id, None, limit, offset)

    @post(
        operation_id="writePost",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def write_post(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[PostCreate],
    ) -> Post:
        """Send words to services, once to each; the same id again is the same post."""
        return await posting.write(db, caller, data)

    @get(
        "/{post_id:uuid}",
        operation_id="getPost",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def get_post(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        post_id: FromPath[UUID],
    ) -> Post:
        """One post with what became of it."""
        return await posting.post_by_id(db, caller.organization_id, post_id)

    @post(
        "/{post_id:uuid}/deliveries/{post_target_id:uuid}/again",
        operation_id="sendPostAgain",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def send_again(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        post_id: FromPath[UUID],
        post_target_id: FromPath[UUID],
    ) -> Post:
        """Send a post again to a service where it failed, or where nobody knows whether it did."""
        return await posting.send_again(db, caller, post_id, post_target_id)


CONTROLLERS = (PostTargetController, PostController)
