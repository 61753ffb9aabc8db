"""The pages behind links in letters. Opening one changes nothing: mail scanners open all links."""

from collections.abc import Sequence

from doorstep.guests.wording import ABOUT
from doorstep.kit.public_pages import Markup, document, joined, markup
from doorstep.people.rights_model import Purpose


def confirm_page(organization: str, wordings: Sequence[str]) -> Markup:
    """A button to confirm an address, with what is agreed to by it."""
    asked = [markup("<li>{wording}</li>", wording=one) for one in wordings]
    agreed = markup("<p>With it you agree to this:</p>\n<ul>\n{asked}\n</ul>", asked=joined(asked))
    form = markup(
        "<p>Is this e-mail address yours? Then please confirm it for {organization}.</p>\n"
        '{agreed}\n<form method="post"><button type="submit">Yes, confirm</button></form>',
        organization=organization,
        agreed=agreed if asked else Markup(),
    )
    return page("Confirm your address", organization, form)


def confirmed_page(organization: str) -> Markup:
    """What is shown after it."""
    said = markup("<p>Thank you, your address is confirmed. You can close this page.</p>")
    return page("Confirmed", organization, said)


def stop_page(organization: str, purpose: Purpose) -> Markup:
    """A button to stop letters of a purpose."""
    form = markup(
        "<p>Do you want no more letters from {organization} about {about}?</p>\n"
        '<form method="post"><button type="submit">No more of these letters</button></form>',
        organization=organization,
        about=ABOUT[purpose],
    )
    return page("No more letters", organization, form)


def stopped_page(organization: str, purpose: Purpose) -> Markup:
    """What is shown after it."""
    said = markup(
        "<p>You get no more letters from {organization} about {about}. Answers to what you do "
        "yourself, such as a ticket you ask for, still reach you.</p>",
        organization=organization,
        about=ABOUT[purpose],
    )
    return page("No more letters", organization, said)


def page(title: str, organization: str, body: Markup) -> Markup:
    """A page of an organization with a heading."""
    shown = markup("<h1>{title}</h1>\n{body}", title=title, body=body)
    return document(f"{title} · {organization}", shown)
