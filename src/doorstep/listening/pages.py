"""Surveys as pages that need no script: every question type, in every language, with its errors."""

from collections.abc import Mapping, Sequence
from typing import assert_never
from urllib.parse import quote

from doorstep.kit.public_pages import (
    MOST_BYTES,
    NOTHING,
    Markup,
    document,
    joined,
    markup,
)
from doorstep.listening.asking import Form
from doorstep.listening.model import WebSurvey
from doorstep.surveys.model import (
    MultiQuestion,
    NumberQuestion,
    Question,
    ScaleQuestion,
    ScriptVersion,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)

OPINIONS = (
    "Keep my opinions together with my name. Without this tick they are kept as well, but without "
    "a name: nobody can tell whose they are."
)
TRAP = Markup(
    '<p hidden><label for="website">Leave this empty</label>'
    '<input id="website" name="website" tabindex="-1" autocomplete="off"></p>'
)
"""What fills in every field there is gives itself away: nobody sees this one."""
_FRAME_BYTES = 12_000


def path_of(slug: str, survey: WebSurvey) -> str:
    """Where a survey is."""
    return f"/o/{quote(slug, safe='')}/surveys/{survey.slug}"


def shown_of(questions: Sequence[Question], typed: Form, used: int) -> int:
    """How many of the questions have room on a page, at least one."""
    room = MOST_BYTES - _FRAME_BYTES - used
    for number, question in enumerate(questions):
        room -= len(_field(question, typed, None).encode())
        if room < 0 and number:
            return number
    return len(questions)


def survey_page(
    slug: str,
    survey: WebSurvey,
    version: ScriptVersion,
    language: str,
    state: str,
    questions: Sequence[Question],
    *,
    first: bool,
    last: bool,
    asks: Mapping[str, str],
    typed: Form,
    faults: Mapping[str, str],
) -> Markup:
    """A page of a survey, as far as somebody is; with what was typed and what is wrong with it."""
    introduction = version.translations.get(language, {}).get("introduction", version.introduction)
    parts = [
        markup("<h1>{title}</h1>", title=survey.title),
        _languages(slug, survey, language) if first else NOTHING,
        markup('<p class="text">{text}</p>', text=introduction) if first else NOTHING,
        faults_line(faults),
        markup('<form method="post" action="{path}">', path=path_of(slug, survey)),
        markup('<input type="hidden" name="state" value="{state}">', state=state),
        *(_field(question, typed, faults.get(question.key)) for question in questions),
        contact_fields(typed, faults, asks) if last else NOTHING,
        TRAP,
        markup("<button>{word}</button></form>", word="Send" if last else "Go on"),
    ]
    return document(survey.title, joined(parts), language=_tag(language))


def _tag(language: str) -> str:
    return "en" if language == "und" else language


def _languages(slug: str, survey: WebSurvey, language: str) -> Markup:
    others = [one for one in survey.languages if one != language]
    links = [
        markup(
            '<a href="{path}?lang={one}" hreflang="{one}" lang="{one}">{one}</a>',
            path=path_of(slug, survey),
            one=one,
        )
        for one in others
    ]
    return markup("<p>{links}</p>", links=Markup(" · ".join(links))) if links else NOTHING


def faults_line(faults: Mapping[str, str]) -> Markup:
    if not faults:
        return NOTHING
    return markup(
        '<p role="alert"><strong>{count} to mend, see below. Nothing was sent yet.</strong></p>'
        "{all}",
        count="One thing is" if len(faults) == 1 else f"{len(faults)} things are",
        all=fault_line(faults.get("answers")),
    )


