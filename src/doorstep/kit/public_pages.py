"""Pages for people who have no account: made on the server, without scripts, kept by caches."""

import base64
import hashlib
import html
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, LiteralString, TypeVar
from urllib.parse import quote

from litestar import Request, Response
from litestar.datastructures import State

from doorstep.kit.errors import ProblemError

MAX_AGE_S = 300
"""How long a public answer may be shown without asking again."""
MOST_BYTES = 50_000
"""A page is at most this long, so that it opens on a weak network."""
PICTURE_SIZE = (1200, 630)
"""Width and height in pixels of the picture of a shared page, as previews show it whole."""
SOCIAL_LETTERS = 200
"""Previews cut longer descriptions off themselves, in the middle of a word."""
STYLE = """
:root{color-scheme:light dark;--line:#8886;--soft:light-dark(#595959,#b4b4b4)}
body{font:1.06rem/1.55 system-ui,sans-serif;max-width:42rem;margin:0 auto;padding:1.5rem 1.25rem;
overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0 1rem}h2{font-size:1.15rem;margin:1.6rem 0 .3rem}
p,ul,ol,dl{margin:.4rem 0}ul,ol{padding-left:1.2rem}ul.plain{list-style:none;padding:0}
ul.plain>li{border-top:1px solid var(--line);padding:.7rem 0}
dt{font-weight:600}dd{margin:0 0 .5rem}.soft{color:var(--soft);font-size:.94rem}
.mark{border:1px solid currentColor;border-radius:.6rem;padding:0 .5rem;font-size:.9rem}
.late{font-weight:600}.text{white-space:pre-line}
footer{margin-top:2rem;padding-top:.8rem;border-top:1px solid var(--line)}
fieldset{min-width:0;border:1px solid var(--line);margin:.8rem 0}legend{max-width:100%}
label{display:block;margin:.8rem 0 .2rem}
textarea,input,select{font:inherit;width:100%;box-sizing:border-box}
input[type=radio],input[type=checkbox]{width:auto;margin-right:.5rem}
button{font:inherit;padding:.5rem 1rem;margin:.8rem .5rem 0 0}
"""

AnyRequest = Request[Any, Any, State]
T = TypeVar("T")
# Style, and what previews of the address show: titles that may be long, several times.
_FRAME_BYTES = 11_000


class Markup(str):
    """A text that is HTML already."""

    __slots__ = ()


NOTHING = Markup()


def markup(template: LiteralString, **values: object) -> Markup:
    """The template with values in the place of their names; what is no markup is made harmless.

    Parameters
    ----------
    template
        HTML as `str.format` takes it, attributes in double quotes.
    values
        Whatever is to be shown: its text is escaped, unless it is `Markup`.
    """
    safe = {name: shown if isinstance(shown, Markup) else html.escape(str(shown))
            for name, shown in values.items()}  # fmt: skip
    return Markup(template.format(**safe))


def joined(parts: Sequence[Markup]) -> Markup:
    """The parts one after the other."""
    return Markup("\n".join(parts))


def document(title: str, body: Markup, *, head: Markup = NOTHING, language: str = "en") -> Markup:
    """A whole page: ``body`` as its main part below the style all public pages share."""
    return markup(
        '<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>{title}</title>{head}<style>{style}</style></head>\n"
        "<body><main>\n{body}\n</main></body></html>\n",
        language=language,
        title=title,
        head=head,
        style=Markup(STYLE),
        body=body,
    )


def fitting(
    every: Sequence[T], start: int, line: Callable[[T], Markup], used: int = 0
) -> tuple[list[Markup], int | None]:
    """Lines as far as a page has room, at least one; and with which number the next begins.

    Parameters
    ----------
    every, start
        What is listed, and from which of it on.
    line
        How one of it looks.
    used
        How many bytes of the page are taken already.
    """
    room = MOST_BYTES - _FRAME_BYTES - used
    lines: list[Markup] = []
    for number in range(start, len(every)):
        made = line(every[number])
        room -= len(made.encode())
        if room < 0 and lines:
            return lines, number
        lines.append(made)
    return lines, None


