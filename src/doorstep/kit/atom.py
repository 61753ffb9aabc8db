"""Atom feeds (RFC 4287): what is new, for whoever follows with a feed reader."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_ATOM = "http://www.w3.org/2005/Atom"
NEWEST = 50
"""Readers look often enough: more would only be sent again and again."""
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Entry:
    """Something new: the address of its page, a title, when it came, and what it says."""

    link: str
    title: str
    at: dt.datetime
    text: str


def feed(home: str, title: str, author: str, entries: Sequence[Entry]) -> bytes:
    """A whole feed.

    Parameters
    ----------
    home
        The address of the page that the feed goes with; the feed's own is that with ``.atom``.
    title, author
        What the feed is called, and who speaks in it.
    entries
        The newest first. Their addresses are their names, so they stay as they are.

    Returns
    -------
    bytes
        XML in UTF-8; letters that XML 1.0 cannot hold are left out.
    """
    made = ET.Element("feed", xmlns=_ATOM)
    _head(made, home, title, max((one.at for one in entries), default=_NEVER))
    ET.SubElement(made, "link", rel="self", href=f"{home}.atom")
    ET.SubElement(ET.SubElement(made, "author"), "name").text = _xml(author)
    for one in entries:
        entry = ET.SubElement(made, "entry")
        _head(entry, one.link, one.title, one.at)
        ET.SubElement(entry, "content", type="text").text = _xml(one.text)
    return ET.tostring(made, encoding="utf-8", xml_declaration=True)


def _head(element: ET.Element, link: str, title: str, at: dt.datetime) -> None:
    ET.SubElement(element, "id").text = link
    ET.SubElement(element, "title").text = _xml(title)
    ET.SubElement(element, "updated").text = at.isoformat()
    ET.SubElement(element, "link", rel="alternate", href=link)


def _xml(text: str) -> str:
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
