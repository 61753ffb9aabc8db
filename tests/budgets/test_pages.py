"""The public pages of a round: without scripts, small, and telling nothing of anybody."""

import json
import re
from html.parser import HTMLParser

import pytest
from budgets.budget_field import draft, in_an_hour, listed, opened
from budgets.test_api import ballot, vote_by_code

from doorstep.algorithms.counting import equal_shares, greedy
from doorstep.budgets.pabulib import read_pb
from doorstep.kit.limits import Limit
from doorstep.kit.public_pages import MOST_BYTES

EVIL = '<script>alert("x")</script>&=cmd'


class Tags(HTMLParser):
    """Which tags are opened, and that all are closed in order."""

    VOID = {"meta", "br", "input", "link"}

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
        while self.open[-1] in {"li", "p"} and self.open[-1] != tag:
            self.open.pop()
        assert self.open.pop() == tag


async def page(vote, path="", **more):
    async with vote.anyone() as anyone:
        return await anyone.get(f"{vote.public}{path}", **more)


def is_plain_page(answer, status=200):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert len(answer.content) < MOST_BYTES
    tags = Tags(answer.text).seen
    assert not {"script", "img", "iframe"} & {tag for tag, _ in tags}
    links = {attrs["rel"] for tag, attrs in tags if tag == "link"}
    assert links <= {"alternate", "canonical"}, "nothing that is fetched to show the page"
    return True


async def test_nobody_outside_knows_of_a_draft(tenant):
    vote = await draft(tenant)
    for path in ("", "/vote", "/receipt", "/result.json", "/ballots.pb"):
        assert (await page(vote, path)).status_code == 404
    async with vote.anyone() as anyone:
        every = await anyone.get(f"/o/{tenant.slug}/budget")
        assert vote.round["title"] not in every.text
        assert (await anyone.get("/o/no-such-group/budget")).status_code == 404
        assert (await anyone.get(f"/o/{tenant.slug}/budget/no-such-round")).status_code == 404


async def test_what_nobody_has_looked_at_is_not_shown(tenant):
    vote = await draft(tenant)
    await vote.must_move("collecting")
    made = await vote.organizer.post(f"{vote.path}/proposals", json={"title": "A rude word"})
    assert "A rude word" not in (await page(vote)).text
    body = {"eligible": False, "reason": "Not here", "title": "A bench"}
    await vote.organizer.patch(f"{vote.path}/proposals/{made.json()['id']}", json=body)
    shown = (await page(vote)).text
    assert "A bench" in shown
    assert "Not here" in shown


async def test_every_public_text_is_escaped_and_pages_need_no_script(tenant):
    vote = await opened(tenant, {EVIL: 100}, title=EVIL, text=EVIL)
    for path in ("", "/vote", "/receipt"):
        answer = await page(vote, path)
        assert is_plain_page(answer)
        assert "<script" not in answer.text
    async with vote.anyone() as anyone:
        assert is_plain_page(await anyone.get(f"/o/{tenant.slug}/budget"))
        wrong = {"code": EVIL, "p1": EVIL}
        answer = await anyone.post(f"{vote.public}/vote", data=wrong)
    assert is_plain_page(answer, 422)
    assert "<script" not in answer.text


async def test_a_ballot_by_code_is_a_form_that_works_without_a_script(vote):
    (code,) = await vote.codes(1)
    shown = await page(vote, "/vote")
    names = [attrs.get("name") for tag, attrs in Tags(shown.text).seen if tag == "input"]
    assert names == ["code", "p1", "p2", "p3", "p4"]
    assert shown.headers["cache-control"] == "no-store"
    async with vote.anyone() as anyone:
        typed = {"code": f" {code.lower().replace('-', ' ')} ", "p2": "1", "p3": "1"}
        cast = await anyone.post(f"{vote.public}/vote", data=typed)
        assert is_plain_page(cast)
        many = await anyone.post(
            f"{vote.public}/vote", data={"code": code, "p1": "1", "p2": "1", "p3": "1"}
        )
        none = await anyone.post(f"{vote.public}/vote", data={"code": "AAAAA-AAAAA", "p1": "1"})
        empty = await anyone.post(f"{vote.public}/vote", content=b"\xff\x00")
    assert is_plain_page(many, 422)
    assert "Choose at most 2 projects" in many.text
    assert many.text.count(" checked") == 3, "what was ticked is still ticked"
    assert code in many.text
    assert "There is no such code" in none.text
    assert is_plain_page(empty, 422)
    async with vote.tenant.transaction() as db:
        assert await db.fetchval("select choices from ballot") == [[2, 1], [3, 1]]


