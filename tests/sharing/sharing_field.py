"""What tests of sharing need."""

from engage.promising import post, published

from doorstep.guests.model import Recipient, Source
from doorstep.guests.service import welcome

_APPLE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15"
PHONE = f"{_APPLE} (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
PEOPLE = (
    PHONE,
    f"{_APPLE} (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/470.0.0]",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/90 Mobile Safari/537.36",
)
PREVIEWS = (
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Mastodon/4.3.1 (http.rb/5.2.0; +https://mastodon.example/)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)",
    "Viber/13.3.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "",
)


async def shared(tenant, client, label="", title="Lamps in North Street"):
    """A link of this client to a commitment of its own."""
    item_id = await published(tenant, title)
    return await post(client, "/share-links", kind="commitment", item_id=item_id, label=label)


async def guest(tenant, number):
    async with tenant.transaction() as db:
        guest_id = await welcome(
            db, tenant.id, name=f"Guest {number}", email=f"guest{number}@example.org",
            source=Source.RSVP,
        )  # fmt: skip
    return Recipient(guest_id=guest_id)
