"""Makers of surveys on the web, and what a browser does with a form."""

import itertools
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx
from makers import Tenant

from doorstep.kit.ids import new_id
from doorstep.kit.public_pages import MOST_BYTES

_numbers = itertools.count(1)
TRANSLATION = {
    "introduction": "Hyvää päivää",
    "rent.text": "Onko vuokrasi korkea?",
    "rent.options.high": "On",
    "mood.labels.1": "Huono",
}


def questions(topic_id=None):
    """Every type, one that hangs on another, an opinion, and two that raise issues."""
    topic = {"topic_id": topic_id} if topic_id else {}
    return [
        {"type": "single", "key": "rent", "text": "How is your rent?", "required": True,
         "options": [{"key": "fine", "text": "Fine"}, {"key": "high", "text": "High"} | topic]},
        {"type": "text", "key": "since", "text": "Since when?", "max_length": 50,
         "show_if": {"question": "rent", "equals": "high"}},
        {"type": "multi", "key": "topics", "text": "What matters?",
         "options": [{"key": "trees", "text": "Trees"}, {"key": "lamps", "text": "Lamps"}]},
        {"type": "scale", "key": "mood", "text": "How is it here?", "low": 1, "high": 3,
         "labels": ["Bad", "Fair", "Good"]},
        {"type": "text", "key": "wish", "text": "What is broken?"} | topic,
        {"type": "prompt", "key": "story", "text": "Tell us about it", "guidance": "Listen."},
        {"type": "number", "key": "people", "text": "How many live here?", "minimum": 1,
         "maximum": 20, "whole": True},
        {"type": "yes_no", "key": "votes", "text": "Will you vote?"},
        {"type": "scale", "key": "support", "text": "Do you support us?", "sensitive": True,
         "low": 1, "high": 5},
    ]  # fmt: skip


ANSWERS = {
    "rent": "high",
    "since": "2024",
    "topics": ["trees", "lamps"],
    "mood": 2,
    "wish": "The lamp",
    "story": "It is dark",
    "people": 3,
    "votes": True,
    "support": 4,
}


async def ok(answer, status=201):
    assert answer.status_code == status, (answer.status_code, answer.text[:600])
    return answer.json()


async def make_script(tenant, asked=None, **more):
    body = {
        "campaign_id": str(tenant.campaign_id),
        "name": f"Survey {next(_numbers)}",
        "introduction": "Good day",
        "language": "en",
        "questions": asked or questions(),
        "translations": {} if asked else {"fi": TRANSLATION},
        **more,
    }
    return await ok(await (await tenant.organizer()).post("/scripts", json=body))


@dataclass
class Survey:
    """A survey through the eyes of an organizer and of everybody."""

    tenant: Tenant
    organizer: httpx.AsyncClient
    script: dict
    made: dict

    @property
    def path(self):
        return f"/web-surveys/{self.made['id']}"

    @property
    def public(self):
        return f"/o/{self.tenant.slug}/surveys/{self.made['slug']}"

    async def record(self, answers=None, status=201, client=None, **more):
        body = {
            "id": str(new_id()),
            "answers": ANSWERS if answers is None else answers,
            "answered_at": "2026-11-22T10:15:00Z",
            **more,
        }
        client = client or await self.tenant.volunteer()
        return await ok(await client.post(f"{self.path}/answers", json=body), status)

    async def results(self):
        return await ok(await self.organizer.get(f"{self.path}/results"), 200)


async def published(tenant, asked=None, **more):
    script = await make_script(tenant, asked)
    organizer = await tenant.organizer()
    body = {"script_id": script["script_id"], "title": "How is it here?", **more}
    made = await ok(await organizer.post("/web-surveys", json=body))
    return Survey(tenant, organizer, script, made)


class Tags(HTMLParser):
    """Which tags there are; that all are closed in order."""

    VOID = {"meta", "br", "input"}

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@dataclass
class Shown:
    """A page as a browser has it."""

    status: int
    text: str
    tags: list

    def fields(self):
        return {attrs["name"] for tag, attrs in self.tags
                if tag in {"input", "textarea", "select"}}  # fmt: skip

    def hidden(self):
        return {
            attrs["name"]: attrs["value"]
            for tag, attrs in self.tags
            if tag == "input" and attrs.get("type") == "hidden"
        }

    def action(self):
        return next(attrs["action"] for tag, attrs in self.tags if tag == "form")


def shown(answer):
    """A page that is plain: small, without script, and says who may do what with it."""
    assert answer.headers["content-type"].startswith("text/html"), answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert len(answer.content) < MOST_BYTES
    tags = Tags(answer.text).seen
    assert not {"script", "img", "iframe"} & {tag for tag, _ in tags}
    return Shown(answer.status_code, answer.text, tags)


class Browser:
    """Somebody without an account, cookie or script."""

    def __init__(self, tenant):
        self.client = tenant.world.anonymous()

    async def open(self, path, status=200):
        page = shown(await self.client.get(path))
        assert page.status == status, page.text
        return page

    async def send(self, page, status=200, **typed):
        """Fill the form of a page in; its hidden fields go along."""
        data = urlencode(page.hidden() | typed, doseq=True)
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await self.client.post(page.action(), content=data, headers=headers)
        assert not self.client.cookies
        found = shown(answer)
        assert found.status == status, found.text
        return found


def typed(answers):
    """Answers as a form sends them."""
    words = {True: "yes", False: "no"}
    return {
        f"q_{key}": words[value] if isinstance(value, bool) else value
        for key, value in answers.items()
    }


async def sit(browser, path, answers, **more):
    """Go through a survey to its end."""
    page = await browser.open(path)
    for _ in range(20):
        if "Thank you" in page.text:
            return page
        fields = page.fields()
        here = {key: value for key, value in typed(answers).items() if key in fields}
        last = more if "email" in fields else {}
        page = await browser.send(page, **here, **last)
    raise AssertionError(page.text)


def titles(page):
    return re.findall(r"<h1>([^<]*)</h1>", page.text)
