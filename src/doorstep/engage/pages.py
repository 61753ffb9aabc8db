"""Commitments and decisions as pages that need no script, each short enough for a weak network."""

import datetime as dt
from collections.abc import Sequence
from urllib.parse import quote

from doorstep.engage.model import (
    CommitmentUpdate,
    Decisions,
    Evidence,
    Ledger,
    PublicCommitment,
    PublicDecision,
    Status,
    UpdateKind,
)
from doorstep.kit.public_pages import (
    NOTHING,
    Markup,
    document,
    fitting,
    joined,
    markup,
    paging,
    picture_url,
    plain_list,
    social,
)

WORDS = {
    Status.DRAFT: "draft",
    Status.PUBLISHED: "promised",
    Status.IN_PROGRESS: "in progress",
    Status.STALLED: "stalled",
    Status.KEPT: "kept",
    Status.PARTLY_KEPT: "partly kept",
    Status.NOT_KEPT: "not kept",
    Status.WITHDRAWN: "withdrawn",
}
_FIELDS = {"title": "Title", "text": "Text", "occasion": "Occasion", "due_on": "Due"}
_EXCERPT = 160


def base(slug: str) -> str:
    """Where an organization's public pages begin."""
    return f"/o/{quote(slug, safe='')}"


def commitments_page(slug: str, ledger: Ledger, start: int) -> Markup:
    """The commitments from the one with this number (0 is the latest changed) on."""
    path = f"{base(slug)}/commitments"
    listed, later = fitting(ledger.commitments, start, lambda one: _commitment_line(path, one))
    head = markup(
        '<h1>What {organization} promised</h1>\n<p>{kept}</p>\n<p class="soft">{files}</p>',
        organization=ledger.organization,
        kept=_standing(ledger.commitments),
        files=_files(path, "commitment-updates", slug),
    )
    title = f"Commitments of {ledger.organization}"
    return _page(slug, title, [head, plain_list(listed, "No promise was published yet."),
                               paging(path, start, later)], path)  # fmt: skip


def _standing(commitments: Sequence[PublicCommitment]) -> Markup:
    counts = {status: sum(one.status is status for one in commitments) for status in WORDS}
    told = [f"{count} {WORDS[status]}" for status, count in counts.items() if count]
    late = sum(one.overdue for one in commitments)
    return markup("{told}.", told=", ".join([*told, *([f"{late} overdue"] if late else [])]) or "0")


def _commitment_line(path: str, one: PublicCommitment) -> Markup:
    latest = one.updates[-1].reason if one.updates else ""
    short = latest if len(latest) <= _EXCERPT else f"{latest[:_EXCERPT].rstrip()}…"
    return markup(
        '<li><h2><a href="{path}/{slug}">{title}</a></h2>\n<p>{state}</p>\n'
        '<p class="soft text">{on}: {short}</p></li>',
        path=path,
        slug=one.slug,
        title=one.title,
        state=_state(one),
        on=one.updated_at.date(),
        short=short,
    )


def _state(one: PublicCommitment) -> Markup:
    parts = [markup('<span class="mark">{word}</span>', word=WORDS[one.status])]
    if one.overdue:
        parts.append(Markup('<span class="mark late">overdue</span>'))
    if one.due_on:
        parts.append(markup("Due {due}.", due=_day(one.due_on)))
    if one.raised_by:
        parts.append(markup("Raised by {count} people.", count=one.raised_by))
    return Markup(" ".join(parts))


def commitment_page(
    public_url: str, slug: str, ledger: Ledger, item: PublicCommitment, start: int
) -> Markup:
    """A commitment with what became of it, the latest first."""
    path = f"{base(slug)}/commitments"
    about = markup(
        '<p><a href="{path}">All promises of {organization}</a></p>\n<h1>{title}</h1>\n<p>{state}'
        '</p>\n<p class="text">{text}</p>\n<p class="soft">Published {on}.{occasion} '
        '<a href="{path}/{slug}.json">This as JSON</a></p>\n<h2>What became of it</h2>',
        path=path,
        organization=ledger.organization,
        title=item.title,
        state=_state(item),
        text=item.text,
        on=_day(item.published_on),
        occasion=f" {item.occasion}." if item.occasion else "",
        slug=item.slug,
    )
    listed, later = fitting(item.updates[::-1], start, _update_line, len(about.encode()))
    parts = [about, plain_list(listed, "Nothing yet."), paging(f"{path}/{item.slug}", start, later)]
    told = f"{WORDS[item.status].capitalize()}. {item.text}"
    shown = social(item.title, told, f"{public_url}{path}/{item.slug}",
                   picture_url(public_url, slug, "commitment", item.slug))  # fmt: skip
    return _page(slug, f"{item.title} · {ledger.organization}", parts, path, shown)


def _update_line(update: CommitmentUpdate) -> Markup:
    changes = [
        markup(
            '<p class="soft text">{field}: <del>{before}</del> <ins>{after}</ins></p>',
            field=_FIELDS.get(name, name),
            before=before or "none",
            after=after or "none",
        )
        for name, (before, after) in update.changed.items()
    ]
    return markup(
        '<li id="u{number}"><p><b>{what}</b>, {on}</p>\n<p class="text">{reason}</p>'
        "{changes}{evidence}</li>",
        number=update.number,
        what=_what(update),
        on=_day(update.at.date()),
        reason=update.reason,
        changes=joined(changes),
        evidence=_evidence(update.evidence),
    )


