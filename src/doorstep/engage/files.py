"""Commitments and decisions as files: CSV for spreadsheets, Atom (RFC 4287) for feed readers."""

from doorstep.engage.model import Decisions, Evidence, Ledger
from doorstep.engage.pages import WORDS, base
from doorstep.kit.atom import NEWEST, Entry, feed
from doorstep.kit.csv_text import csv_text

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
        Entry(
            f"{home}/{one.slug}#u{u.number}", f"{one.title}: {WORDS[u.status_after]}", at, u.reason
        )
        for at, one, u in news[:NEWEST]
    ]
    return feed(home, f"Commitments of {ledger.organization}", ledger.organization, entries)


def decisions_atom(public_url: str, slug: str, found: Decisions) -> bytes:
    """The newest decisions."""
    home = f"{public_url}{base(slug)}/decisions"
    entries = [
        Entry(f"{home}/{one.slug}", f"{one.question} {one.choice}", one.published_at, one.reasons)
        for one in found.decisions[:NEWEST]
    ]
    return feed(home, f"Decisions of {found.organization}", found.organization, entries)
