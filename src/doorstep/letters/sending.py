"""Letters on their way: each noted before it leaves and after, and written when it is sent."""

from collections import Counter
from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from doorstep.accounts.model import Organization
from doorstep.accounts.service import organization_by_id
from doorstep.guests.model import Recipient
from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.kit.mail import Fate, Mail, Post, Posted
from doorstep.kit.queue import Every
from doorstep.kit.queue.driver import worker_transaction
from doorstep.kit.tokens import Keyring
from doorstep.letters import linking, queries
from doorstep.letters.linking import Site
from doorstep.letters.model import Letter, LetterKind, LetterState, Renderers
from doorstep.letters.own_letters import NEW_EMAIL
from doorstep.letters.queries import Claimed
from doorstep.letters.writing import written
from doorstep.people.suppressing import contact_hash
from doorstep.settings import Settings

ROUND_S = 5.0
MOST = 500
"""In one round of one organization: the next one's letters do not wait for all of a mailing."""
MOST_ATTEMPTS = 8
FIRST_RETRY_S = 900.0
"""A server that says "later" (greylisting, RFC 6647) means minutes; the wait doubles each time."""
AGAIN = frozenset({LetterKind.CONFIRM_EMAIL, LetterKind.OWN_PAGE})
"""Sent even where letters came back: only with these can an address be confirmed anew."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Ended:
    """What became of a letter for now."""

    state: LetterState
    why: str | None = None
    bounced: bool = False
    away: bool = False
    """The mail server cannot be used: the next letter would fare no better."""


class Letters:
    """Sends what waits, in the organizations where something does."""

    def __init__(self, settings: Settings, keyring: Keyring, renderers: Renderers) -> None:
        self._settings, self._keyring, self._renderers = settings, keyring, renderers

    async def round(self, pool: Pool) -> None:
        """Send what is due everywhere."""
        async with worker_transaction(pool) as db:
            organization_ids = await queries.organizations_with_work(db)
        for organization_id in organization_ids:
            await self.look_after(pool, organization_id)

    async def look_after(self, pool: Pool, organization_id: UUID) -> None:
        """Take in what happened to an organization's letters, and send what is due."""
        async with organization_transaction(pool, organization_id) as db:
            await queries.settle(db, organization_id)
            await queries.queue_confirmations(db, organization_id)
        await self.send(pool, organization_id)

    async def send(self, pool: Pool, organization_id: UUID) -> Counter[LetterState]:
        """Send an organization's letters; how they stand now. None without a mail server."""
        counts: Counter[LetterState] = Counter()
        if self._settings.smtp_url is None:
            return counts
        async with organization_transaction(pool, organization_id) as db:
            organization = await organization_by_id(db, organization_id)
        async with Post(self._settings.smtp_url, self._settings.mail_from) as post:
            while counts.total() < MOST:
                ended = await self._next(pool, organization, post)
                if ended is None:
                    break
                counts[ended.state] += 1
                if ended.away:
                    break
        return counts

    async def _next(self, pool: Pool, organization: Organization, post: Post) -> Ended | None:
        """What became of the next letter, or None if there is none.

        It is marked before it leaves. If the worker dies in between it stays marked, and is not
        sent a second time.
        """
        claimed: Claimed | None = None
        try:
            async with organization_transaction(pool, organization.id) as db:
                claimed = await queries.claim(db, organization.id)
                if claimed is None:
                    return None
                made = await self._made(db, organization, claimed)
        except Exception as error:
            if claimed is None:
                raise
            # Nothing has left, and the claim is undone: only this letter waits.
            _log.warning("letter_not_written", kind=claimed.kind, error=type(error).__name__)
            made = self._later(claimed, "not_true")
        ended = made if isinstance(made, Ended) else self._ended(claimed, await post.send(made))
        await self._note(pool, organization.id, claimed, ended)
        return ended

    async def _made(
        self, db: Connection, organization: Organization, claimed: Claimed
    ) -> Mail | Ended:
        """The message, or why there is none."""
        refusal = await self._refusal(db, organization.id, claimed)
        if refusal is not None:
            return Ended(LetterState.SUPPRESSED, refusal)
        recipient = Recipient(person_id=claimed.person_id, guest_id=claimed.guest_id)
        letter = Letter(
            id=claimed.id,
            organization_id=organization.id,
            kind=claimed.kind,
            about=claimed.about,
            recipient=recipient,
            language=claimed.language,
            facts=claimed.facts,
        )
        text = await self._renderers[claimed.kind](db, letter)
        if text is None:
            return Ended(LetterState.SUPPRESSED, "not_true")
        site = Site(self._keyring, self._settings.public_url, organization.id, organization.slug)
        # Whoever gets mail at an address that is not known to be theirs yet sees no data.
        shown = NEW_EMAIL not in claimed.facts and claimed.kind is not LetterKind.OWN_PAGE
        own = linking.own_page(site, recipient.id) if shown else None
        stop = linking.stop(site, recipient.id, claimed.purpose) if claimed.purpose else None
        domain = self._settings.mail_from.rpartition("@")[2].rstrip("> ")
        return written(
            f"{claimed.id}@{domain}",
            claimed.email,
            claimed.name,
            organization.name,
            text,
            own,
            stop,
        )

    async def _refusal(self, db: Connection, organization_id: UUID, claimed: Claimed) -> str | None:
        if claimed.expired:
            return "expired"
        if claimed.refusal is not None:
            return claimed.refusal
        digest = self._digest(organization_id, claimed)
        if digest is None:
            return "no_address"
        found = await queries.suppressed_or_bouncing(db, organization_id, digest)
        return None if found == "bouncing" and claimed.kind in AGAIN else found

    def _digest(self, organization_id: UUID, claimed: Claimed) -> bytes | None:
        key = self._keyring.suppression_key(organization_id)
        return contact_hash(key, "email", claimed.email)

    def _ended(self, claimed: Claimed, posted: Posted) -> Ended:
        match posted.fate:
            case Fate.TAKEN:
                return Ended(LetterState.SENT)
            case Fate.UNKNOWN:
                return Ended(LetterState.UNKNOWN, "interrupted")
            case Fate.REFUSED:
                why = "bounced" if posted.no_mailbox else "refused"
                return Ended(LetterState.FAILED, why, bounced=posted.no_mailbox)
            case Fate.LATER:
                later = self._later(claimed, "not_reached")
                return replace(later, away=posted.why == "away")

    def _later(self, claimed: Claimed, why: str) -> Ended:
        if claimed.attempts_count >= MOST_ATTEMPTS:
            return Ended(LetterState.FAILED, why)
        return Ended(LetterState.QUEUED)

    async def _note(
        self, pool: Pool, organization_id: UUID, claimed: Claimed, ended: Ended
    ) -> None:
        retry_s = FIRST_RETRY_S * 2 ** (claimed.attempts_count - 1)
        async with organization_transaction(pool, organization_id) as db:
            await queries.put(
                db,
                organization_id,
                claimed.id,
                ended.state,
                ended.why,
                claimed.attempts_count,
                retry_s,
            )
            digest = self._digest(organization_id, claimed) if ended.bounced else None
            if digest is not None:
                await queries.insert_bouncing(db, organization_id, digest)


def periodic(settings: Settings, keyring: Keyring, renderers: Renderers) -> tuple[Every, ...]:
    """What the worker does by itself."""
    return (Every("letters", ROUND_S, Letters(settings, keyring, renderers).round),)
