"""Routes of people's rights: consents, suppressions, a copy of everything, erasure, retention."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.accounts.auditing import audit_apart
from doorstep.kit.auth import COORDINATORS, ORGANIZERS, STAFF, Caller, Role, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.people import (
    consenting,
    consenting_queries,
    retaining,
    rights,
    suppressing,
    suppressing_queries,
)
from doorstep.people.model import DoNotContact
from doorstep.people.rights_model import (
    ConsentCreate,
    ConsentWithdrawal,
    ConsentWording,
    ConsentWordingCreate,
    Erasure,
    ErasureRequest,
    GivenConsent,
    PersonExport,
    RetentionCount,
    RetentionRule,
    RetentionRules,
    RetentionRun,
    Suppression,
    SuppressionCreate,
    SuppressionSearch,
)

OWNERS = (Role.OWNER,)
Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]


class PersonRightsController(Controller):
    """What one person may ask for."""

    path = "/people/{person_id:uuid}"
    tags = ("rights",)

    @get(
        "/consents",
        operation_id="listConsents",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def list_consents(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        person_id: FromPath[UUID],
    ) -> list[GivenConsent]:
        """What a person allowed and took back, the newest first."""
        return await consenting.of_person(db, caller.organization_id, person_id)

    @post(
        "/consents",
        operation_id="recordConsent",
        responses=problems(NotFoundError, RefusedError),
        **open_to(STAFF),
    )
    async def record_consent(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        person_id: FromPath[UUID],
        data: JSONBody[ConsentCreate],
    ) -> GivenConsent:
        """Record what a person allows, and in which words they were asked."""
        return await consenting.record(db, caller, person_id, data)

    @get(
        "/export",
        operation_id="exportPerson",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def export_person(
        self,
        db: NamedDependency[Connection],
        pool: NamedDependency[Pool],
        caller: NamedDependency[Caller],
        person_id: FromPath[UUID],
    ) -> PersonExport:
        """Everything that is stored about a person; that it was asked for is noted."""
        found = await rights.export_person(db, caller.organization_id, person_id)
        await audit_apart(
            pool, caller.organization_id, caller.member_id, "person.exported", [person_id]
        )
        return found

    @post(
        "/erasure",
        operation_id="erasePerson",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def erase_person(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        caller: NamedDependency[Caller],
        person_id: FromPath[UUID],
        data: JSONBody[ErasureRequest],
    ) -> Erasure:
        """Forget a person for good; counts stay, and imports leave them out from now on."""
        key = keyring.suppression_key(caller.organization_id)
        return await rights.erase_person(db, key, caller, person_id, data.reason)


class ConsentController(Controller):
    """Consents and the words people are asked in."""

    tags = ("rights",)

    @post(
        "/consents/{consent_id:uuid}/withdrawal",
        operation_id="withdrawConsent",
        responses=problems(NotFoundError, ConflictError),
        **open_to(STAFF),
    )
    async def withdraw(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        consent_id: FromPath[UUID],
        data: JSONBody[ConsentWithdrawal],
    ) -> GivenConsent:
        """Take a consent back; opinions that were stored on it are forgotten."""
        return await consenting.withdraw(db, caller, consent_id, data.withdrawn_how)

    @get(
        "/consent-wordings",
        operation_id="listConsentWordings",
        responses=problems(),
        **open_to(STAFF),
    )
    async def list_wordings(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[ConsentWording]:
        """The words people are asked in, by purpose, the newest version first."""
        return await consenting_queries.consent_wordings(db, caller.organization_id)

    @post(
        "/consent-wordings",
        operation_id="addConsentWording",
        responses=problems(),
        **open_to(ORGANIZERS),
    )
    async def add_wording(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[ConsentWordingCreate],
    ) -> ConsentWording:
        """Add the next version of the words for a purpose."""
        return await consenting_queries.insert_wording(
            db, caller.organization_id, caller.member_id, data
        )


class SuppressionController(Controller):
    """Numbers and addresses not to be used, and people kept out, stored as hashes only."""

    path = "/suppressions"
    tags = ("rights",)

    @get(operation_id="listSuppressions", responses=problems(), **open_to(ORGANIZERS))
    async def list_suppressions(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Limit = 100,
        offset: Offset = 0,
        cleared: Annotated[bool, QueryParameter(description="Also those that were lifted")] = False,
    ) -> list[Suppression]:
        """The suppressions that stand, the newest first; whom they mean is not stored."""
        return await suppressing_queries.suppressions(
            db, caller.organization_id, limit, offset, cleared=cleared
        )

    @post(
        operation_id="suppressContact",
        responses=problems(ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def suppress(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        caller: NamedDependency[Caller],
        data: JSONBody[SuppressionCreate],
    ) -> Suppression:
        """Never use a phone number, e-mail address or list's id again, whoever has it."""
        key = keyring.suppression_key(caller.organization_id)
        return await suppressing.suppress(db, key, caller, data)

    @post(
        "/search",
        operation_id="searchSuppressions",
        status_code=200,
        responses=problems(),
        **open_to(ORGANIZERS),
    )
    async def search(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        caller: NamedDependency[Caller],
        data: JSONBody[SuppressionSearch],
    ) -> list[Suppression]:
        """The suppressions that hold for what is known of somebody."""
        key = keyring.suppression_key(caller.organization_id)
        return await suppressing.search(db, key, caller.organization_id, data)

    @post(
        "/{suppression_id:uuid}/clearing",
        operation_id="clearSuppression",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def clear(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        suppression_id: FromPath[UUID],
    ) -> Suppression:
        """Lift a suppression; of somebody erased, all that were made with it."""
        return await suppressing.clear(db, caller, suppression_id)


class BuildingRightsController(Controller):
    """Whole buildings to leave alone."""

    path = "/buildings/{building_id:uuid}/do-not-contact"
    tags = ("rights",)

    @post(
        operation_id="markBuildingDoNotContact",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def mark_building(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        building_id: FromPath[UUID],
    ) -> list[DoNotContact]:
        """Mark every door of a building as not to be contacted."""
        return await rights.leave_building_alone(db, caller, building_id)


class RetentionController(Controller):
    """What goes by itself, and when."""

    path = "/retention"
    tags = ("rights",)

    @get(operation_id="getRetention", responses=problems(), **open_to(ORGANIZERS))
    async def get_rules(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[RetentionRule]:
        """After how many months what is forgotten; nothing is until an owner says so."""
        return await retaining.rules(db, caller.organization_id)

    @put(operation_id="setRetention", responses=problems(), **open_to(OWNERS))
    async def set_rules(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[RetentionRules],
    ) -> list[RetentionRule]:
        """Set after how many months what is forgotten."""
        return await retaining.set_rules(db, caller, data.rules)

    @post(
        "/run",
        operation_id="runRetention",
        status_code=200,
        responses=problems(),
        **open_to(OWNERS),
    )
    async def run(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[RetentionRun],
    ) -> list[RetentionCount]:
        """Forget what the rules say, or (dry run) count it."""
        return await retaining.run(
            db, caller.organization_id, caller.member_id, dry_run=data.dry_run
        )


CONTROLLERS = (
    PersonRightsController,
    ConsentController,
    SuppressionController,
    BuildingRightsController,
    RetentionController,
)
