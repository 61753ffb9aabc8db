"""What tests of letters need: a mail server, a worker that sends to it, links out of letters."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from mail_server import MailServer, mail_server

from doorstep.guests import service as guests
from doorstep.guests.model import Recipient, Source
from doorstep.kit.ids import new_id
from doorstep.letters import own_letters, service
from doorstep.letters.model import LetterKind, LetterText, Link, NewLetter
from doorstep.letters.sending import Letters

NAME, ADDRESS = "Canaria Feathers", "canary@example.org"


@dataclass
class Office:
    """A worker beside a mail server."""

    server: MailServer
    letters: Letters
    pool: Any

    async def send(self, tenant):
        """Ask who is to be asked, and send what is due."""
        async with tenant.transaction() as db:
            await db.execute("update letter set due_at = now() where state = 'queued'")
        await self.letters.look_after(self.pool, tenant.id)

    def taken(self, to=ADDRESS):
        """The messages to an address."""
        return [message for recipients, message in self.server.taken if recipients == [to]]

    def bodies(self, to=ADDRESS):
        """Plain text and HTML of each."""
        return [
            tuple(
                message.get_body((kind,)).get_content().replace("\r\n", "\n")
                for kind in ("plain", "html")
            )
            for message in self.taken(to)
        ]

    def path(self, page, to=ADDRESS):
        """Where the newest letter's link to a page leads."""
        return re.findall(
            rf"http://127.0.0.1:8000(/o/[\w-]+/{page}/[\w-]+)", self.bodies(to)[-1][0]
        )[-1]


async def _ticket(_, letter):
    return LetterText(
        subject="Your ticket",
        paragraphs=(f"Here is ticket {letter.facts.get('number', 1)} of <b>seven</b> & more.",),
        links=(Link(label="See it", url="https://example.org/?a=1&b=2"),),
    )


async def _gone(_, __):
    return None


@pytest.fixture
async def office(world, settings):
    async with mail_server() as server:
        mailing = msgspec.structs.replace(
            settings, smtp_url=server.url, mail_from="North <post@example.org>"
        )
        own = own_letters.renderers(world.keyring, settings.public_url)
        renderers = {
            **own,
            **dict.fromkeys((LetterKind.TICKET, LetterKind.MAILING), _ticket),
            LetterKind.FEEDBACK: _gone,
        }
        yield Office(server, Letters(mailing, world.keyring, renderers), world.pool)


async def make_guest(tenant, email=ADDRESS, name=NAME, purposes=(), confirmed=()):
    async with tenant.transaction() as db:
        guest = await guests.welcome(
            db, tenant.id, name=name, email=email, source=Source.RSVP,
            purposes=[*purposes, *confirmed],
        )  # fmt: skip
        found = await guests.consents_of_guest(db, tenant.id, guest)
        ids = [one.id for one in found if one.purpose in confirmed]
        if ids:
            await guests.confirm(db, tenant.id, guest, ids)
    return guest


def letter(guest_id=None, person_id=None, **more):
    about = {"kind": LetterKind.TICKET, "about": new_id(), "key": "ticket", **more}
    return NewLetter(recipient=Recipient(person_id=person_id, guest_id=guest_id), **about)


async def queue(tenant, *letters):
    async with tenant.transaction() as db:
        return await service.queue(db, tenant.id, letters)


async def states(tenant):
    """(kind, state, why) of every letter, the oldest first."""
    async with tenant.transaction() as db:
        rows = await db.fetch("select kind, state, why from letter order by created_at, id")
    return [tuple(row) for row in rows]
