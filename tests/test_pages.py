"""Where links end that no app took: pages that tell what to do, and can do nothing themselves."""

import base64
import hashlib
import re

import pytest
from test_api_page import Balance

every = pytest.mark.parametrize("path", ["/docs", "/join", "/take"])


@every
async def test_a_page_is_open_to_anyone_and_can_do_nothing(world, path):
    answer = await world.anonymous().get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'"} <= set(policy)
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert not re.search(r"<script|style=\"|\bon[a-z]+=", answer.text)
    assert not re.search(r"(src|href)=\"(https?:)?//", answer.text)


@every
async def test_a_page_is_whole_and_fits_a_phone(world, path):
    page = (await world.anonymous().get(path)).text
    parsed = Balance()
    parsed.feed(page)
    assert parsed.open == []
    assert '<html lang="en">' in page
    assert "width=device-width" in page
    assert "color-scheme:light dark" in page


@pytest.mark.parametrize(("path", "where"), [("/join", "invite"), ("/take", "other phone")])
async def test_whoever_lands_here_is_told_what_to_do(world, path, where):
    page = (await world.anonymous().get(path)).text
    for words in (where, "phone app", "Copy the whole address", "rganizer", "never reaches"):
        assert words in page


async def test_the_links_that_are_handed_out_lead_here(world, tenant):
    coordinator = await tenant.coordinator()
    made = await coordinator.post("/invites", json={"name": "Onni", "email": "o@example.org"})
    path = made.json()["link"].removeprefix("http://127.0.0.1:8000").partition("#")[0]
    assert (await world.anonymous().get(path)).status_code == 200


async def test_pages_need_no_database(world, monkeypatch):
    monkeypatch.setattr("doorstep.kit.auth.begin", None)
    for path in ("/join", "/take", "/docs"):
        assert (await world.anonymous().get(path)).status_code == 200
