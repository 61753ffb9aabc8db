"""Every relative link in the documentation leads somewhere, anchors included."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from doorstep.settings import Settings

TOP = Path(__file__).parents[1]
PAGES = sorted([*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")])
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|(?:src|href)=\"([^\"]+)\"")
ELSEWHERE = re.compile(r"^([a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
NAMED = re.compile(r"<a\s+(?:id|name)=\"([^\"]+)\"")


def prose(page):
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def links(page):
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    return [first or second for first, second in LINK.findall(text)]


def anchors(page):
    """As GitHub makes them of headings: lower case, dashes, no punctuation, repeats counted."""
    text = prose(page)
    seen = {}
    for heading in HEADING.findall(text):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        count = seen.setdefault(slug, 0)
        seen[slug] += 1
        yield slug if count == 0 else f"{slug}-{count}"
    yield from NAMED.findall(text)


def broken(page):
    for link in links(page):
        if ELSEWHERE.match(link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            yield f"{link}: no such file"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            yield f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_every_link_leads_somewhere(page):
    assert list(broken(page)) == []


def test_links_are_found_and_broken_ones_named(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# One & two\n## Same\n## Same\n[a](#one--two) [b](#same-1) [c](other.md) [d](#none)\n"
        "```\n[e](fenced.md)\n```\n`[f](code.md)` [g](https://example.org/x) ![h](picture.png)\n"
    )
    assert list(broken(page)) == [
        "other.md: no such file",
        "#none: no such heading",
        "picture.png: no such file",
    ]


def test_every_setting_is_documented():
    text = (TOP / "docs" / "settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `DOORSTEP_([A-Z_]+)` \|", text, re.MULTILINE))
    assert named == {name.upper() for name in Settings.__struct_fields__}
