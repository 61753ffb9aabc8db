"""Telling people from programs that only look at an address, such as messengers' previews."""

import functools
import importlib
import re
from collections.abc import Mapping
from typing import Any

# Families that the list of crawlerdetect does not have.
_MORE = re.compile(
    r"cardyb|^viber/|^lemmy/|^signal(?:/|$)|meta-external|preview|embed|unfurl|link.?expand",
    re.IGNORECASE,
)
# What browsers send that fetch a page before anybody asked for it (Sec-Purpose, and its elders).
_PREFETCH = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_AHEAD = re.compile("prefetch|preview|prerender", re.IGNORECASE)
_LONGEST = 500


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from somebody who opened a link, as far as its headers tell.

    Programs are known by their names (crawlerdetect keeps the list), by saying none, by asking for
    the head alone, and by saying that they fetch ahead.
    """
    agent = headers.get("user-agent", "").strip()[:_LONGEST]
    if method != "GET" or not agent or _MORE.search(agent):
        return False
    if any(_AHEAD.search(headers.get(name, "")) for name in _PREFETCH):
        return False
    return not _crawlers().is_crawler(agent)


@functools.cache
def _crawlers() -> Any:
    # It carries no types.
    library: Any = importlib.import_module("crawlerdetect")
    return library.CrawlerDetect()
