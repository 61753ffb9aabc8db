"""Cases that everybody may read, each after an organizer has looked at its words."""

import secrets
import string
from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.engage.service import name_nobody
from doorstep.follow_up import service as follow_up
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import RefusedError
from doorstep.listening import case_queries
from doorstep.listening.model import CasePublication, CasePublish

_LETTERS = string.ascii_lowercase + string.digits
_SLUG_LETTERS = 20
_DECIMALS = 3
"""0.001 degrees: some 110 m to the north, less to the east. No house can be told."""


async def publish(
    db: Connection, caller: Caller, case_id: UUID, wanted: CasePublish
) -> CasePublication:
    """The case as everybody may read of it from now on.

    Raises
    ------
    NotFoundError
        If there is no such case.
    RefusedError
        If its words name somebody on the lists, or if half a place is given.
    """
    organization_id = caller.organization_id
    if (wanted.lon is None) != (wanted.lat is None):
        message = "Give both lon and lat, or neither."
        raise RefusedError(message, field="lat")
    case = await follow_up.case_by_id(db, caller, case_id)
    await name_nobody(db, organization_id, wanted.named_in_public, wanted.summary, wanted.place)
    # How it ended was written for those who raised it.
    await name_nobody(db, organization_id, wanted.named_in_public, case.reason or "")
    slug = "".join(secrets.choice(_LETTERS) for _ in range(_SLUG_LETTERS))
    made = await case_queries.put_publication(
        db, organization_id, case_id, slug, wanted, _rounded(wanted.lon), _rounded(wanted.lat),
        caller.member_id,
    )  # fmt: skip
    await audit(db, caller.member_id, "case.published", [case_id])
    return made


def _rounded(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, _DECIMALS)


async def withdraw(db: Connection, caller: Caller, case_id: UUID) -> None:
    """Take a case back from the public.

    Raises
    ------
    NotFoundError
        If it is not published.
    """
    await case_queries.withdraw_publication(db, caller.organization_id, case_id)
    await audit(db, caller.member_id, "case.withdrawn", [case_id])
