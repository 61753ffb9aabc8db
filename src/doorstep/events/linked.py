"""What may be done by holding a link."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from doorstep.accounts.service import member_by_id
from doorstep.events import queries, signing_up
from doorstep.events import signup_queries as seats
from doorstep.events.model import Shift, Signup
from doorstep.kit import links
from doorstep.kit.auth import Caller, Role
from doorstep.kit.db import Connection, enter_organization
from doorstep.kit.errors import RefusedError
from doorstep.kit.links import Purpose
from doorstep.kit.tokens import Keyring

_DEEDS = {
    Purpose.CONFIRM: signing_up.confirm,
    Purpose.ACCEPT: signing_up.accept,
    Purpose.CANCEL: signing_up.cancel,
}
_NO_DEVICE = UUID(int=0)


@dataclass(frozen=True)
class Linked:
    """What a link is about."""

    purpose: Purpose
    signup: Signup
    shift: Shift
    locale: str


async def look(
    db: Connection, keyring: Keyring, purpose: str, token: str, now: dt.datetime
) -> Linked:
    """What a link is about; the transaction is inside its organization afterwards.

    Raises
    ------
    RefusedError
        If it is forged, too old, or good for something else; which is not said.
    NotFoundError
        If the sign-up is not there any more.
    """
    known = next((one for one in _DEEDS if one == purpose), None)
    if known is None:
        raise RefusedError(links.NOT_VALID, field="token")
    said = links.read(keyring, known, token, now)
    await enter_organization(db, said.organization_id)
    return await _linked(db, said.organization_id, known, said.ids[0])


async def _linked(
    db: Connection, organization_id: UUID, purpose: Purpose, signup_id: UUID
) -> Linked:
    signup = await seats.signup_by_id(db, organization_id, signup_id)
    member = await member_by_id(db, organization_id, signup.member_id)
    shift = await queries.shift_by_id(db, organization_id, signup.shift_id)
    return Linked(purpose, signup, shift, member.locale)


async def do(
    db: Connection, keyring: Keyring, purpose: str, token: str, now: dt.datetime
) -> Linked:
    """Do what the link is good for, as whom it was made for.

    Raises
    ------
    RefusedError, NotFoundError
        As `look`.
    ConflictError
        If the sign-up does not stand so that it can be done.
    """
    found = await look(db, keyring, purpose, token, now)
    organization_id = links.read(keyring, found.purpose, token, now).organization_id
    holder = Caller(
        organization_id=organization_id,
        member_id=found.signup.member_id,
        device_id=_NO_DEVICE,
        roles=frozenset({Role.VOLUNTEER}),
    )
    await _DEEDS[found.purpose](db, holder, found.signup.id)
    return await _linked(db, organization_id, found.purpose, found.signup.id)