@pytest.mark.parametrize(
    ("kind", "changes", "typed", "choices"),
    [
        ("ranking", {}, {"p1": "2", "p4": "1"}, [[1, 1], [4, 2]]),
        (
            "cumulative",
            {"points": 9},
            {"p1": "2", "p4": "7", "p2": "", "p3": "0"},
            [[1, 2], [4, 7]],
        ),
    ],
)
async def test_points_and_places_are_written_beside_projects(tenant, kind, changes, typed, choices):
    vote = await opened(tenant, ballot_kind=kind, **changes)
    (code,) = await vote.codes(1)
    async with vote.anyone() as anyone:
        assert is_plain_page(await anyone.get(f"{vote.public}/vote"))
        assert is_plain_page(await anyone.post(f"{vote.public}/vote", data={"code": code} | typed))
        odd = await anyone.post(f"{vote.public}/vote", data={"code": code, "p1": "first"})
        twice = await anyone.post(f"{vote.public}/vote", data={"code": code, "p1": "1", "p2": "1"})
    assert "Write a number beside project 1, not first" in odd.text
    assert twice.status_code == (422 if kind == "ranking" else 200)
    async with tenant.transaction() as db:
        stored = await db.fetchval("select choices from ballot")
    assert stored == (choices if kind == "ranking" else [[1, 1], [2, 1]])


async def test_a_vote_that_is_over_takes_no_ballot_from_a_form_left_open(vote):
    (code,) = await vote.codes(1)
    await vote.close()
    async with vote.anyone() as anyone:
        answer = await anyone.post(f"{vote.public}/vote", data={"code": code, "p1": "1"})
    assert is_plain_page(answer, 409)
    assert is_plain_page(await page(vote, "/vote"), 409)


async def published(vote):
    await vote_by_code(vote, [((1, 2), 6), ((3, 4), 3), ((3,), 1)])
    await vote.close()
    for path in ("/result.json", "/ballots.pb"):
        assert (await page(vote, path)).status_code == 409, "not before it is published"
    assert "Result" not in (await page(vote)).text
    await vote.must_move("published")


async def test_page_and_json_tell_the_same_result_and_hide_small_counts(vote):
    await published(vote)
    answer = await page(vote)
    assert is_plain_page(answer)
    result = (await page(vote, "/result.json")).json()
    assert result["voters"] == "10"
    assert {one["number"]: one["votes"] for one in result["equal_shares"]["proposals"]} == {
        1: "6", 2: "6", 3: "<5", 4: "<5",
    }  # fmt: skip
    for one in result["equal_shares"]["proposals"]:
        assert one["title"] in answer.text
        assert one["because"] in answer.text
    assert "10 voters" in answer.text
    told = [
        re.search(rf"{n}\. .*?\">((?:not )?funded)", answer.text, re.DOTALL)[1] for n in range(1, 5)
    ]
    assert [one == "funded" for one in told] == [
        one["funded"] for one in result["equal_shares"]["proposals"]
    ]
    assert (await page(vote, headers={"if-none-match": answer.headers["etag"]})).status_code == 304


async def test_the_file_gives_the_same_winners_when_it_is_counted_again(vote):
    await published(vote)
    result = (await vote.organizer.get(f"{vote.path}/result")).json()
    text = (await page(vote, "/ballots.pb")).text
    assert text == (await vote.organizer.get(f"{vote.path}/ballots.pb")).text
    again = read_pb(text)
    for count, ours in ((greedy, result["greedy"]), (equal_shares, result["equal_shares"])):
        assert [int(key) for key in count(again.election).winners] == ours["winners"]
    assert {int(key) for key in again.published} == set(result["equal_shares"]["winners"])


