"""Letters of mailings in words: what is known of somebody, put into a template when it is sent."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from doorstep.events.wording import language_of, moment
from doorstep.kit.db import Connection
from doorstep.letters.model import Letter, LetterKind, LetterText, Recipient, Renderer
from doorstep.mailings import queries, template_queries
from doorstep.mailings.merging import Tag, fallbacks_used, render
from doorstep.mailings.model import Candidate, Mailing, Sample
from doorstep.mailings.queries import Known, Occasion, Raised
from doorstep.mailings.templating import Parsed, parsed, text_for

_OF_PEOPLE = ("name", "given_name", "salutation", "street")
_OF_ISSUES = frozenset({"concern", "listened_by", "what_was_done"})
_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Desk:
    """All that a mailing's letters have in common."""

    mailing: Mailing
    texts: Sequence[Parsed]
    occasion: Occasion

    @property
    def tells_of_issues(self) -> bool:
        """Whether it says anything of what people raised."""
        return any(
            isinstance(piece, Tag) and piece.field in _OF_ISSUES
            for text in self.texts
            for piece in text.pieces
        )

    def fill(self, known: Known, raised: Sequence[Raised] = ()) -> Sample:
        """The letter to somebody who raised this, the newest first."""
        text = text_for(self.texts, known.language)
        values = self._values(known, raised, text.language)
        return Sample(
            person_id=known.person_id,
            guest_id=known.guest_id,
            language=text.language,
            subject=render(text.subject, values),
            paragraphs=[render(paragraph, values) for paragraph in text.paragraphs],
            fallbacks=sorted(fallbacks_used(text.pieces, values)),
        )

    def _values(self, known: Known, raised: Sequence[Raised], language: str) -> Mapping[str, str]:
        said = next((one for one in raised if one.open), None)
        reasoned = [one for one in raised if one.reason]
        done = max(reasoned, key=lambda one: one.reasoned_at or _LONG_AGO, default=None)
        heard = said or done
        return {
            **{name: getattr(known, name) for name in _OF_PEOPLE},
            "concern": said.topic if said else "",
            "listened_by": heard.listener or "" if heard else "",
            "what_was_done": done.reason or "" if done else "",
            "organization": self.occasion.organization,
            "event_title": self.occasion.title or "",
            "event_time": _event_time(self.occasion, language),
            "sender": self.mailing.sender,
        }


def _event_time(of: Occasion, language: str) -> str:
    if of.starts_at is None or of.time_zone is None:
        return ""
    spoken = language_of(language)
    if spoken.code == language.partition("-")[0].lower():
        return moment(spoken, of.starts_at, of.time_zone)
    # Days and months of no language are better than those of another.
    return f"{of.starts_at.astimezone(ZoneInfo(of.time_zone)):%Y-%m-%d %H:%M}"


async def desk(db: Connection, organization_id: UUID, mailing: Mailing) -> Desk:
    """What its letters are made of."""
    template = await template_queries.template(
        db, organization_id, mailing.template_id, mailing.template_version
    )
    occasion = await queries.occasion(db, organization_id, mailing.civic_event_id)
    return Desk(mailing, [parsed(text) for text in template.texts], occasion)


async def letters_to(
    db: Connection, organization_id: UUID, mailing: Mailing, chosen: Sequence[Candidate | Recipient]
) -> list[Sample]:
    """What each of these would read."""
    at = await desk(db, organization_id, mailing)
    # What somebody raised under a name that was merged is theirs as well.
    await queries.see_merged(db)
    ids = [(one.person_id, one.guest_id) for one in chosen]
    known = await queries.known_of(db, organization_id, ids)
    by_raiser: defaultdict[UUID | None, list[Raised]] = defaultdict(list)
    if at.tells_of_issues:
        raisers = [one.raiser_id for one in known if one.raiser_id]
        for one in await queries.raised_by(db, organization_id, raisers):
            by_raiser[one.raiser_id].append(one)
    return [at.fill(one, by_raiser[one.raiser_id]) for one in known]


async def _mailing(db: Connection, letter: Letter) -> LetterText | None:
    """A letter as its recipient reads it; none of a mailing that was stopped or taken back."""
    mailing = await queries.mailing_by_id(db, letter.organization_id, letter.about)
    if mailing.approved_at is None or mailing.stopped_at is not None:
        return None
    (filled,) = await letters_to(db, letter.organization_id, mailing, [letter.recipient])
    return LetterText(
        subject=filled.subject,
        paragraphs=tuple(filled.paragraphs),
        greets=False,
        language=filled.language,
    )


def tried(at: Desk, name: str) -> list[Sample]:
    """The letter in each language, to somebody of whom nothing but a name is known."""
    nobody = Known(
        person_id=None, guest_id=None, language=None, name=name,
        given_name=name.partition(" ")[0], salutation=name, street="", raiser_id=None,
    )  # fmt: skip
    in_each = (msgspec.structs.replace(nobody, language=text.language) for text in at.texts)
    return [at.fill(known) for known in in_each]


LETTERS: Mapping[LetterKind, Renderer] = {LetterKind.MAILING: _mailing}
