"""Pages for people: the API's documentation, and where links end that a phone app did not take."""

import base64
import hashlib
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler

from doorstep import api_page
from doorstep.kit.auth import open_to_anyone

PAGE: dict[str, Any] = {
    "media_type": MediaType.HTML,
    "include_in_schema": False,
    **open_to_anyone(database=False),
}
STYLE = """
:root{color-scheme:light dark}
body{font:1.06rem/1.55 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:2rem 1.25rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}
h2{font-size:1.06rem;margin:1.75rem 0 .25rem}
p,ul{margin:.4rem 0}ul{padding-left:1.2rem}
small{display:block;margin-top:2rem;padding-top:1rem;border-top:1px solid #8886}
code{font:.92em ui-monospace,monospace}
"""


def html(page: str, style: str) -> Response[str]:
    """A page that can do nothing: no script, nothing fetched, in nobody's frame."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return Response(page, headers=headers)


@get("/docs", **PAGE)
async def get_api_page(request: Request[Any, Any, State]) -> Response[str]:
    """The API, readable without scripts and without the internet."""
    schema = request.app.openapi_schema.to_schema()
    return html(api_page.api_page(schema), api_page.STYLE)


@get("/join", **PAGE)
async def get_join_page() -> Response[str]:
    """Where an invite's link ends in a browser."""
    return html(JOIN, STYLE)


@get("/take", **PAGE)
async def get_take_page() -> Response[str]:
    """Where the link of a handover ends in a browser."""
    return html(TAKE, STYLE)


def _page(title: str, steps: str, good: str) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title><style>{STYLE}</style></head>
<body><main>
<h1>{title}</h1>
<p>This link is for a Doorstep phone app. It opened in a browser instead, so nothing has happened
yet, and the link can still be used.</p>
<h2>What to do</h2>
<ul>{steps}</ul>
<h2>How long it is good</h2>
<p>{good} Keep it to yourself: whoever has the whole link may use it.</p>
<small>For coordinators: what stands behind the <code>#</code> is the secret of this link. Browsers
do not send it, so it never reaches the server by opening this page, nor its logs.</small>
</main></body></html>
"""


_COPY = "<li>Copy the whole address of this page and paste it into the app.</li>"
JOIN = _page(
    "You are invited to canvass",
    "<li>Open the app and scan the QR code of your invite.</li>"
    f"{_COPY}<li>No app yet? Ask the organizer who invited you which one your group uses.</li>",
    "For one person, once, for three days. After that, ask for a new invite.",
)
TAKE = _page(
    "A turf is being handed to you",
    "<li>Open the app, signed in, and scan the QR code on the other phone.</li>"
    f"{_COPY}<li>Or type the ten characters behind the <code>#</code> into the app.</li>"
    "<li>Not in the group yet? Ask your organizer for an invite.</li>",
    "For one person, once, for 15 minutes. After that, ask for a new code.",
)

PAGES: tuple[ControllerRouterHandler, ...] = (get_api_page, get_join_page, get_take_page)
