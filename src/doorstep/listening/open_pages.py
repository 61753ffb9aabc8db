"""Pages of published cases, the issue form, and statements to vote on."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from doorstep.kit.public_pages import (
    NOTHING,
    Markup,
    document,
    fitting,
    joined,
    markup,
    paging,
    plain_list,
)
from doorstep.listening.asking import Form
from doorstep.listening.model import (
    PublicCase,
    PublicTally,
    PublicTopic,
    PublicUpdate,
    Statement,
    StatementTopic,
    Vote,
)
from doorstep.listening.pages import TRAP, contact_fields, fault_line, faults_line, first_of

MOST_TEXT = 4000
MOST_PLACE = 200
_ENDED = {
    "fixed": "put right",
    "answered": "answered",
    "referred": "passed on",
    "declined": "will not be done",
    "duplicate": "dealt with together with another",
}
_STEPS = {
    "assigned": "Somebody took it on",
    "moved": "Being worked on",
    "resolved": "Closed",
    "reopened": "Opened again",
    "confirmed": "Whoever raised it says that it is solved",
    "merged": "Put together with another",
}
_WORDS = {Vote.AGREE: "Agree", Vote.DISAGREE: "Disagree", Vote.PASS: "Pass"}


def base(slug: str) -> str:
    """Where an organization's public pages begin."""
    return f"/o/{quote(slug, safe='')}"


def issues_page(slug: str, cases: Sequence[PublicCase], start: int) -> Markup:
    """The published cases from the one with this number (0 is the newest) on."""
    path = f"{base(slug)}/issues"
    lines, later = fitting(cases, start, lambda one: _case_line(path, one))
    head = markup(
        '<h1>What people told us, and what becomes of it</h1>\n<p><a href="{path}/new">Tell us '
        "about something</a></p>\n"
        '<p class="soft">The same for programs: <a href="{base}/open311/v2/requests.json">JSON</a>,'
        ' <a href="{base}/open311/v2/requests.xml">XML</a> (Open311)</p>',
        path=path,
        base=base(slug),
    )
    listed = plain_list(lines, "Nothing is published yet.")
    return document("What people told us", joined([head, listed, paging(path, start, later)]))


def _case_line(path: str, one: PublicCase) -> Markup:
    return markup(
        '<li><h2><a href="{path}/{slug}">{topic}</a></h2>\n<p>{state}</p>\n'
        '<p class="text">{summary}</p></li>',
        path=path,
        slug=one.slug,
        topic=one.topic,
        state=_state(one),
        summary=one.summary if len(one.summary) <= MOST_PLACE else f"{one.summary[:MOST_PLACE]}…",
    )


def _state(one: PublicCase) -> Markup:
    word = "open" if one.open else _ENDED.get(one.outcome or "", "closed")
    return markup(
        '<span class="mark">{word}</span> Since {on}.{due}',
        word=word,
        on=one.requested_at.date(),
        due=f" Expected by {one.expected_at.date()}." if one.open else "",
    )


def issue_page(slug: str, one: PublicCase, updates: Sequence[PublicUpdate]) -> Markup:
    """A published case with what became of it."""
    path = f"{base(slug)}/issues"
    lines = [
        markup(
            '<li><p><b>{what}</b>, {on}</p><p class="text">{text}</p></li>',
            what=_STEPS.get(update.kind, update.kind),
            on=update.at.date(),
            text=update.text,
        )
        for update in reversed(updates)
    ]
    about = markup(
        '<p><a href="{path}">All of it</a></p>\n<h1>{topic}</h1>\n<p>{state}</p>\n'
        '<p class="text">{summary}</p>\n{place}<h2>What became of it</h2>',
        path=path,
        topic=one.topic,
        state=_state(one),
        summary=one.summary,
        place=markup('<p class="soft">{place}</p>\n', place=one.place) if one.place else NOTHING,
    )
    fitted, _ = fitting(lines, 0, lambda line: line, len(about.encode()))
    body = joined([about, plain_list(fitted, "Nothing yet.")])
    return document(f"{one.topic} · {one.organization}", body)