def _field(question: Question, typed: Form, fault: str | None) -> Markup:
    """A question with the means to answer it; ``typed`` is what stands there already."""
    name = f"q_{question.key}"
    given = list(typed.get(name, ()))
    match question:
        case SingleQuestion(options=options):
            inner = _ticks("radio", name, [(one.key, one.text) for one in options], given)
        case MultiQuestion(options=options):
            inner = _ticks("checkbox", name, [(one.key, one.text) for one in options], given)
        case ScaleQuestion(low=low, high=high, labels=labels):
            steps = [str(step) for step in range(low, high + 1)]
            worded = [f"{n}: {text}" for n, text in zip(steps, labels, strict=False)] or steps
            inner = _ticks("radio", name, list(zip(steps, worded, strict=True)), given)
        case YesNoQuestion():
            inner = _ticks("radio", name, [("yes", "Yes"), ("no", "No")], given)
        case TextQuestion():
            return _labelled(question, fault, _words(question, name, given))
        case NumberQuestion():
            return _labelled(question, fault, _number(name, given))
        case _:
            assert_never(question)
    return markup(
        "<fieldset><legend>{text}{must}</legend>{fault}{inner}</fieldset>",
        text=question.text,
        must=" (required)" if question.required else "",
        fault=fault_line(fault),
        inner=inner,
    )


def _labelled(question: Question, fault: str | None, inner: Markup) -> Markup:
    return markup(
        '<label for="q_{key}">{text}{must}</label>{fault}{inner}',
        key=question.key,
        text=question.text,
        must=" (required)" if question.required else "",
        fault=fault_line(fault),
        inner=inner,
    )


def fault_line(fault: str | None) -> Markup:
    return markup('<p class="late">{fault}</p>', fault=fault) if fault else NOTHING


def _ticks(
    kind: str, name: str, options: Sequence[tuple[str, str]], given: Sequence[str]
) -> Markup:
    return joined(
        [
            markup(
                '<label><input type="{kind}" name="{name}" value="{key}"{on}>{text}</label>',
                kind=kind,
                name=name,
                key=key,
                on=Markup(" checked") if key in given else NOTHING,
                text=text,
            )
            for key, text in options
        ]
    )


def _words(question: TextQuestion, name: str, given: Sequence[str]) -> Markup:
    # A line break at the beginning of a text area is not part of what is in it.
    return markup(
        '<textarea id="{name}" name="{name}" rows="4" maxlength="{most}">\n{typed}</textarea>',
        name=name,
        most=question.max_length,
        typed=given[0] if given else "",
    )


def _number(name: str, given: Sequence[str]) -> Markup:
    return markup(
        '<input id="{name}" name="{name}" inputmode="decimal" maxlength="40" value="{typed}">',
        name=name,
        typed=given[0][:40] if given else "",
    )


def contact_fields(typed: Form, faults: Mapping[str, str], asks: Mapping[str, str]) -> Markup:
    """Where somebody may say who they are, and what they agree to: the words of ``asks``."""
    ticks = [
        markup(
            '<label><input type="checkbox" name="{name}" value="yes"{on}>{text}</label>',
            name=name,
            on=Markup(" checked") if typed.get(name) else NOTHING,
            text=text,
        )
        for name, text in asks.items()
    ]
    return markup(
        "<h2>Your name, if you like</h2>\n"
        "<p>You need not say who you are. If you do, we write to you once, so that you can confirm "
        "the address.</p>\n"
        '<label for="name">Name</label>{name_fault}\n'
        '<input id="name" name="name" maxlength="200" autocomplete="name" value="{name}">\n'
        '<label for="email">E-mail address</label>{email_fault}\n'
        '<input id="email" name="email" type="email" maxlength="254" autocomplete="email" '
        'value="{email}">\n{ticks}',
        name_fault=fault_line(faults.get("name")),
        email_fault=fault_line(faults.get("email")),
        name=first_of(typed, "name"),
        email=first_of(typed, "email"),
        ticks=joined(ticks),
    )


def first_of(typed: Form, name: str) -> str:
    """What was typed into a field that is there once."""
    return next(iter(typed.get(name, ())), "")


def message_page(title: str, text: str, *, heading: str | None = None) -> Markup:
    """A page that says one thing."""
    body = markup(
        '<h1>{heading}</h1>\n<p class="text">{text}</p>', heading=heading or title, text=text
    )
    return document(title, body)


def thanks_page(survey: WebSurvey) -> Markup:
    """What is shown when everything is in."""
    text = survey.thanks.strip() or "Your answers are in. Thank you for taking the time."
    return message_page(survey.title, text, heading="Thank you")
