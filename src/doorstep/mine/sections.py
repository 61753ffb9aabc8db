"""Parts of the page of one's own that tell what somebody did, and what became of it."""

import datetime as dt
from urllib.parse import quote

from doorstep.follow_up.model import REOPEN_DAYS
from doorstep.kit.db import Connection
from doorstep.kit.links import Purpose, sign
from doorstep.kit.tokens import Keyring
from doorstep.letters import linking
from doorstep.letters.model import Link
from doorstep.mine import queries
from doorstep.mine.model import Holder, Line, Section
from doorstep.mine.queries import Raised

_STATUS = {
    "new": "We have it.",
    "assigned": "Somebody works on it.",
    "in_progress": "Somebody works on it.",
    "waiting": "We wait for somebody else.",
    "reopened": "We look at it again.",
}


def sections(keyring: Keyring, public_url: str) -> tuple[Section, ...]:
    """What somebody raised, and the events they come to."""

    async def issues(db: Connection, holder: Holder) -> list[Line]:
        ids = [one.id for one in holder.guests]
        found = await queries.raised(db, holder.organization.id, holder.person_id, ids, REOPEN_DAYS)
        return [_issue(keyring, public_url, holder, one) for one in found]

    return (Section("What you told us", issues), Section("Events", _events))


def _issue(keyring: Keyring, public_url: str, holder: Holder, one: Raised) -> Line:
    link = None
    if one.open_until_s is not None and one.open_until_s > linking.now().timestamp():
        token = sign(
            keyring,
            Purpose.RAISED,
            holder.organization.id,
            one.case_id,
            one.raiser_id,
            expires_at=dt.datetime.fromtimestamp(one.open_until_s, dt.UTC),
        )
        link = Link(label="Is it solved, or not?", url=f"{public_url}/raised/{quote(token)}")
    said = _STATUS.get(one.status) or one.reason or "It has ended."
    return Line(title=f"{one.topic}, {one.raised_on}", text=said, link=link)


async def _events(db: Connection, holder: Holder) -> list[Line]:
    found = [
        attendance
        for guest in holder.guests
        for attendance in await queries.attendances_of_guest(db, holder.organization.id, guest.id)
    ]
    return [
        Line(
            title=one.event,
            text=f"{one.starts_at:%Y-%m-%d %H:%M} UTC: {one.state.replace('_', ' ')}",
        )
        for one in found
    ]