@pytest.mark.parametrize("rule", ["greedy", "equal_shares"])
@pytest.mark.parametrize("kind", ["approval", "cumulative", "ranking"])
async def test_pabulibs_own_checker_finds_nothing_wrong_with_the_file(tenant, kind, rule):
    checker = pytest.importorskip("pabulib.checker", reason="pabulib-checker is not installed")
    changes = {"points": 4} if kind == "cumulative" else {}
    vote = await opened(tenant, ballot_kind=kind, rule=rule, **changes)
    for first, second in ((1, 2), (2, 3), (3, 4), (3, 2), (3, 1)):
        _, voter = await tenant.member()
        body = ballot(first, second)
        if kind == "cumulative":
            body["choices"] = [one | {"points": 2} for one in body["choices"]]
        assert (await voter.put(f"{vote.path}/ballot", json=body)).status_code == 200
    await vote.close()
    text = (await vote.organizer.get(f"{vote.path}/ballots.pb")).text
    found = checker.Checker().process_files([text])
    assert found["metadata"] == {"processed": 1, "valid": 1, "invalid": 0}, json.dumps(found)


async def test_ballots_of_a_handful_of_voters_are_not_given_out(vote):
    await vote.organizer.put(f"{vote.path}/ballot", json=ballot(1))
    await vote.close()
    await vote.must_move("published")
    assert (await page(vote, "/ballots.pb")).status_code == 422
    assert (await page(vote, "/result.json")).json()["voters"] == "<5"


async def test_a_long_list_is_told_page_by_page(tenant):
    vote = await listed(tenant, {f"Project {n} {'ж' * 180}": 10 for n in range(1, 36)})
    first, second = await page(vote), await page(vote, "?start=30")
    assert is_plain_page(first)
    assert "Project 30 " in first.text
    assert "Project 31 " not in first.text
    assert "Project 35 " in second.text


async def test_a_proposal_has_a_page_with_its_text_its_place_and_its_commitment(tenant):
    vote = await draft(tenant)
    await vote.must_move("collecting")
    body = {"title": EVIL, "text": f"Long ago.\n{EVIL}", "lon": 24.93545, "lat": 60.16952}
    made = (await vote.organizer.post(f"{vote.path}/proposals", json=body)).json()
    assert (await page(vote, "/proposals/1")).status_code == 404, "nobody has looked at it"
    ready = {"eligible": True, "cost": 500}
    await vote.organizer.patch(f"{vote.path}/proposals/{made['id']}", json=ready)
    for phase in ("reviewing", "costed"):
        await vote.must_move(phase)
    await vote.must_move("voting", voting_closes_at=in_an_hour())
    await vote.organizer.put(f"{vote.path}/ballot", json=ballot(1))
    await vote.close()
    await vote.must_move("published")
    shown = await page(vote, "/proposals/1")
    assert is_plain_page(shown)
    assert "mlat=60.16952&amp;mlon=24.93545" in shown.text
    assert "The figures are kept back because fewer than five people voted for it" in shown.text
    (link,) = re.findall(r'href="(/o/[^"]*/commitments/[^"]*)"', shown.text)
    async with vote.anyone() as anyone:
        kept = await anyone.get(link)
    assert kept.status_code == 200
    assert "The figures are kept back because fewer than five people voted for it" in kept.text
    assert (await page(vote, "/proposals/2")).status_code == 404


async def test_a_ballot_of_as_many_projects_as_there_may_be_is_a_small_page(tenant):
    vote = await opened(tenant, {"Park": 100}, ballot_kind="ranking")
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into proposal
              (organization_id, id, round_id, number, title, cost, eligible, proposed_by)
            select organization_id, gen_random_uuid(), round_id, n, repeat('x', 200), 9, true,
                   proposed_by
              from proposal, generate_series(2, 120) n
            """
        )
    shown = await page(vote, "/vote")
    assert is_plain_page(shown)
    assert shown.text.count("<input") == 121


async def test_who_tries_too_often_has_to_wait(vote, monkeypatch):
    monkeypatch.setattr(Limit, "take", Limit(tries=1, per_s=900).take)
    async with vote.anyone() as anyone:
        answers = [await anyone.post(f"{vote.public}/vote", data={"code": "X"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [422, 429]
    assert is_plain_page(answers[1], 429)
