"""E-mail: a batch over one connection, each message with a link that stops its kind."""

import datetime as dt
from collections.abc import Sequence
from uuid import NAMESPACE_URL, UUID, uuid5

from doorstep.kit.links import Purpose, SignedLink, read, sign
from doorstep.kit.mail import Fate, Mail, Post, Posted
from doorstep.kit.public_pages import Markup, joined, markup
from doorstep.kit.tokens import Keyring
from doorstep.notify.model import (
    Channel,
    ChannelName,
    Kind,
    Link,
    Notification,
    Outcome,
    Outgoing,
    Sent,
    Words,
)
from doorstep.settings import Settings

AGAIN_AFTER = dt.timedelta(minutes=15)
"""A server that says "later" (greylisting, RFC 6647) means minutes."""
LINK_LIFE = dt.timedelta(days=366)
ALWAYS_SENT = frozenset({Kind.ACCOUNT_SECURITY})
_OUTCOMES = {
    Fate.TAKEN: Outcome.SENT,
    Fate.LATER: Outcome.LATER,
    Fate.REFUSED: Outcome.DEAD,
    Fate.UNKNOWN: Outcome.UNKNOWN,
}
_NO_WORDS = Words(title="", text="")
_STOP = {
    "en": "No more e-mails like this",
    "de": "Keine solchen E-Mails mehr",
}


class EmailChannel:
    """The mail server's way to members."""

    name = str(ChannelName.EMAIL)

    def __init__(self, smtp_url: str, sender: str, public_url: str, keyring: Keyring) -> None:
        self._smtp_url, self._sender = smtp_url, sender
        self._public_url, self._keyring = public_url, keyring

    async def send(self, items: Sequence[Outgoing]) -> list[Sent]:
        """What became of each item."""
        async with Post(self._smtp_url, self._sender) as post:
            return [
                _sent(item, await post.send(self.mail(item, item.words or _NO_WORDS)))
                for item in items
            ]

    def mail(self, item: Outgoing, words: Words) -> Mail:
        """A notification as a message. Its id stays through all tries: mail programs show one."""
        of = item.notification
        stop = None if of.kind in ALWAYS_SENT else self._stop(of)
        headers: dict[str, str] = {}
        if stop is not None:
            # One click, RFC 8058. Whoever signs the mail (DKIM) has to sign these as well.
            headers["List-Unsubscribe"] = f"<{stop.url}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        domain = self._sender.rpartition("@")[2].rstrip("> ")
        return Mail(
            to=item.address,
            subject=words.title,
            text=_plain(words, stop),
            html=str(_html(words, stop)),
            message_id=f"{item.delivery_id}@{domain}",
            headers=headers,
        )

    def _stop(self, of: Notification) -> Link:
        token = sign(
            self._keyring,
            Purpose.UNSUBSCRIBE,
            of.organization_id,
            of.member_id,
            kind_id(of.kind),
            expires_at=of.due_at + LINK_LIFE,
        )
        label = _STOP.get(of.locale.partition("-")[0], _STOP["en"])
        return Link(label=label, url=f"{self._public_url}/unsubscribe/{token}")


def kind_id(kind: Kind) -> UUID:
    """A kind as an id: signed links hold nothing else."""
    return uuid5(NAMESPACE_URL, f"urn:doorstep:kind:{kind}")


def read_stop(keyring: Keyring, token: str, now: dt.datetime) -> tuple[SignedLink, Kind]:
    """What a link to stop a kind says.

    Raises
    ------
    RefusedError
        If the link is not ours or too old.
    """
    link = read(keyring, Purpose.UNSUBSCRIBE, token, now)
    return link, next(kind for kind in Kind if kind_id(kind) == link.ids[1])


def _sent(item: Outgoing, posted: Posted) -> Sent:
    return Sent(
        delivery_id=item.delivery_id,
        outcome=_OUTCOMES[posted.fate],
        error=posted.why,
        retry_at=dt.datetime.now(dt.UTC) + AGAIN_AFTER if posted.fate is Fate.LATER else None,
        gone=posted.no_mailbox,
    )


def _plain(words: Words, stop: Link | None) -> str:
    links = [f"{link.label}: {link.url}" for link in words.links]
    last = ["-- ", f"{stop.label}: {stop.url}"] if stop else []
    return "\n".join([words.text, "", *links, "", *last]).rstrip("\n") + "\n"


def _html(words: Words, stop: Link | None) -> Markup:
    paragraphs = [markup("<p>{text}</p>", text=one) for one in words.text.splitlines() if one]
    body = [*paragraphs, *(markup("<p>{link}</p>", link=_anchor(link)) for link in words.links)]
    if stop is not None:
        body.append(markup('<p style="font-size:smaller">{link}</p>', link=_anchor(stop)))
    return markup(
        '<!doctype html>\n<html><head><meta charset="utf-8"><title>{title}</title></head>\n'
        '<body style="font:16px/1.5 sans-serif">\n<h1 style="font-size:20px">{title}</h1>\n'
        "{body}\n</body></html>\n",
        title=words.title,
        body=joined(body),
    )


def _anchor(link: Link) -> Markup:
    if not link.url.startswith(("https://", "http://")):
        return markup("{label}: {url}", label=link.label, url=link.url)
    return markup('<a href="{url}">{label}</a>', url=link.url, label=link.label)


def email_channels(settings: Settings, keyring: Keyring) -> list[Channel]:
    """E-mail, where a mail server is named."""
    if settings.smtp_url is None:
        return []
    return [EmailChannel(settings.smtp_url, settings.mail_from, settings.public_url, keyring)]
