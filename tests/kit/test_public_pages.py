"""Pages for people without an account: harmless whatever is put in, kept by caches."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import RequestFactory

from doorstep.kit.errors import NotFoundError, TooManyError
from doorstep.kit.public_pages import (
    Markup,
    document,
    joined,
    markup,
    picture_url,
    private_page,
    public_answer,
    refused,
    social,
)


@given(st.text())
def test_what_is_put_in_is_shown_as_it_is_and_is_no_markup(text):
    made = markup('<p title="{text}">{text}</p>', text=text)
    inner = made.removeprefix('<p title="').removesuffix("</p>")
    assert not re.search("[<\"']", inner.replace('">', "", 1))
    assert html.unescape(inner) == f'{text}">{text}'


def test_markup_stays_markup_and_braces_stay_braces():
    part = markup("<b>{name}</b>", name="{x} & y")
    assert markup("<p>{part}</p>", part=part) == "<p><b>{x} &amp; y</b></p>"
    assert joined([Markup("<br>"), part]) == "<br>\n<b>{x} &amp; y</b>"


def test_a_page_has_a_title_a_language_and_fits_a_phone():
    page = document("A < B", Markup("<h1>x</h1>"), language="fi")
    assert "<title>A &lt; B</title>" in page
    assert '<html lang="fi">' in page
    assert "width=device-width" in page


def test_a_public_answer_is_tagged_by_what_it_says():
    # Without an application of ours the factory makes one that has every library log.
    request = RequestFactory(Litestar(logging_config=None)).get("/")
    first, again, other = (public_answer(request, text, "text/html") for text in ("a", b"a", "b"))
    assert first.headers["ETag"] == again.headers["ETag"] != other.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, max-age=300"


def test_a_private_page_is_kept_by_nobody_and_may_hold_a_form():
    answer = private_page(Markup("x"), 404)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]


def test_previews_are_told_title_words_address_and_picture_and_nothing_breaks_out():
    image = picture_url("https://d.example", "north side", "event", "a/b")
    assert image == "https://d.example/o/north%20side/share/event/a%2Fb.png"
    told = social('"><script>', "words " * 100, "https://d.example/x", image)
    assert "<script" not in told
    assert told.count("<meta ") == 14
    (described,) = re.findall(r'<meta name="description" content="([^"]*)"', told)
    assert len(described) <= 200
    assert described.endswith("words …")
    assert social("Title", " ", "x", "y").count('content="Title"') == 7


def test_a_refusal_says_why_and_when_to_come_again():
    answer = refused(TooManyError("Too <many> forms.", retry_after_s=7))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Too &lt;many&gt; forms." in answer.content
    assert "Retry-After" not in refused(NotFoundError("x")).headers
