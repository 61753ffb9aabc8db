"""A letter's words as a message: plain text and HTML with the same content, nothing unescaped."""

from collections.abc import Sequence

from doorstep.kit.mail import Mail
from doorstep.kit.public_pages import Markup, joined, markup
from doorstep.letters.model import LetterText, Link

_MOST_LETTERS = 150
_OWN = "What we know of you, and how to change it"
_STOP = "No more letters like this"
_ANYBODY = "Good day,"


def written(
    message_id: str,
    to: str,
    name: str,
    organization: str,
    text: LetterText,
    own: str | None,
    stop: str | None,
) -> Mail:
    """The message to one address. Its id stays through all tries: mail programs show one.

    ``own`` is where its reader sees what is known of them, ``stop`` where they end letters of its
    purpose; a letter that answers what they did themselves has nothing to stop.
    """
    foot = [Link(label=_OWN, url=own)] if own else []
    headers: dict[str, str] = {}
    if stop:
        foot.append(Link(label=_STOP, url=stop))
        # One click, RFC 8058. Whoever signs the mail (DKIM) has to sign these as well.
        headers["List-Unsubscribe"] = f"<{stop}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    paragraphs = [*([_greeting(name)] if text.greets else []), *text.paragraphs]
    subject = " ".join(text.subject.split())[:_MOST_LETTERS]
    return Mail(
        to=to,
        subject=subject,
        text=_plain(paragraphs, text.links, organization, foot),
        html=str(_html(subject, paragraphs, text, organization, foot)),
        message_id=message_id,
        headers=headers,
        attachments=text.attachments,
    )


def _greeting(name: str) -> str:
    plain = "".join(letter for letter in " ".join(name.split()) if letter.isprintable())
    return f"Dear {plain}," if plain else _ANYBODY


def _plain(
    paragraphs: Sequence[str], links: Sequence[Link], organization: str, foot: Sequence[Link]
) -> str:
    shown = [f"{link.label}:\n{link.url}" for link in links]
    last = "\n".join(f"{link.label}:\n{link.url}" for link in foot)
    parts = [*paragraphs, *shown, organization, *([f"-- \n{last}"] if foot else [])]
    return "\n\n".join(parts) + "\n"


def _html(
    title: str,
    paragraphs: Sequence[str],
    text: LetterText,
    organization: str,
    foot: Sequence[Link],
) -> Markup:
    body = [
        *(markup('<p style="white-space:pre-line">{text}</p>', text=one) for one in paragraphs),
        *(markup("<p>{link}</p>", link=_anchor(one)) for one in text.links),
        markup("<p>{organization}</p>", organization=organization),
        *(markup('<p style="font-size:smaller">{link}</p>', link=_anchor(one)) for one in foot),
    ]
    return markup(
        '<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">\n'
        '<title>{title}</title></head>\n<body style="font:16px/1.5 sans-serif">\n'
        "{body}\n</body></html>\n",
        language=text.language,
        title=title,
        body=joined(body),
    )


def _anchor(link: Link) -> Markup:
    if not link.url.startswith(("https://", "http://")):
        return markup("{label}: {url}", label=link.label, url=link.url)
    return markup('<a href="{url}">{label}</a>', url=link.url, label=link.label)
