"""The page of one's own as HTML, without script: forms that a browser of twenty years ago sends."""

from collections.abc import Sequence

from doorstep.guests.wording import ABOUT
from doorstep.kit.public_pages import Markup, document, fitting, joined, markup, plain_list
from doorstep.mine.model import CHANNELS, PURPOSES, Holder, Known, Line
from doorstep.mine.service import MOST_LETTERS

_BY = {
    "email": "by e-mail",
    "phone": "by phone",
    "sms": "by text message",
    "messenger": "by messenger",
    "post": "by post",
    "door": "at my door",
}
_USED = 20_000
"""Bytes that forms and frame take of a page; lists share what is left."""


def own_page(found: Known, path: str, said: str = "", fault: str = "") -> Markup:
    """Everything on one page; `said` is what has just been done, `fault` why it was not."""
    holder = found.holder
    told = markup('<p class="mark" role="status">{said}</p>', said=said) if said else Markup()
    wrong = markup('<p class="late" role="alert">{fault}</p>', fault=fault) if fault else Markup()
    parts = [
        markup("<h1>Your own page</h1>\n{told}{wrong}", told=told, wrong=wrong),
        _who(found),
        _correcting(found, path),
        _choosing(found, path),
        *(_listed(title, lines, len(found.sections)) for title, lines in found.sections),
        _leaving(path),
    ]
    return document(f"Your own page · {holder.organization.name}", joined(parts))


def _who(found: Known) -> Markup:
    rows = [("Kept by", found.holder.organization.name)]
    if found.person is not None:
        one = found.person
        rows += [
            ("Name", f"{one.given_name} {one.family_name}".strip()),
            ("Address", _address(one.street, one.house_number, one.unit, one.postcode, one.city)),
            ("E-mail", one.email or "none"),
            ("Phone", one.phone or "none"),
        ]
    for guest in found.holder.guests:
        rows += [("Name you gave", guest.name), ("E-mail you gave", guest.email)]
    shown = [markup("<dt>{what}</dt><dd>{value}</dd>", what=what, value=is_) for what, is_ in rows]
    return markup("<h2>What we know of you</h2>\n<dl>\n{rows}\n</dl>", rows=joined(shown))


def _address(street: str, number: str, unit: str, postcode: str, city: str) -> str:
    lines = (f"{street} {number} {unit}", f"{postcode} {city}")
    return ", ".join(filter(None, (" ".join(line.split()) for line in lines))) or "none"


def _correcting(found: Known, path: str) -> Markup:
    if found.person is not None:
        fields = markup(
            '<label for="wish">What is wrong? An organizer puts it right in the list it came from.'
            '</label>\n<textarea id="wish" name="wish" rows="3" maxlength="{most}"></textarea>',
            most=MOST_LETTERS,
        )
        language = found.person.language
    else:
        (guest,) = found.holder.guests
        fields = markup(
            '<label for="name">Name</label>\n<input id="name" name="name" value="{name}" '
            'maxlength="200" required>\n<label for="email">E-mail (a new one counts once you '
            'confirm it by a letter to there)</label>\n<input id="email" name="email" '
            'type="email" value="{email}" maxlength="254" required>',
            name=guest.name,
            email=guest.email,
        )
        language = guest.language
    return markup(
        '<h2>Correct it</h2>\n<form method="post" action="{path}">\n'
        '<input type="hidden" name="deed" value="correct">\n{fields}\n'
        '<label for="language">Language, as two letters</label>\n<input id="language" '
        'name="language" value="{language}" maxlength="6">\n'
        '<button type="submit">Correct</button>\n</form>',
        path=path,
        fields=fields,
        language=language or "",
    )


