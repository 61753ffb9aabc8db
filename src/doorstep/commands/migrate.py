"""Migrating, by hand."""

from doorstep.commands import database, screen
from doorstep.settings import Settings


def migrate(settings: Settings) -> None:
    """Apply what is missing and say what it was."""
    with database.migrated(settings) as (_, applied):
        for name in applied:
            screen.out.print(f"applied {name}", highlight=False)
    screen.done("The tables are up to date." if applied else "The tables were up to date already.")
