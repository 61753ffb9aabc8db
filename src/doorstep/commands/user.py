"""Who may sign in, from the command line: whoever can run it acts as an owner."""

import asyncio
import re
import unicodedata
import zoneinfo
from uuid import UUID

import msgspec
from rich.table import Table

from doorstep.accounts import service as accounts
from doorstep.accounts.model import InviteCreate, Member, Phone
from doorstep.accounts.service import SentCode
from doorstep.commands import database, queries, screen
from doorstep.commands.database import Organization
from doorstep.commands.screen import CommandError
from doorstep.kit.auth import Role
from doorstep.kit.db import Connection, open_pool, organization_transaction, signin_transaction
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings

PAGE = 500


def add(
    settings: Settings,
    email: str,
    name: str,
    roles: list[str] | None,
    slug: str | None,
    new_organization: str | None,
    time_zone: str,
) -> None:
    """Add a member; with ``new_organization``, found an organization of that name with them."""
    default = [Role.OWNER if new_organization else Role.VOLUNTEER]
    wanted = _checked(email, name, roles or default)
    if new_organization is None:
        slug = database.in_organization(settings, slug, lambda found: _join(found, wanted))
    else:
        _check_time_zone(time_zone)
        slug = slug or slug_of(new_organization)
        with database.migrated(settings) as (found, _):
            asyncio.run(_found(found.url, slug, new_organization, time_zone, wanted))
        screen.done(f"Founded {new_organization}; its short name is {slug}.")
    screen.done(f"{wanted.name} is {', '.join(wanted.roles)} of {slug}.")
    screen.err.print(f"  A code to sign in with: doorstep user code {email} --organization {slug}")


def code(settings: Settings, address: str, slug: str | None) -> None:
    """Print a code and the request it belongs to; `POST /sign-in/sessions` wants both."""
    keyring = Keyring(settings.keys_dir, settings.public_url)
    to = address if "@" in address else _phone(address)
    sent = database.in_organization(settings, slug, lambda found: _issue(found, keyring, to))
    table = Table.grid(padding=(0, 2))
    table.add_row("code", sent.code)
    table.add_row("request_id", str(sent.request.request_id))
    table.add_row("good until", f"{sent.request.expires_at:%H:%M:%S} UTC, for five tries")
    screen.out.print(table)


def show(settings: Settings, slug: str | None) -> None:
    """Print every member."""
    table = Table("name", "e-mail or phone", "roles", "since", "ended")
    for member in database.in_organization(settings, slug, _everybody):
        ended = f"{member.ended_at:%Y-%m-%d}" if member.ended_at else ""
        roles = ", ".join(member.roles)
        to = member.email or member.phone
        table.add_row(member.name, to, roles, f"{member.created_at:%Y-%m-%d}", ended)
    screen.out.print(table)


def end(settings: Settings, email: str, slug: str | None) -> None:
    """End a membership."""

    async def work(found: Organization) -> str:
        async with organization_transaction(found.pool, found.id) as db:
            member = await _member(db, found, email)
            await accounts.end_membership(db, found.id, member, None)
            return member.name

    name = database.in_organization(settings, slug, work)
    screen.done(f"{name} is no longer a member; their devices are signed out.")


def slug_of(name: str) -> str:
    """A short name made of a name: lower case, ASCII, dashes."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:63]
    if not slug:
        message = "Give the organization a short name too: --organization my-group"
        raise CommandError(message)
    return slug


def _checked(email: str, name: str, roles: list[str] | list[Role]) -> InviteCreate:
    try:
        return msgspec.convert({"email": email, "name": name, "roles": roles}, InviteCreate)
    except msgspec.ValidationError as error:
        message = (
            f"{error}. Give an e-mail address, a --name, and as --role one of {', '.join(Role)}."
        )
        raise CommandError(message) from error


def _check_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        message = f"There is no time zone {name}. Use an IANA name such as Europe/Helsinki."
        raise CommandError(message)


async def _found(url: str, slug: str, name: str, time_zone: str, wanted: InviteCreate) -> None:
    async with await open_pool(url, connections=1) as pool, signin_transaction(pool) as db:
        organization_id = await accounts.create_organization(db, slug, name, time_zone)
        await _add(db, organization_id, wanted)


async def _join(found: Organization, wanted: InviteCreate) -> str:
    async with organization_transaction(found.pool, found.id) as db:
        if await accounts.member_by_email(db, found.id, wanted.email or "") is not None:
            message = f"{wanted.email} is a member of {found.slug} already."
            raise CommandError(message)
        await _add(db, found.id, wanted)
    return found.slug


async def _add(db: Connection, organization_id: UUID, wanted: InviteCreate) -> Member:
    return await accounts.add_member(
        db, organization_id, wanted.name, wanted.roles, email=wanted.email
    )


async def _issue(found: Organization, keyring: Keyring, to: str) -> SentCode:
    async with organization_transaction(found.pool, found.id) as db:
        member_id = await _member_id(db, found, to)
        if member_id is not None:
            return await accounts.issue_code(db, keyring, found.id, member_id=member_id)
        invite = await queries.open_invite_to(db, found.id, to)
        if invite is not None:
            return await accounts.issue_code(db, keyring, found.id, invite_id=invite.id)
    message = f"{to} is neither a member of {found.slug} nor invited. See doorstep user list."
    raise CommandError(message)


async def _member_id(db: Connection, found: Organization, to: str) -> UUID | None:
    if "@" in to:
        member = await accounts.member_by_email(db, found.id, to)
        return member and member.id
    several = await queries.members_by_phone(db, found.id, to)
    if len(several) > 1:
        names = ", ".join(member.name for member in several)
        message = f"Several members have the number {to}: {names}. Give an e-mail address instead."
        raise CommandError(message)
    return several[0].id if several else None


def _phone(text: str) -> str:
    """A phone number as it is stored, however it was grouped."""
    try:
        return msgspec.convert(re.sub(r"[\s().-]", "", text), Phone)
    except msgspec.ValidationError as error:
        message = (
            f"{text} is neither an e-mail address nor a phone number with its country code. "
            "Write numbers like +358401234567."
        )
        raise CommandError(message) from error


async def _everybody(found: Organization) -> list[Member]:
    everybody: list[Member] = []
    async with organization_transaction(found.pool, found.id) as db:
        while page := await accounts.members(db, found.id, PAGE, len(everybody)):
            everybody += page
    return everybody


async def _member(db: Connection, found: Organization, email: str) -> Member:
    member = await accounts.member_by_email(db, found.id, email)
    if member is None:
        message = f"{email} is no member of {found.slug}. See doorstep user list."
        raise CommandError(message)
    return member
