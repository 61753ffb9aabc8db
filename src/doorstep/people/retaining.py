"""Forgetting what was kept long enough. Every rule is off until an owner turns it on."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.people import forgetting, forgetting_queries
from doorstep.people import retaining_queries as queries
from doorstep.people.matching_queries import see_merged
from doorstep.people.rights_model import (
    RetentionCount,
    RetentionKind,
    RetentionRule,
    RetentionRuleSet,
)
from doorstep.people.rights_queries import rows_of_people

_TOGETHER = 200
"""People forgotten in one go: their names are searched for together."""


async def _forget_words(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> None:
    await forgetting_queries.empty_events(db, organization_id, ids)
    await forgetting_queries.empty_conflicts(db, organization_id, ids, [], [], [])


async def _forget_people(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> None:
    # Without suppression: nobody asked for it, and a later import may bring them again.
    await see_merged(db)
    for first in range(0, len(ids), _TOGETHER):
        some = await rows_of_people(db, organization_id, ids[first : first + _TOGETHER])
        places = await forgetting.held_places(db, organization_id, some)
        await forgetting.forget_people(db, organization_id, places)


async def _forget_answers(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> None:
    await forgetting.forget_answers(db, organization_id, ids)
    await queries.forget_responses(db, organization_id, ids)


class _Kind(NamedTuple):
    suggested_months: int
    what: str
    find: Callable[[Connection, UUID, int], Awaitable[list[UUID]]]
    forget: Callable[[Connection, UUID, Sequence[UUID]], Awaitable[object]]


_KINDS: dict[RetentionKind, _Kind] = {
    "note_text": _Kind(
        12,
        "The words of notes, and of what waits for review.",
        queries.old_words,
        _forget_words,
    ),
    "answer_identified": _Kind(
        24,
        "Whose answer it was; the counts stay.",
        queries.old_answers,
        _forget_answers,
    ),
    "consent_expired": _Kind(
        1,
        "Opinions whose consent ended this long ago; they count no more since then.",
        queries.answers_past_consent,
        _forget_answers,
    ),
    "import_file": _Kind(
        3,
        "Lines of imported files; such imports cannot be undone any more.",
        queries.spent_imports,
        queries.empty_imports,
    ),
    "issue_text": _Kind(
        12,
        "Words of issues, and notes about them, whose case ended this long ago.",
        queries.old_issues,
        queries.empty_issues,
    ),
    "person_unseen": _Kind(
        24,
        "People whom neither an import nor a knock has met since.",
        queries.unseen_people,
        _forget_people,
    ),
}
"""In the order in which they are done."""


async def rules(db: Connection, organization_id: UUID) -> list[RetentionRule]:
    """Every kind with its rule, if it has one."""
    months = await queries.months_by_kind(db, organization_id)
    return [
        RetentionRule(
            kind=kind,
            months=months.get(kind),
            suggested_months=about.suggested_months,
            what=about.what,
        )
        for kind, about in _KINDS.items()
    ]


async def set_rules(
    db: Connection, caller: Caller, wanted: Sequence[RetentionRuleSet]
) -> list[RetentionRule]:
    """The rules as they are from now on; kinds that are not named stay as they are."""
    for rule in wanted:
        if rule.months is None:
            await queries.delete_rule(db, caller.organization_id, rule.kind)
        else:
            await queries.put_rule(
                db, caller.organization_id, rule.kind, rule.months, caller.member_id
            )
    await audit(db, caller.member_id, "retention.changed")
    return await rules(db, caller.organization_id)


async def run(
    db: Connection, organization_id: UUID, actor: UUID | None, *, dry_run: bool
) -> list[RetentionCount]:
    """How much of each kind with a rule is forgotten, or (dry run) would be by that rule alone."""
    months = await queries.months_by_kind(db, organization_id)
    counts: list[RetentionCount] = []
    for kind, about in _KINDS.items():
        if kind in months:
            found = await about.find(db, organization_id, months[kind])
            if not dry_run:
                await about.forget(db, organization_id, found)
            counts.append(RetentionCount(kind=kind, months=months[kind], count=len(found)))
    if not dry_run:
        await audit(db, actor, "retention.run")
    return counts
