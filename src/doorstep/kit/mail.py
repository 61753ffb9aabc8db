"""Post leaves through SMTP; without a server it does not leave, and says so."""

from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from doorstep.settings import Settings

logger = structlog.get_logger()
_TIMEOUT_S = 15


async def send_mail(settings: Settings, to: str, subject: str, text: str) -> bool:
    """Whether the mail server took the message; a failure is logged, not raised."""
    if settings.smtp_url is None:
        logger.info("mail_not_configured")
        return False
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, to, subject
    message.set_content(text)
    server = urlsplit(settings.smtp_url)
    try:
        await aiosmtplib.send(
            message,
            hostname=server.hostname,
            port=server.port,
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=server.scheme == "smtps",
            timeout=_TIMEOUT_S,
        )
    except (aiosmtplib.SMTPException, OSError) as error:
        logger.warning("mail_failed", error=type(error).__name__)
        return False
    return True