def _choosing(found: Known, path: str) -> Markup:
    channels = CHANNELS if found.person is not None else CHANNELS[:1]
    sets = [
        markup(
            "<fieldset><legend>You may tell me about {about}</legend>\n{boxes}\n</fieldset>",
            about=ABOUT[purpose],
            boxes=joined([_box(purpose, by, (purpose, by) in found.choices) for by in channels]),
        )
        for purpose in PURPOSES
    ]
    if found.keeps_opinions:
        sets.append(
            Markup(
                '<p><label><input type="checkbox" name="opinions" value="forget">'
                "Forget my opinions: they count on, without me</label></p>"
            )
        )
    return markup(
        '<h2>What you allow</h2>\n<form method="post" action="{path}">\n'
        '<input type="hidden" name="deed" value="choose">\n{sets}\n'
        '<button type="submit">This is what I allow</button>\n</form>',
        path=path,
        sets=joined(sets),
    )


def _box(purpose: str, channel: str, ticked: bool) -> Markup:
    return markup(
        '<label><input type="checkbox" name="{purpose}-{channel}" value="yes"{ticked}>{by}</label>',
        purpose=purpose,
        channel=channel,
        ticked=Markup(" checked" if ticked else ""),
        by=_BY[channel],
    )


def _listed(title: str, lines: Sequence[Line], sections_count: int) -> Markup:
    used = _USED if sections_count < 2 else 30_000  # noqa: PLR2004 -- two lists share the room
    shown, later = fitting(lines, 0, _line, used)
    rest = Markup("<p>There is more: take a copy of everything below.</p>") if later else Markup()
    return markup(
        "<h2>{title}</h2>\n{listed}{rest}",
        title=title,
        listed=plain_list(shown, "Nothing."),
        rest=rest,
    )


def _line(one: Line) -> Markup:
    link = Markup()
    if one.link is not None:
        link = markup('<p><a href="{url}">{label}</a></p>', url=one.link.url, label=one.link.label)
    return markup(
        '<li><b>{title}</b>\n<p class="text">{text}</p>{link}</li>',
        title=one.title,
        text=one.text,
        link=link,
    )


def _leaving(path: str) -> Markup:
    return markup(
        '<h2>Take it with you, or have it erased</h2>\n<p><a href="{path}/export.json">A copy of '
        'everything (JSON)</a></p>\n<p><a href="{path}/erasure">Have everything about me erased'
        "</a></p>",
        path=path,
    )


def erasure_page(holder: Holder, path: str) -> Markup:
    """The second step before somebody is erased."""
    return _page(
        holder.organization.name,
        "Have everything about you erased",
        markup(
            "<p>Your name, your address, what you told us and what you agreed to are erased for "
            "good. What was counted stays counted, without you. This cannot be undone.</p>\n"
            '<form method="post" action="{path}/erasure">'
            '<button type="submit">Erase everything about me</button></form>\n'
            '<p><a href="{path}">No, go back</a></p>',
            path=path,
        ),
    )


def erased_page(organization: str) -> Markup:
    """What is shown after it."""
    return _page(organization, "Erased", Markup("<p>Everything about you is erased.</p>"))


def ask_page(organization: str, path: str, email: str = "", fault: str = "") -> Markup:
    """Where somebody asks for a link to their page."""
    wrong = markup('<p class="late" role="alert">{fault}</p>', fault=fault) if fault else Markup()
    return _page(
        organization,
        "Your own page",
        markup(
            "<p>See what {organization} knows of you, correct it, choose what they may write to "
            "you about, take it with you, or have it erased. We send you a link by e-mail.</p>\n"
            '{wrong}<form method="post" action="{path}">\n<label for="email">Your e-mail address'
            '</label>\n<input id="email" name="email" type="email" value="{email}" '
            'maxlength="254" autocomplete="email" required>\n'
            '<button type="submit">Send me the link</button>\n</form>',
            organization=organization,
            wrong=wrong,
            path=path,
            email=email,
        ),
    )


def asked_page(organization: str) -> Markup:
    """What is shown after asking, whether the address is known or not."""
    said = (
        "If we know this address, a letter with a link is on its way to it. It may take some "
        "minutes; look among unwanted mail as well. Nothing came? Then we do not know this "
        "address, or sent you a link a short while ago."
    )
    return _page(organization, "Look into your mailbox", markup("<p>{said}</p>", said=said))


def _page(organization: str, title: str, body: Markup) -> Markup:
    shown = markup("<h1>{title}</h1>\n{body}", title=title, body=body)
    return document(f"{title} · {organization}", shown)
