"""Finding people who may stand on the list twice, from the command line: for lists of any size."""

from doorstep.commands import database, screen
from doorstep.commands.database import Organization
from doorstep.kit.db import organization_transaction
from doorstep.people import matching
from doorstep.people.matching_model import MatchSearch
from doorstep.settings import Settings


def search(settings: Settings, slug: str | None) -> None:
    """Compare everyone; organizers decide about what is found."""

    async def work(found: Organization) -> MatchSearch:
        with screen.busy("Comparing people…"):
            async with organization_transaction(found.pool, found.id) as db:
                return await matching.find_duplicates(db, found.id)

    made = database.in_organization(settings, slug, work)
    screen.done(
        f"{made.people_count:,} people compared: {made.found_count:,} pairs may be one person. "
        f"{made.open_count:,} questions wait for an organizer (GET /matches)."
    )