def plain_list(lines: Sequence[Markup], nothing: str) -> Markup:
    """Lines below each other, or the words ``nothing``."""
    if not lines:
        return markup("<p>{nothing}</p>", nothing=nothing)
    return markup('<ul class="plain">\n{lines}\n</ul>', lines=joined(lines))


def paging(path: str, start: int, later: int | None) -> Markup:
    """Links to the first page and to the next, where there are such."""
    links: list[Markup] = []
    if start:
        links.append(markup('<a href="{path}">From the beginning</a>', path=path))
    if later is not None:
        links.append(markup('<a href="{path}?start={later}" rel="next">More</a>',
                            path=path, later=later))  # fmt: skip
    return markup("<p>{links}</p>", links=Markup(" · ".join(links))) if links else Markup()


def picture_url(public_url: str, slug: str, kind: str, item: str) -> str:
    """Where the picture of a public page is, which shows it where its address is shared.

    Parameters
    ----------
    public_url
        Where the server is reached, without a slash at its end.
    slug, item
        The short names of the organization and of what the page shows.
    kind
        What it is: ``event``, ``commitment``, ``decision`` or ``budget``.
    """
    names = (quote(one, safe="") for one in (slug, "share", kind, item))
    return f"{public_url}/o/{'/'.join(names)}.png"


def social(title: str, description: str, url: str, image: str) -> Markup:
    """What a page's head tells messengers and networks that show a preview of its address.

    Parameters
    ----------
    title, description
        In plain words; of a longer description the beginning is told.
    url, image
        Addresses with their scheme and host, the image one of 1200 by 630 pixels: the sizes and
        names are those of Open Graph (https://ogp.me) and of Twitter's cards, which follow it.
    """
    return markup(
        '<meta name="description" content="{told}"><link rel="canonical" href="{url}">'
        '<meta property="og:type" content="website"><meta property="og:title" content="{title}">'
        '<meta property="og:description" content="{told}"><meta property="og:url" content="{url}">'
        '<meta property="og:image" content="{image}"><meta property="og:image:alt" '
        'content="{title}"><meta property="og:image:width" content="{width}">'
        '<meta property="og:image:height" content="{height}">'
        '<meta name="twitter:card" content="summary_large_image">'
        '<meta name="twitter:title" content="{title}">'
        '<meta name="twitter:description" content="{told}">'
        '<meta name="twitter:image" content="{image}">'
        '<meta name="twitter:image:alt" content="{title}">',
        title=title,
        told=textwrap.shorten(description, SOCIAL_LETTERS, placeholder=" …") or title,
        url=url,
        image=image,
        width=PICTURE_SIZE[0],
        height=PICTURE_SIZE[1],
    )


def policy(*, forms: bool) -> dict[str, str]:
    """Headers of a page that runs nothing, fetches nothing and stands in nobody's frame.

    With ``forms`` it may send one back to this server.
    """
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    action = "'self'" if forms else "'none'"
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; "
        f"base-uri 'none'; form-action {action}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


def private_page(page: Markup, status: int = 200) -> Response[str]:
    """A page for whoever holds its link: it may hold a form, and no cache keeps it."""
    headers = {**policy(forms=True), "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return Response(str(page), status_code=status, media_type="text/html", headers=headers)


def refused(error: ProblemError) -> Response[str]:
    """The page that says why a link or a form did not work; ``Retry-After`` where waiting helps."""
    title = "That did not work"
    body = markup('<h1>{title}</h1>\n<p class="text">{why}</p>', title=title, why=error.detail)
    response = private_page(document(title, body), error.status)
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def public_answer(
    request: AnyRequest, content: str | bytes, media_type: str, *, forms: bool = False
) -> Response[bytes]:
    """What anybody may see and caches may keep; nothing but 304 for whoever has it already.

    The tag is a weak one (RFC 9110, 8.8.1): compressed or not, it is the same page.
    """
    sent = content.encode() if isinstance(content, str) else content
    tag = f'W/"{hashlib.sha256(sent).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={MAX_AGE_S}",
        **policy(forms=forms),
    }
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or tag in (one.strip() for one in known.split(",")):
        return Response(b"", status_code=304, headers=headers)
    return Response(sent, media_type=media_type, headers=headers)
