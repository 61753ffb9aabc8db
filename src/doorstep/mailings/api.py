"""Routes of templates and mailings."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, patch, post, put
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from doorstep.accounts.auditing import audit_apart
from doorstep.kit.auth import EVERYONE, ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    TooManyError,
)
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.letters.model import LetterState
from doorstep.mailings import queries, service, template_queries, templating, trying
from doorstep.mailings.merging import FIELDS
from doorstep.mailings.model import (
    Approval,
    Fate,
    LetterTemplate,
    LetterTemplateChange,
    LetterTemplateCreate,
    Listed,
    Mailing,
    MailingCreate,
    MailingFigures,
    MailingLetter,
    MailingPatch,
    MergeField,
    Naming,
    Preview,
    Tried,
)
from doorstep.settings import Settings

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
Why = Annotated[str | None, QueryParameter(max_length=40, description="Only for this reason")]
NO_STORE = CacheControlHeader(no_store=True)


class LetterTemplateController(Controller):
    """Letters that are written again and again."""

    tags = ("mailings",)

    @get("/letter-fields", operation_id="listMergeFields", responses=problems(),
         **open_to(ORGANIZERS))  # fmt: skip
    async def list_fields(self, caller: NamedDependency[Caller]) -> list[MergeField]:
        """What a template may say of who reads it, as `{{field|fallback}}`."""
        return [MergeField(name=name, description=about) for name, about in FIELDS.items()]

    @get("/letter-templates", operation_id="listLetterTemplates", responses=problems(),
         **open_to(ORGANIZERS))  # fmt: skip
    async def list_templates(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        archived: Annotated[bool, QueryParameter(description="Also those put away")] = False,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[LetterTemplate]:
        """Templates in their newest versions, by name."""
        return await template_queries.templates(
            db, caller.organization_id, limit, offset, archived=archived
        )

    @post("/letter-templates", operation_id="createLetterTemplate",
          responses=problems(RefusedError, ConflictError), **open_to(ORGANIZERS))  # fmt: skip
    async def create_template(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[LetterTemplateCreate],
    ) -> LetterTemplate:
        """Keep a template; a tag without a fallback is refused with its place."""
        return await templating.create(db, caller, data)

    @get("/letter-templates/{letter_template_id:uuid}", operation_id="getLetterTemplate",
         responses=problems(NotFoundError), **open_to(ORGANIZERS))  # fmt: skip
    async def get_template(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        letter_template_id: FromPath[UUID],
    ) -> LetterTemplate:
        """A template in its newest version."""
        return await template_queries.template(db, caller.organization_id, letter_template_id)

    @get("/letter-templates/{letter_template_id:uuid}/versions",
         operation_id="listLetterTemplateVersions", responses=problems(NotFoundError),
         **open_to(ORGANIZERS))  # fmt: skip
    async def list_versions(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        letter_template_id: FromPath[UUID],
    ) -> list[LetterTemplate]:
        """All versions of a template, the newest first."""
        found = await template_queries.versions(db, caller.organization_id, letter_template_id)
        if not found:
            raise NotFoundError
        return found

    @put("/letter-templates/{letter_template_id:uuid}", operation_id="changeLetterTemplate",
         responses=problems(NotFoundError, RefusedError, ConflictError),
         **open_to(ORGANIZERS))  # fmt: skip
    async def change_template(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        letter_template_id: FromPath[UUID],
        data: JSONBody[LetterTemplateChange],
    ) -> LetterTemplate:
        """Add a version; mailings keep the one they have."""
        return await templating.change(db, caller, letter_template_id, data)

    @post("/letter-templates/{letter_template_id:uuid}/archiving", status_code=200,
          operation_id="archiveLetterTemplate", responses=problems(NotFoundError),
          **open_to(ORGANIZERS))  # fmt: skip
    async def archive_template(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        letter_template_id: FromPath[UUID],
    ) -> LetterTemplate:
        """Put a template away; its name is free then."""
        return await templating.archive(db, caller, letter_template_id)


class LetterNamingController(Controller):
    """Whether letters may name a volunteer."""

    path = "/me/letter-naming"
    tags = ("mailings",)

    @get(operation_id="getLetterNaming", responses=problems(), **open_to(EVERYONE))
    async def get_naming(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> Naming:
        """Whether letters may say the caller's first name to those whom they listened to."""
        return await templating.naming(db, caller)

    @put(operation_id="putLetterNaming", responses=problems(), **open_to(EVERYONE))
    async def put_naming(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[Naming],
    ) -> Naming:
        """Allow it or take it back; nobody is named who did not allow it."""
        return await templating.put_naming(db, caller, data)


