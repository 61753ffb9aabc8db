"""Post leaves through SMTP; without a server it does not leave, and says so."""

import contextlib
import email.policy
import email.utils
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from enum import StrEnum
from typing import Self
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from doorstep.settings import Settings

logger = structlog.get_logger()
_TIMEOUT_S = 15
_PERMANENT = 500
_LONGEST_ADDRESS = 254
"""RFC 5321, 4.5.3.1.3: a path of 256 octets less its brackets."""
# Long lines are allowed (RFC 5322, 2.1.1), and folding an address in a header would break it.
_POLICY = email.policy.SMTP.clone(max_line_length=900)
_LOST = (aiosmtplib.SMTPException, OSError)


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media_type: str
    """Such as ``text/calendar``."""
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One message to one address."""

    to: str
    subject: str
    text: str
    html: str | None = None
    message_id: str | None = None
    """Without the angle brackets; the same for a message that is sent again."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    attachments: Sequence[Attachment] = ()


class Fate(StrEnum):
    """What a mail server did with a message."""

    TAKEN = "taken"
    LATER = "later"
    """Not now (4xx), or the server cannot be used: nothing was taken."""
    REFUSED = "refused"
    """Never (5xx)."""
    UNKNOWN = "unknown"
    """The connection broke after the message had gone: it may have been taken."""


@dataclass(frozen=True)
class Posted:
    """What became of a message, and a word for why."""

    fate: Fate
    why: str = ""
    no_mailbox: bool = False
    """There is no such address (RFC 3463, 5.1.x), and there will not be."""


class Post:
    """One connection to the mail server for any number of messages, opened with the first.

    Parameters
    ----------
    smtp_url
        ``smtp://user:password@host:587``; ``smtps`` for TLS from the first byte.
    sender
        Who the messages come from, such as ``Doorstep <doorstep@example.org>``.
    """

    def __init__(self, smtp_url: str, sender: str) -> None:
        self._url = urlsplit(smtp_url)
        self._sender = sender
        self._server: aiosmtplib.SMTP | None = None

    async def __aenter__(self) -> Self:
        """Nothing is opened yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Say goodbye, if there is anybody."""
        server, self._server = self._server, None
        if server is not None:
            with contextlib.suppress(*_LOST):
                await server.quit()

    async def send(self, mail: Mail) -> Posted:
        """What became of a message; nothing is raised for what a server or an address does.

        Each step is taken by itself, as what a failure means depends on how far it came.
        """
        try:
            to, message = _address(mail.to), self._composed(mail)
        except (MessageError, ValueError, IndexError, AttributeError):
            return Posted(Fate.REFUSED, "address", no_mailbox=True)
        try:
            server = await self._begin()
        except _LOST as error:
            # Our own account or the server: no fault of the address.
            return await self._given_up(error, Fate.LATER)
        try:
            await server.rcpt(to)
        except _LOST as error:
            return await self._given_up(error, Fate.LATER, at_address=True)
        try:
            await server.data(message.as_bytes())
        except _LOST as error:
            return await self._given_up(error, Fate.UNKNOWN)
        return Posted(Fate.TAKEN)

    async def _begin(self) -> aiosmtplib.SMTP:
        """A server that was told who writes; a connection that it closed meanwhile is renewed."""
        known = self._server
        if known is not None:
            try:
                await known.mail(self._from)
            except _LOST:
                known.close()
            else:
                return known
        self._server = await self._connected()
        await self._server.mail(self._from)
        return self._server

    async def _connected(self) -> aiosmtplib.SMTP:
        url = self._url
        server = aiosmtplib.SMTP(
            hostname=url.hostname,
            port=url.port,
            username=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
            use_tls=url.scheme == "smtps",
            timeout=_TIMEOUT_S,
        )
        await server.connect()
        return server

    async def _given_up(
        self, error: Exception, if_lost: Fate, *, at_address: bool = False
    ) -> Posted:
        """What a failure means; the connection is ready for the next message or closed."""
        if not isinstance(error, aiosmtplib.SMTPResponseException):
            self._close()
            return Posted(if_lost, "lost" if if_lost is Fate.UNKNOWN else "away")
        await self._reset()
        why = f"smtp_{error.code}"
        own_fault = if_lost is Fate.LATER and not at_address
        if error.code < _PERMANENT or own_fault:
            return Posted(Fate.LATER, why)
        gone = at_address and error.message.startswith("5.1.")
        return Posted(Fate.REFUSED, why, no_mailbox=gone)

    async def _reset(self) -> None:
        try:
            if self._server is not None:
                await self._server.rset()
        except _LOST:
            self._close()

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    @property
    def _from(self) -> str:
        return email.utils.parseaddr(self._sender)[1]

    def _composed(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=_POLICY)
        message["From"], message["To"] = self._sender, _address(mail.to)
        message["Subject"] = _one_line(mail.subject)
        message["Date"] = email.utils.localtime()
        domain = self._from.rpartition("@")[2]
        made = email.utils.make_msgid(domain=domain)
        message["Message-ID"] = f"<{mail.message_id}>" if mail.message_id else made
        message["Auto-Submitted"] = "auto-generated"
        for name, value in mail.headers.items():
            message[name] = value
        message.set_content(mail.text)
        if mail.html is not None:
            message.add_alternative(mail.html, subtype="html")
        for one in mail.attachments:
            main, _, sub = one.media_type.partition("/")
            message.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
        return message


def _one_line(text: str) -> str:
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def _address(text: str) -> str:
    """The address as a server takes it, with its domain in ASCII; ValueError if it is none."""
    name, _, domain = text.rpartition("@")
    plain = f"{name}@{domain.encode('idna').decode('ascii')}"
    if not plain.isascii() or Address(addr_spec=plain).addr_spec != plain:
        message = "not an address that every server takes"
        raise ValueError(message)
    return plain


def is_address(text: str) -> bool:
    """Whether a mail server would take it for an address; not whether anybody is there."""
    try:
        _address(text)
    except (MessageError, ValueError, IndexError, AttributeError):
        return False
    return len(text) <= _LONGEST_ADDRESS


async def send_mail(settings: Settings, to: str, subject: str, text: str) -> bool:
    """Whether the mail server took the message; a failure is logged, not raised."""
    if settings.smtp_url is None:
        logger.info("mail_not_configured")
        return False
    async with Post(settings.smtp_url, settings.mail_from) as post:
        posted = await post.send(Mail(to, subject, text))
    if posted.fate is not Fate.TAKEN:
        logger.warning("mail_failed", error=posted.why)
    return posted.fate is Fate.TAKEN
