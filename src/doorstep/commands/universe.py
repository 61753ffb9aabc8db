"""Universes on the screen: which there are, what they ask for, and whom they find now."""

import msgspec
from rich.table import Table

from doorstep.commands import database, screen
from doorstep.commands.database import Organization
from doorstep.commands.screen import CommandError
from doorstep.kit.db import Connection, organization_transaction
from doorstep.settings import Settings
from doorstep.universes import service
from doorstep.universes.model import Counted, Universe


def list_universes(settings: Settings, slug: str | None) -> None:
    """Print every universe and what it asks for."""

    async def work(found: Organization) -> list[Universe]:
        async with organization_transaction(found.pool, found.id) as db:
            return await service.list_universes(db, found.id)

    table = Table("name", "who")
    for one in database.in_organization(settings, slug, work):
        table.add_row(one.name, one.description)
    screen.out.print(table)


def count(settings: Settings, slug: str | None, name: str) -> None:
    """Print how much a universe finds now."""

    async def work(found: Organization) -> Counted:
        async with organization_transaction(found.pool, found.id) as db:
            one = await _named(db, found, name)
            with screen.busy("Counting…"):
                return await service.counted(db, found.id, one.expression)

    made = database.in_organization(settings, slug, work)
    screen.out.print(made.description, highlight=False, markup=False)
    table = Table("people", "households", "doors", "left out because they asked")
    table.add_row(
        f"{made.people_count:,}",
        f"{made.households_count:,}",
        f"{made.doors_count:,}",
        f"{made.left_out_count:,}",
    )
    screen.out.print(table)


def show(settings: Settings, slug: str | None, name: str) -> None:
    """Print one universe: in words, and as the API takes it."""

    async def work(found: Organization) -> Universe:
        async with organization_transaction(found.pool, found.id) as db:
            return await _named(db, found, name)

    one = database.in_organization(settings, slug, work)
    screen.out.print(one.description, highlight=False, markup=False)
    screen.out.print_json(msgspec.json.encode(one.expression).decode())


async def _named(db: Connection, organization: Organization, name: str) -> Universe:
    every = await service.list_universes(db, organization.id)
    for one in every:
        if one.name == name:
            return one
    if not every:
        message = "There is no universe yet. Save one with POST /universes; see /docs."
    else:
        message = f"There is no universe {name}. There is: {', '.join(one.name for one in every)}."
    raise CommandError(message)
