"""Commitments and decisions as files: CSV for spreadsheets, Atom (RFC 4287) for feed readers."""

import datetime as dt
from xml.etree import ElementTree as ET

from doorstep.engage.model import Decisions, Evidence, Ledger
from doorstep.engage.pages import WORDS, base
from doorstep.kit.csv_text import csv_text

_ATOM = "http://www.w3.org/2005/Atom"
_NEWEST = 50
_COMMITMENT = (
    "slug", "title", "text", "occasion", "status", "overdue", "due_on", "raised_by",
    "published_on", "updated_at", "updates_count",
)  # fmt: skip
_UPDATE = (
    "commitment", "number", "at", "kind", "status_before", "status_after", "reason", "evidence",
    "corrects", "changed",
)  # fmt: skip
_DECISION = (
    "slug", "question", "options", "choice", "reasons", "consulted", "evidence", "decided_on",
    "supersedes", "superseded_by", "commitment",
)  # fmt: skip


def commitments_csv(ledger: Ledger) -> str:
    """A row for each commitment."""
    return csv_text(
        _COMMITMENT,
        [
            [one.slug, one.title, one.text, one.occasion, one.status.value, one.overdue,
             one.due_on, one.raised_by, one.published_on, one.updated_at, len(one.updates)]
            for one in ledger.commitments
        ],
    )  # fmt: skip


def updates_csv(ledger: Ledger) -> str:
    """A row for each update of each commitment."""
    return csv_text(
        _UPDATE,
        [
            [one.slug, u.number, u.at, u.kind.value, u.status_before.value, u.status_after.value,
             u.reason, _links(u.evidence), u.corrects,
             "; ".join(f"{name}: {was} -> {now}" for name, (was, now) in u.changed.items())]
            for one in ledger.commitments
            for u in one.updates
        ],
    )  # fmt: skip


def decisions_csv(found: Decisions) -> str:
    """A row for each decision."""
    return csv_text(
        _DECISION,
        [
            [one.slug, one.question, "; ".join(option.title for option in one.options), one.choice,
             one.reasons, "; ".join(f"{c.who} ({c.how})" if c.how else c.who
                                    for c in one.consulted),
             _links(one.evidence), one.decided_on, one.supersedes, one.superseded_by,
             one.commitment]
            for one in found.decisions
        ],
    )  # fmt: skip


def _links(evidence: list[Evidence]) -> str:
    return " ".join(one.url for one in evidence)


def commitments_atom(public_url: str, slug: str, ledger: Ledger) -> bytes:
    """The newest updates of all commitments."""
    home = f"{public_url}{base(slug)}/commitments"
    news = sorted(
        ((u.at, one, u) for one in ledger.commitments for u in one.updates),
        key=lambda found: (found[0], found[1].slug, found[2].number),
        reverse=True,
    )
    entries = [
        (f"{home}/{one.slug}#u{u.number}", f"{one.title}: {WORDS[u.status_after]}", at, u.reason)
        for at, one, u in news[:_NEWEST]
    ]
    return _feed(home, f"Commitments of {ledger.organization}", ledger.organization, entries)


def decisions_atom(public_url: str, slug: str, found: Decisions) -> bytes:
    """The newest decisions."""
    home = f"{public_url}{base(slug)}/decisions"
    entries = [
        (f"{home}/{one.slug}", f"{one.question} {one.choice}", one.published_at, one.reasons)
        for one in found.decisions[:_NEWEST]
    ]
    return _feed(home, f"Decisions of {found.organization}", found.organization, entries)


def _feed(
    home: str, title: str, author: str, entries: list[tuple[str, str, dt.datetime, str]]
) -> bytes:
    feed = ET.Element("feed", xmlns=_ATOM)
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    _head(feed, home, title, max((at for _, _, at, _ in entries), default=epoch))
    ET.SubElement(feed, "link", rel="self", href=f"{home}.atom")
    ET.SubElement(ET.SubElement(feed, "author"), "name").text = _xml(author)
    for link, named, at, words in entries:
        entry = ET.SubElement(feed, "entry")
        _head(entry, link, named, at)
        ET.SubElement(entry, "content", type="text").text = _xml(words)
    return ET.tostring(feed, encoding="utf-8", xml_declaration=True)


def _head(element: ET.Element, link: str, title: str, at: dt.datetime) -> None:
    ET.SubElement(element, "id").text = link
    ET.SubElement(element, "title").text = _xml(title)
    ET.SubElement(element, "updated").text = at.isoformat()
    ET.SubElement(element, "link", rel="alternate", href=link)


def _xml(text: str) -> str:
    """The text without letters that XML 1.0 cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
