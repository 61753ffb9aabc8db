"""Pages about events that need no script, each short enough for a weak network."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from doorstep.engage.model import FEW
from doorstep.events.model import EventStatus
from doorstep.events.service import ENGLISH, moment, when
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
from doorstep.outreach import files, wording
from doorstep.outreach.attendance_queries import Ticket
from doorstep.outreach.files import Times
from doorstep.outreach.model import (
    MOST_SEATS,
    Decided,
    EventSeen,
    FeedbackFigures,
    OfficeSlot,
    Promise,
    Speaker,
)

_EXCERPT = 200


class Site(NamedTuple):
    """Whose pages they are, and where."""

    public_url: str
    slug: str
    organization: str

    @property
    def path(self) -> str:
        """Where the events are."""
        return f"/o/{quote(self.slug, safe='')}/events"


class Around(NamedTuple):
    """What the page of an event shows beside the event itself."""

    described: Markup
    slots: Sequence[OfficeSlot]
    promises: Sequence[Promise]
    decisions: Sequence[Decided]
    feedback: FeedbackFigures
    asked: str
    """In which words one is asked whether one wants to be written to."""


def events_page(site: Site, events: Sequence[EventSeen], start: int) -> Markup:
    """The events from the one with this number (0 is the next) on."""
    head = markup(
        '<h1>Events of {organization}</h1>\n<p class="soft">To follow: '
        '<a href="{path}.ics">calendar</a>, <a href="{path}.atom">Atom feed</a>, '
        '<a href="{path}.json">JSON</a></p>',
        organization=site.organization,
        path=site.path,
    )
    listed, later = fitting(events, start, lambda one: _line(site, one))
    parts = [head, plain_list(listed, "No event is planned."), paging(site.path, start, later)]
    return _page(site, f"Events of {site.organization}", parts)


def _line(site: Site, event: EventSeen) -> Markup:
    short = event.summary[:_EXCERPT] + ("…" if len(event.summary) > _EXCERPT else "")
    return markup(
        '<li><h2><a href="{path}/{slug}">{title}</a></h2>\n<p>{when}<br>{place}{mark}</p>\n'
        '<p class="soft text">{short}</p></li>',
        path=site.path,
        slug=event.slug,
        title=event.title,
        when=files.when_of(event),
        place=event.place_name,
        mark=_mark(event),
        short=short,
    )


def _mark(event: EventSeen) -> Markup:
    words = {EventStatus.CANCELLED: "cancelled", EventStatus.FOLLOWED_UP: "what came of it"}
    word = words.get(event.status)
    return markup(' <span class="mark">{word}</span>', word=word) if word else NOTHING


def event_page(
    site: Site,
    event: EventSeen,
    around: Around,
    start: int,
    via: str,
    *,
    typed: Mapping[str, str] | None = None,
    fault: str = "",
) -> Markup:
    """An event: what, when and where, how to come, and what came of it."""
    about = joined(
        [_head(site, event), *_notice(event), _come(site, event, around, via, typed, fault)]
    )
    blocks = [*_texts(event), *_results(site, event, around)]
    shown, later = fitting(blocks, start, lambda one: one, len(about.encode()))
    path = f"{site.path}/{event.slug}"
    told = f"{files.when_of(event)}, {event.place_name}. {event.summary}"
    address = files.page_url(site.public_url, site.slug, event)
    picture = picture_url(site.public_url, site.slug, "event", event.slug)
    head = joined([social(event.title, told, address, picture), around.described])
    parts = [about, *shown, paging(path, start, later)]
    return _page(site, f"{event.title} · {site.organization}", parts, head)


def _head(site: Site, event: EventSeen) -> Markup:
    where = ", ".join(part for part in (event.place_name, event.address) if part)
    return markup(
        '<p><a href="{path}">All events of {organization}</a></p>\n<h1>{title}</h1>\n'
        '<p><b>{when}</b><br>{where}</p>\n<p class="soft">{zone} · '
        '<a href="{map}" rel="nofollow">Map</a> · <a href="{path}/{slug}.ics">To my calendar</a>'
        "</p>",
        path=site.path,
        organization=site.organization,
        title=event.title,
        when=files.when_of(event),
        where=where,
        zone=f"Time of {event.time_zone}",
        map=files.map_of(event),
        slug=event.slug,
    )


def _notice(event: EventSeen) -> list[Markup]:
    if event.status is not EventStatus.CANCELLED:
        return []
    return [
        markup(
            '<p><span class="mark late">Cancelled</span> {reason}</p>',
            reason=event.cancelled_reason or "",
        )
    ]


def _come(
    site: Site,
    event: EventSeen,
    around: Around,
    via: str,
    typed: Mapping[str, str] | None,
    fault: str,
) -> Markup:
    """How to come: a form, appointments to choose from, or neither."""
    path = f"{site.path}/{event.slug}"
    now = dt.datetime.now(dt.UTC)
    if event.status is not EventStatus.PUBLISHED or event.starts_at is None:
        return NOTHING
    if around.slots:
        return _slots(path, event, around.slots, via)
    if not event.rsvp or event.starts_at <= now:
        return markup("<p>Just come.</p>") if event.ends_at and event.ends_at > now else NOTHING
    return joined([
        markup("<h2>I want to come</h2>\n<p>{room}</p>", room=_room(event)),
        rsvp_form(f"{path}/rsvp", around.asked, via, typed or {}, fault, seats=True),
    ])  # fmt: skip


def _room(event: EventSeen) -> str:
    if event.capacity is None:
        return "There is room for everybody; it helps to know who comes."
    left = event.capacity - event.taken_count
    if left > 0:
        return f"{left} of {event.capacity} places are left."
    return "All places are taken. Ask for one all the same: many a place comes free again."


def _slots(path: str, event: EventSeen, slots: Sequence[OfficeSlot], via: str) -> Markup:
    code = f"?via={quote(via)}" if via else ""
    lines = [
        markup(
            '<li><a href="{path}/slots/{id}/booking{code}">{when}</a> with {with_whom}</li>',
            path=path,
            id=one.id,
            code=code,
            when=moment(ENGLISH, one.starts_at, event.time_zone),
            with_whom=one.with_whom,
        )
        for one in slots
    ]
    return markup("<h2>Choose a time</h2>\n<ul>{lines}</ul>", lines=joined(lines))


def rsvp_form(
    path: str,
    asked: str,
    via: str,
    typed: Mapping[str, str],
    fault: str,
    *,
    seats: bool,
) -> Markup:
    """The form by which somebody says that they come, with what they typed and what was wrong."""
    many = [
        markup(
            '<option value="{count}"{chosen}>{count}</option>',
            count=count,
            chosen=Markup(" selected") if typed.get("seats") == str(count) else NOTHING,
        )
        for count in range(1, MOST_SEATS + 1)
    ]
    number = markup(
        '<label for="seats">How many of you come?</label>\n<select id="seats" name="seats">{many}'
        "</select>\n",
        many=joined(many),
    )
    return markup(
        '{fault}<form method="post" action="{path}">\n<label for="name">Your name</label>\n'
        '<input id="name" name="name" required maxlength="200" autocomplete="name" value="{name}">'
        '\n<label for="email">Your e-mail address</label>\n<input id="email" name="email" '
        'type="email" required maxlength="254" autocomplete="email" value="{email}">\n{number}'
        '<p><label><input type="checkbox" name="news" value="1"{news}>{asked}</label></p>\n'
        '<p hidden><label for="website">Leave this empty</label><input id="website" '
        'name="website" tabindex="-1" autocomplete="off"></p>\n'
        '<input type="hidden" name="via" value="{via}">\n<button>Send</button>\n</form>\n'
        '<p class="soft">Name and address serve this event alone, unless you tick the box.</p>',
        fault=markup('<p class="late" role="alert">{fault}</p>\n', fault=fault)
        if fault
        else NOTHING,
        path=path,
        name=typed.get("name", ""),
        email=typed.get("email", ""),
        number=number if seats else NOTHING,
        news=Markup(" checked") if typed.get("news") else NOTHING,
        asked=asked,
        via=via,
    )


def _texts(event: EventSeen) -> list[Markup]:
    """What it is about, and what came of it, each as a block of its own."""
    told = (
        ("What came of it", event.outcome),
        ("About", event.summary),
        ("Topic", event.topic),
        ("Agenda", event.agenda),
        ("Notes", event.notes),
    )
    blocks = [
        markup('<h2>{title}</h2>\n<p class="text">{text}</p>', title=title, text=text)
        for title, text in told
        if text
    ]
    if event.briefing_url:
        blocks.append(markup('<p><a href="{url}" rel="nofollow">To read beforehand</a></p>',
                             url=event.briefing_url))  # fmt: skip
    return blocks


def _results(site: Site, event: EventSeen, around: Around) -> list[Markup]:
    base = site.path.removesuffix("/events")
    promised = [
        _linked(
            "Promised", f"{base}/commitments/{one.slug}", one.title, one.status.replace("_", " ")
        )
        for one in around.promises
    ]
    decided = [
        _linked("Decided", f"{base}/decisions/{one.slug}", one.question, one.choice)
        for one in around.decisions
    ]
    return [*promised, *decided, *map(_speaker, event.spoke), *_feedback(around.feedback)]


def _linked(kind: str, address: str, title: str, state: str) -> Markup:
    return markup(
        '<p><span class="soft">{kind}:</span> <a href="{address}">{title}</a> '
        '<span class="mark">{state}</span></p>',
        kind=kind,
        address=address,
        title=title,
        state=state,
    )


def _speaker(one: Speaker) -> Markup:
    return markup('<p><span class="soft">Spoke:</span> <b>{who}</b>: {position}</p>',
                  who=one.who, position=one.position)  # fmt: skip


def _feedback(figures: FeedbackFigures) -> list[Markup]:
    """How it was, where enough people said so that nobody can be told from it."""
    if figures.mean is None or figures.count < FEW:
        return []
    return [
        markup(
            "<p>{count} who came said how it was: {mean} of 5.</p>",
            count=figures.count,
            mean=f"{figures.mean:.1f}",
        )
    ]


def booking_page(
    site: Site,
    event: EventSeen,
    slot: OfficeSlot,
    asked: str,
    via: str,
    *,
    typed: Mapping[str, str] | None = None,
    fault: str = "",
) -> Markup:
    """The form for one appointment."""
    times = Times(slot.starts_at, slot.ends_at, event.time_zone)
    path = f"{site.path}/{event.slug}"
    body = [
        markup(
            '<p><a href="{path}">{title}</a></p>\n<h1>An appointment with {with_whom}</h1>\n'
            "<p><b>{when}</b><br>{place}</p>",
            path=path,
            title=event.title,
            with_whom=slot.with_whom,
            when=when(ENGLISH, times),
            place=event.place_name,
        ),
        rsvp_form(f"{path}/slots/{slot.id}/booking", asked, via, typed or {}, fault, seats=False)
        if slot.free
        else markup("<p>This time is taken. Choose another.</p>"),
    ]
    return _page(site, f"{event.title} · {site.organization}", body)


def thanks_page(site: Site, event: EventSeen) -> Markup:
    """The same for everybody: what they have is said in the letter alone."""
    body = markup(
        '<h1>Thank you</h1>\n<p>{thanks}</p>\n<p><a href="{path}/{slug}">{title}</a></p>',
        thanks=wording.THANKS,
        path=site.path,
        slug=event.slug,
        title=event.title,
    )
    return _page(site, event.title, [body])


def ticket_page(site: Site, event: EventSeen, ticket: Ticket, token: str, code: str) -> Markup:
    """A ticket for whoever holds its link: how it stands, what one can do, and the code to show."""
    until = moment(ENGLISH, ticket.held_until, event.time_zone) if ticket.held_until else ""
    cancelled = event.status is EventStatus.CANCELLED
    body = [
        markup(
            '<h1>{title}</h1>\n<p><b>{when}</b><br>{place}</p>\n<p>{name}, {seats}{with_whom}</p>\n'
            '<p role="status"><b>{state}</b></p>',
            title=event.title,
            when=files.when_of(event, ticket),
            place=", ".join(part for part in (event.place_name, event.address) if part),
            name=ticket.name or "You",
            seats=wording.places(ticket.seats),
            with_whom=f", with {ticket.with_whom}" if ticket.with_whom else "",
            state="This event was cancelled." if cancelled
            else wording.STATES[ticket.state].format(until=until),
        ),
        *_notice(event),
        *([] if cancelled else [_buttons(ticket)]),
        markup('<p class="soft"><a href="{token}.ics">To my calendar</a> · '
               '<a href="{path}/{slug}">About the event</a></p>',
               token=token, path=site.path, slug=event.slug),
        *([] if cancelled else [markup("<h2>Show this at the entrance</h2>\n{code}",
                                       code=Markup(code))]),
    ]  # fmt: skip
    return _page(site, event.title, body)


def _buttons(ticket: Ticket) -> Markup:
    offered = [
        markup('<button name="do" value="{deed}">{label}</button>', deed=deed, label=label)
        for deed, label in wording.BUTTONS.get(ticket.state, ())
    ]
    return (
        markup('<form method="post">{offered}</form>', offered=joined(offered))
        if offered
        else NOTHING
    )


def feedback_page(site: Site, event: EventSeen, ticket: Ticket, fault: str = "") -> Markup:
    """Three questions, or thanks for having answered them."""
    if ticket.has_feedback:
        form = markup("<p><b>Thank you. Your answers are with the organizers.</b></p>")
    else:
        form = _feedback_form(fault)
    body = [markup("<h1>How was it? {title}</h1>", title=event.title), form]
    return _page(site, event.title, body)


def _feedback_form(fault: str) -> Markup:
    choices = [
        markup('<label><input type="radio" name="rating" value="{value}" required>{words}</label>',
               value=value, words=words)
        for value, words in ((5, "5: very good"), (4, "4"), (3, "3"), (2, "2"), (1, "1: not good"))
    ]  # fmt: skip
    return markup(
        '{fault}<form method="post">\n<fieldset><legend>How was it?</legend>{choices}</fieldset>\n'
        '<label for="good">What was good?</label>\n<textarea id="good" name="good" rows="4" '
        'maxlength="2000"></textarea>\n<label for="change">What should be different?</label>\n'
        '<textarea id="change" name="change" rows="4" maxlength="2000"></textarea>\n'
        '<button>Send</button></form>\n<p class="soft">Organizers read this without your name.</p>',
        fault=markup('<p class="late" role="alert">{fault}</p>\n', fault=fault)
        if fault
        else NOTHING,
        choices=joined(choices),
    )


def _page(site: Site, title: str, parts: Sequence[Markup], head: Markup = NOTHING) -> Markup:
    feed = markup(
        '<link rel="alternate" type="application/atom+xml" title="Events" href="{path}.atom">',
        path=site.path,
    )
    base = site.path.removesuffix("/events")
    foot = markup(
        '<footer><a href="{base}/events">Events</a> · <a href="{base}/commitments">Promises</a> · '
        '<a href="{base}/decisions">Decisions</a></footer>',
        base=base,
    )
    return document(title, joined([*parts, foot]), head=joined([feed, head]))