def _what(update: CommitmentUpdate) -> str:
    moved = update.status_before is not update.status_after
    to = f": now {WORDS[update.status_after]}" if moved else ""
    match update.kind:
        case UpdateKind.CORRECTION:
            of = f" of update {update.corrects}" if update.corrects else ""
            return f"Correction{of}{to}"
        case UpdateKind.NOTE:
            return "Progress"
        case UpdateKind.MOVE:
            return WORDS[update.status_after].capitalize()


def _evidence(links: Sequence[Evidence]) -> Markup:
    if not links:
        return Markup()
    listed = [
        markup('<li><a href="{url}" rel="nofollow">{label}</a></li>', url=one.url, label=one.label)
        for one in links
    ]
    return markup("<ul>{listed}</ul>", listed=joined(listed))


def decisions_page(slug: str, found: Decisions, start: int) -> Markup:
    """The decisions from the one with this number (0 is the latest) on."""
    path = f"{base(slug)}/decisions"
    listed, later = fitting(found.decisions, start, lambda one: _decision_line(path, one))
    head = markup(
        '<h1>What {organization} decided</h1>\n<p class="soft">{files}</p>',
        organization=found.organization,
        files=_files(path, None, slug),
    )
    return _page(slug, f"Decisions of {found.organization}",
                 [head, plain_list(listed, "No decision was published yet."),
                  paging(path, start, later)], path)  # fmt: skip


def _decision_line(path: str, one: PublicDecision) -> Markup:
    return markup(
        '<li><h2><a href="{path}/{slug}">{question}</a></h2>\n'
        '<p class="text">{choice}{gone}</p><p class="soft">{on}</p></li>',
        path=path,
        slug=one.slug,
        question=one.question,
        choice=one.choice,
        gone=" (another decision took its place)" if one.superseded_by else "",
        on=_day(one.decided_on),
    )


def decision_page(
    public_url: str, slug: str, found: Decisions, item: PublicDecision, start: int
) -> Markup:
    """A decision: its options, the choice, the reasons and who was asked, as far as fits."""
    path = f"{base(slug)}/decisions"
    about = markup(
        '<p><a href="{path}">All decisions of {organization}</a></p>\n<h1>{question}</h1>\n'
        '<p><b>{choice}</b>, decided {on}</p>\n{links}<h2>Why</h2>\n<p class="text">{reasons}</p>\n'
        '<p class="soft"><a href="{path}/{slug}.json">This as JSON</a></p>',
        path=path,
        organization=found.organization,
        question=item.question,
        choice=item.choice,
        on=_day(item.decided_on),
        links=_relations(slug, item),
        reasons=item.reasons,
        slug=item.slug,
    )
    details = [
        *(_detail("Option", one.title, one.text) for one in item.options),
        *(_detail("Asked", one.who, one.how) for one in item.consulted),
        *(_link_detail(one) for one in item.evidence),
    ]
    listed, later = fitting(details, start, lambda one: one, len(about.encode()))
    parts = [
        about,
        Markup("<h2>Options, who was asked, and papers</h2>"),
        plain_list(listed, "None."),
        paging(f"{path}/{item.slug}", start, later),
    ]
    told = f"{item.choice}. {item.reasons}"
    shown = social(item.question, told, f"{public_url}{path}/{item.slug}",
                   picture_url(public_url, slug, "decision", item.slug))  # fmt: skip
    return _page(slug, f"{item.question} · {found.organization}", parts, path, shown)


def _detail(kind: str, name: str, text: str) -> Markup:
    return markup(
        '<li><p><span class="soft">{kind}:</span> <b>{name}</b></p><p class="text">{text}</p></li>',
        kind=kind,
        name=name,
        text=text,
    )


def _link_detail(link: Evidence) -> Markup:
    return markup(
        '<li><p><span class="soft">Paper:</span> <a href="{url}" rel="nofollow">{label}</a></p>'
        "</li>",
        url=link.url,
        label=link.label,
    )


def _relations(slug: str, item: PublicDecision) -> Markup:
    """Links to what it took the place of, what took its, and what it promises."""
    about = (
        ("This took the place of", "decisions", item.supersedes),
        ("Its place was taken by", "decisions", item.superseded_by),
        ("It led to", "commitments", item.commitment),
    )
    return joined([
        markup('<p>{words} <a href="{base}/{kind}/{other}">{shown}</a>.</p>', words=words,
               base=base(slug), kind=kind, other=other,
               shown="a promise" if kind == "commitments" else "another decision")
        for words, kind, other in about if other
    ])  # fmt: skip


def _files(path: str, updates: str | None, slug: str) -> Markup:
    more = markup(', <a href="{base}/{name}.csv">updates as CSV</a>', base=base(slug),
                  name=updates) if updates else Markup()  # fmt: skip
    return markup(
        'The same as <a href="{path}.json">JSON</a>, <a href="{path}.csv">CSV</a>{more}, '
        'or to follow: <a href="{path}.atom">Atom feed</a>',
        path=path,
        more=more,
    )


def _page(
    slug: str, title: str, parts: Sequence[Markup], path: str, shown: Markup = NOTHING
) -> Markup:
    feed = markup(
        '<link rel="alternate" type="application/atom+xml" title="News" href="{path}.atom">',
        path=path,
    )
    foot = markup(
        '<footer><a href="{base}/commitments">Promises</a> · '
        '<a href="{base}/decisions">Decisions</a></footer>',
        base=base(slug),
    )
    return document(title, joined([*parts, foot]), head=joined([feed, shown]))


def _day(day: dt.date) -> Markup:
    return markup('<time datetime="{day}">{day}</time>', day=day.isoformat())
