"""Forgetting what was kept long enough, from the command line: for a timer to run each night."""

from doorstep.commands import database, screen
from doorstep.commands.database import Organization
from doorstep.kit.db import organization_transaction
from doorstep.people import retaining
from doorstep.people.rights_model import RetentionCount, RetentionRule
from doorstep.settings import Settings


def run(settings: Settings, slug: str | None, *, dry_run: bool) -> None:
    """Forget what the rules say, or (dry run) say what that would be."""

    async def work(found: Organization) -> tuple[list[RetentionRule], list[RetentionCount]]:
        async with organization_transaction(found.pool, found.id) as db:
            counts = await retaining.run(db, found.id, None, dry_run=dry_run)
            return await retaining.rules(db, found.id), counts

    rules, counts = database.in_organization(settings, slug, work)
    by_kind = {one.kind: one.count for one in counts}
    did = "would be forgotten" if dry_run else "forgotten"
    for rule in rules:
        said = (
            f"kept (we suggest {rule.suggested_months} months)"
            if rule.months is None
            else f"{by_kind[rule.kind]} {did}, older than {rule.months} months"
        )
        screen.out.print(f"[bold]{rule.kind}[/]: {said}. {rule.what}", highlight=False)