def issue_form(
    slug: str,
    topics: Sequence[PublicTopic],
    state: str,
    asks: Mapping[str, str],
    typed: Form,
    faults: Mapping[str, str],
) -> Markup:
    """Where anybody may raise an issue."""
    chosen = first_of(typed, "topic")
    options = [
        markup(
            '<option value="{id}"{on}>{name}</option>',
            id=one.id,
            on=Markup(" selected") if str(one.id) == chosen else NOTHING,
            name=one.name,
        )
        for one in topics
    ]
    body = markup(
        '<h1>Tell us about something</h1>\n{faults}<form method="post" action="{base}/issues/new">'
        '<input type="hidden" name="state" value="{state}">\n'
        '<label for="topic">What is it about?</label>{topic_fault}\n'
        '<select id="topic" name="topic" required>\n<option value="">Choose</option>\n{options}'
        '</select>\n<label for="text">What is the matter?</label>{text_fault}\n'
        '<textarea id="text" name="text" rows="8" maxlength="{most}" required>\n{text}</textarea>\n'
        '<label for="place">Where is it? (a street, a place)</label>{place_fault}\n'
        '<input id="place" name="place" maxlength="{most_place}" value="{place}">\n'
        "{contact}\n{trap}\n<button>Send</button></form>",
        faults=faults_line(faults),
        base=base(slug),
        state=state,
        topic_fault=fault_line(faults.get("topic")),
        options=joined(options),
        text_fault=fault_line(faults.get("text")),
        most=MOST_TEXT,
        text=first_of(typed, "text"),
        place_fault=fault_line(faults.get("place")),
        most_place=MOST_PLACE,
        place=first_of(typed, "place"),
        contact=contact_fields(typed, faults, asks),
        trap=TRAP,
    )
    return document("Tell us about something", body)


def statements_page(
    slug: str,
    topic: StatementTopic,
    one: Statement | None,
    visitor: str,
    tally: PublicTally,
    *,
    is_open: bool,
    said: str = "",
) -> Markup:
    """A topic with the next statement to vote on, a place to write one, and the votes so far."""
    path = f"{base(slug)}/statements/{topic.slug}"
    parts = [
        markup(
            '<h1>{question}</h1>\n<p class="text">{text}</p>\n{said}',
            question=topic.question,
            text=topic.text,
            said=markup('<p role="status"><strong>{said}</strong></p>', said=said)
            if said
            else NOTHING,
        ),
        _ballot(path, one, visitor) if is_open else Markup("<p>Voting has ended.</p>"),
        _own_words(path, visitor) if is_open else NOTHING,
        _votes(path, tally),
    ]
    return document(topic.question, joined(parts))


def _ballot(path: str, one: Statement | None, visitor: str) -> Markup:
    if one is None:
        return Markup("<p>You have voted on everything there is. Thank you.</p>")
    buttons = [
        markup('<button name="vote" value="{vote}">{word}</button>', vote=vote, word=word)
        for vote, word in _WORDS.items()
    ]
    return markup(
        '<form method="post" action="{path}/votes"><p class="text"><strong>{text}</strong></p>'
        '<input type="hidden" name="visitor" value="{visitor}">'
        '<input type="hidden" name="number" value="{number}">{buttons}</form>',
        path=path,
        text=one.text,
        visitor=visitor,
        number=one.number,
        buttons=joined(buttons),
    )


def _own_words(path: str, visitor: str) -> Markup:
    return markup(
        '<h2>Something is missing?</h2>\n<form method="post" action="{path}/proposals">'
        '<input type="hidden" name="visitor" value="{visitor}">'
        '<label for="text">Your statement, in one sentence and without names</label>'
        '<textarea id="text" name="text" rows="3" maxlength="300" required></textarea>{trap}'
        "<button>Send it in</button></form>",
        path=path,
        visitor=visitor,
        trap=TRAP,
    )


def _votes(path: str, tally: PublicTally) -> Markup:
    lines, _ = fitting(
        tally.statements,
        0,
        lambda one: markup(
            '<li><p class="text">{text}</p><p class="soft">Agree {agree}, disagree {disagree}, '
            "pass {passed}</p></li>",
            text=one.text,
            agree=one.agree,
            disagree=one.disagree,
            passed=one.passed,
        ),
        len(path),
    )
    return markup(
        '<h2>The votes so far</h2>\n<p class="soft">As <a href="{path}.json">JSON</a> or '
        '<a href="{path}.csv">CSV</a>. Fewer than five are said as that.</p>\n{lines}',
        path=path,
        lines=plain_list(lines, "No statement yet."),
    )
