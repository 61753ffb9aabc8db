"""What a phone does not know yet: the one place that decides it, whatever the dialect."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.kit.geometry import area_from_wkb
from doorstep.people.model import WalkPerson
from doorstep.surveys.service import script_version
from doorstep.sync import queries
from doorstep.sync.cursors import Cursor, read_cursor, write_cursor
from doorstep.sync.model import Changes, Removed, Rows, SyncEvent, SyncScript, SyncSignup, SyncTurf
from doorstep.sync.queries import AS_OF_NOW, FeedRow, News, Scope

__all__ = ["AS_OF_NOW", "changes", "mark_of_changes", "own_events_by_id", "refused_ids"]

UPLOAD_FOR = dt.timedelta(days=14)
MAX_ROWS = 2000


async def changes(db: Connection, caller: Caller, cursor: int, limit: int = MAX_ROWS) -> Changes:
    """What changed for the caller since a cursor, read at one instant.

    ``db`` is a snapshot (`AS_OF_NOW`). A page ends between two changes, near ``limit``
    rows; a turf that was gained comes whole. A cursor of another epoch, or from the future, is
    answered as if the phone had nothing.
    """
    if caller.revoked_at is not None:
        return _emptied(caller.revoked_at)
    organization_id, member_id, at = caller.organization_id, caller.member_id, read_cursor(cursor)
    news = await queries.news(db, organization_id, member_id, at, limit + 1)
    end = Cursor(news.epoch, news.seq)
    if news.since == end.seq:
        return _answer(end, end.seq, replacement=False)
    page = await _page(db, caller, news, limit)
    held = [scope.turf_id for scope in news.scopes if scope.held]
    rows, removed = await _resolved(db, caller, held, page)
    return _answer(
        end,
        page.until,
        replacement=news.since is None,
        changed=rows,
        # Who begins anew has nothing to drop.
        removed=removed if news.since else Removed(),
    )


def _emptied(revoked_at: dt.datetime) -> Changes:
    return Changes(
        next=0,
        has_more=False,
        replacement=True,
        upload_until=revoked_at + UPLOAD_FOR,
        changed=Rows(),
        removed=Removed(),
    )


def _answer(
    top: Cursor,
    until: int,
    *,
    replacement: bool,
    changed: Rows | None = None,
    removed: Removed | None = None,
) -> Changes:
    return Changes(
        next=write_cursor(Cursor(top.epoch, until)),
        has_more=until < top.seq,
        replacement=replacement,
        upload_until=None,
        changed=changed or Rows(),
        removed=removed or Removed(),
    )


@dataclass
class _Page:
    """What is to be told: ids by kind, each of which is sent if it is held, else removed."""

    until: int
    turfs: set[UUID] = field(default_factory=set[UUID])
    doors: set[UUID] = field(default_factory=set[UUID])
    people: set[UUID] = field(default_factory=set[UUID])
    scripts: set[UUID] = field(default_factory=set[UUID])
    members: set[UUID] = field(default_factory=set[UUID])
    signups: set[UUID] = field(default_factory=set[UUID])
    batches: set[UUID] = field(default_factory=set[UUID])
    whole: set[UUID] = field(default_factory=set[UUID])
    """Turfs gained or lost."""

    def add(self, kind: str, thing_id: UUID) -> None:
        """Have a thing told."""
        {
            "turf": self.turfs,
            "door": self.doors,
            "person": self.people,
            "script": self.scripts,
            "member": self.members,
            "signup": self.signups,
            "batch": self.batches,
        }[kind].add(thing_id)


async def _page(db: Connection, caller: Caller, news: News, limit: int) -> _Page:
    since = news.since or 0
    whole = {scope.turf_id: _whole_at(scope) for scope in news.scopes if _whole_at(scope) > since}
    # A full answer of the feed may not be the end of it.
    end = news.rows[-1].seq if len(news.rows) > limit else news.seq
    units = [
        (row.seq, row.weight, row) for row in news.rows if row.seq > whole.get(row.scope_id, 0)
    ]
    units += [
        (at, max(1, scope.doors_count * 3), scope)
        for scope in news.scopes
        if (at := whole.get(scope.turf_id, 0)) and at <= end
    ]
    page = _Page(end)
    _fill(page, sorted(units, key=lambda unit: unit[0]), limit)
    if not since:
        page.members.add(caller.member_id)
    if page.whole:
        for kind, thing_id in await queries.things_of_turfs(
            db, caller.organization_id, list(page.whole)
        ):
            page.add(kind, thing_id)
    page.turfs |= page.whole
    return page


def _whole_at(scope: Scope) -> int:
    """When the turf was gained or lost as a whole."""
    return scope.gained_seq if scope.held else scope.lost_seq


def _fill(page: _Page, units: Iterable[tuple[int, int, FeedRow | Scope]], limit: int) -> None:
    """Take changes in their order until the page is full; at least one."""
    total = last = 0
    for seq, weight, unit in units:
        if total and total + weight > limit and seq > last:
            page.until = last
            return
        total, last = total + weight, seq
        if isinstance(unit, FeedRow):
            page.add(unit.kind, unit.thing_id)
        else:
            page.whole.add(unit.turf_id)


async def _resolved(
    db: Connection, caller: Caller, held: Sequence[UUID], page: _Page
) -> tuple[Rows, Removed]:
    """Each thing of the page as it is now, or as gone from what the member holds."""
    organization_id, member_id = caller.organization_id, caller.member_id
    turfs = await _turfs(db, caller, page.turfs.intersection(held))
    doors = await queries.held_doors(
        db, organization_id, held, list(page.doors), list(page.batches)
    )
    wanted, people = await _people(db, caller, held, page)
    told = await queries.own_events(
        db, organization_id, member_id, held, list(page.doors), list(page.batches)
    )
    scripts = await _scripts(db, caller, held, page.scripts)
    member = await queries.member_by_id(db, organization_id, member_id) if page.members else None
    signups = await _signups(db, caller, page.signups)
    rows = Rows(
        turfs=turfs,
        doors=doors,
        people=people,
        scripts=scripts,
        events=[_event(event) for event in told if event.held],
        members=[member] if member else [],
        signups=signups,
    )
    removed = Removed(
        turfs=sorted(page.turfs - {row.id for row in turfs}),
        doors=sorted(page.doors - {row.id for row in doors}),
        people=sorted(wanted - {row.id for row in people}),
        scripts=sorted(page.scripts - {row.id for row in scripts}),
        events=[event.id for event in told if not event.held],
        signups=sorted(page.signups - {row.id for row in signups}),
    )
    return rows, removed


async def _turfs(db: Connection, caller: Caller, turf_ids: set[UUID]) -> list[SyncTurf]:
    if not turf_ids:
        return []
    rows = await queries.held_turfs(db, caller.organization_id, caller.member_id, list(turf_ids))
    return [_turf(row) for row in rows]


async def _people(
    db: Connection, caller: Caller, held: Sequence[UUID], page: _Page
) -> tuple[set[UUID], list[WalkPerson]]:
    """Whom the page is about, and those of them who are told."""
    if not page.doors and not page.people:
        return set(), []
    organization_id = caller.organization_id
    await queries.see_everyone(db)
    wanted = page.people | set(await queries.people_of_doors(db, organization_id, list(page.doors)))
    return wanted, await queries.held_people(db, organization_id, held, list(wanted))


async def _signups(db: Connection, caller: Caller, signup_ids: set[UUID]) -> list[SyncSignup]:
    if not signup_ids:
        return []
    organization_id, member_id = caller.organization_id, caller.member_id
    return await queries.own_signups(db, organization_id, member_id, list(signup_ids))


def _turf(row: queries.TurfRow) -> SyncTurf:
    fields: dict[str, Any] = msgspec.structs.asdict(row)
    fields["polygon"] = area_from_wkb(row.polygon)
    return SyncTurf(**fields)


def _event(told: queries.ToldEvent) -> SyncEvent:
    return SyncEvent(**{name: getattr(told, name) for name in SyncEvent.__struct_fields__})


async def _scripts(
    db: Connection, caller: Caller, held: Sequence[UUID], script_ids: set[UUID]
) -> list[SyncScript]:
    if not script_ids:
        return []
    organization_id = caller.organization_id
    turfs = await queries.held_turfs(db, organization_id, caller.member_id, held)
    used = sorted({turf.script_id for turf in turfs if turf.script_id} & script_ids)
    found = [await script_version(db, organization_id, script_id, None) for script_id in used]
    return [
        SyncScript(
            id=script.script_id,
            version=script.version,
            name=script.name,
            language=script.language,
            introduction=script.introduction,
            questions=script.questions,
            translations=script.translations,
        )
        for script in found
    ]


async def own_events_by_id(
    db: Connection, caller: Caller, event_ids: Sequence[UUID]
) -> dict[UUID, SyncEvent]:
    """The member's own events, by their ids."""
    found = await queries.events_by_id(db, caller.organization_id, caller.member_id, event_ids)
    return {event.id: event for event in found}


async def refused_ids(db: Connection, caller: Caller, cursor: int) -> list[str]:
    """Ids that the device pushed, that cannot be stored, and that it is to drop."""
    known = read_cursor(cursor).seq
    return await queries.refusals(db, caller.organization_id, caller.device_id, known)


async def mark_of_changes(pool: Pool, organization_id: UUID) -> str:
    """Another text whenever something changed in the organization."""
    async with organization_transaction(pool, organization_id) as db:
        return await queries.mark_of_changes(db, organization_id)