class MailingController(Controller):
    """Letters to many."""

    path = "/mailings"
    tags = ("mailings",)
    cache_control = NO_STORE

    @get(operation_id="listMailings", responses=problems(), **open_to(ORGANIZERS))
    async def list_mailings(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> list[Mailing]:
        """Mailings, the newest first."""
        return await queries.mailings(db, caller.organization_id, limit, offset)

    @post(operation_id="createMailing", responses=problems(NotFoundError, RefusedError),
          **open_to(ORGANIZERS))  # fmt: skip
    async def create_mailing(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[MailingCreate],
    ) -> Mailing:
        """Draft a mailing; nothing is sent before it is previewed and approved."""
        return await service.create(db, caller, data)

    @get("/{mailing_id:uuid}", operation_id="getMailing", responses=problems(NotFoundError),
         **open_to(ORGANIZERS))  # fmt: skip
    async def get_mailing(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        mailing_id: FromPath[UUID],
    ) -> Mailing:
        """One mailing."""
        return await queries.mailing_by_id(db, caller.organization_id, mailing_id)

    @patch("/{mailing_id:uuid}", operation_id="changeMailing",
           responses=problems(NotFoundError, RefusedError, ConflictError),
           **open_to(ORGANIZERS))  # fmt: skip
    async def change_mailing(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        mailing_id: FromPath[UUID],
        data: JSONBody[MailingPatch],
    ) -> Mailing:
        """Change a mailing of which nothing has left; preview and approval are void then."""
        return await service.change(db, caller, mailing_id, data)

    @post("/{mailing_id:uuid}/preview", operation_id="previewMailing", status_code=200,
          responses=problems(NotFoundError, RefusedError), **open_to(ORGANIZERS))  # fmt: skip
    async def preview_mailing(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        keyring: NamedDependency[Keyring],
        mailing_id: FromPath[UUID],
    ) -> Preview:
        """Whom it would reach and why others not, and ten letters as they would be read.

        They are letters to people, so that who looked is noted.
        """
        return await service.preview(db, keyring, caller, mailing_id)

    @post("/{mailing_id:uuid}/trial", operation_id="tryMailing", status_code=200,
          responses=problems(NotFoundError, RefusedError, TooManyError),
          **open_to(ORGANIZERS))  # fmt: skip
    async def try_mailing(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        mailing_id: FromPath[UUID],
    ) -> Tried:
        """Send it to yourself, in each of its languages."""
        return await trying.try_out(db, settings, caller, mailing_id)

    @post("/{mailing_id:uuid}/approval", operation_id="approveMailing", status_code=200,
          responses=problems(NotFoundError, NotAllowedError, RefusedError, ConflictError),
          **open_to(ORGANIZERS))  # fmt: skip
    async def approve_mailing(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        keyring: NamedDependency[Keyring],
        mailing_id: FromPath[UUID],
        data: JSONBody[Approval],
    ) -> Mailing:
        """Agree to what was previewed; it leaves, once. Above 500 it takes another organizer."""
        return await service.approve(db, keyring, caller, mailing_id, data)

    @post("/{mailing_id:uuid}/stopping", operation_id="stopMailing", status_code=200,
          responses=problems(NotFoundError, ConflictError), **open_to(ORGANIZERS))  # fmt: skip
    async def stop_mailing(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        mailing_id: FromPath[UUID],
    ) -> Mailing:
        """Send nothing more of it; whom it reached has it."""
        return await service.stop(db, caller, mailing_id)

    @get("/{mailing_id:uuid}/recipients", operation_id="listMailingRecipients",
         responses=problems(NotFoundError, RefusedError), **open_to(ORGANIZERS))  # fmt: skip
    async def list_recipients(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        keyring: NamedDependency[Keyring],
        mailing_id: FromPath[UUID],
        fate: FromQuery[Fate] = Fate.RECIPIENT,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Listed]:
        """Who of the segment would get it as of now, or would not for this reason."""
        organization_id = caller.organization_id
        found = await service.listed(db, keyring, organization_id, mailing_id, fate, limit, offset)
        ids = [one.person_id or one.guest_id or mailing_id for one in found]
        await audit_apart(pool, organization_id, caller.member_id, "people.listed", ids)
        return found

    @get("/{mailing_id:uuid}/figures", operation_id="getMailingFigures",
         responses=problems(NotFoundError), **open_to(ORGANIZERS))  # fmt: skip
    async def get_figures(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        mailing_id: FromPath[UUID],
    ) -> MailingFigures:
        """How its letters stand: queued, sent, delivered, failed, suppressed, and why."""
        return await service.figures(db, caller.organization_id, mailing_id)

    @get("/{mailing_id:uuid}/letters", operation_id="listMailingLetters",
         responses=problems(NotFoundError), **open_to(ORGANIZERS))  # fmt: skip
    async def list_letters(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        mailing_id: FromPath[UUID],
        letter_state: FromQuery[LetterState | None] = None,
        why: Why = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[MailingLetter]:
        """The letters behind a figure; not what they say."""
        organization_id = caller.organization_id
        await queries.mailing_by_id(db, organization_id, mailing_id)
        found = await queries.letters_of(
            db, organization_id, mailing_id, letter_state, why, limit, offset
        )
        ids = [one.person_id or one.guest_id or mailing_id for one in found]
        await audit_apart(pool, organization_id, caller.member_id, "people.listed", ids)
        return found


CONTROLLERS = (LetterTemplateController, LetterNamingController, MailingController)
