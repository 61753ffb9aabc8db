"""A round through the API: phases, proposals, ballots, and what is left of voters afterwards."""

import asyncio
import datetime as dt

import pytest
from budgets.budget_field import ROUND, draft, in_an_hour, listed, opened
from makers import make_street

from doorstep.budgets import voting
from doorstep.kit.auth import Role


def ballot(*numbers):
    return {"choices": [{"number": number} for number in numbers]}


async def stored(vote):
    async with vote.tenant.transaction() as db:
        return await db.fetch("select * from ballot order by id")


async def test_a_round_goes_from_phase_to_phase_and_every_move_is_kept(tenant):
    vote = await draft(tenant)
    assert vote.round["status"] == "draft"
    assert (await vote.move("voting")).status_code == 409
    await vote.must_move("collecting")
    made = await vote.organizer.post(f"{vote.path}/proposals", json={"title": "Bench"})
    await vote.must_move("reviewing")
    assert (
        await vote.organizer.post(f"{vote.path}/proposals", json={"title": "x"})
    ).status_code == 409
    not_ready = await vote.move("costed")
    assert not_ready.status_code == 422
    assert "1 was not looked at" in not_ready.json()["detail"]
    assert (await vote.move("collecting")).status_code == 422
    await vote.must_move("collecting", reason="One more week")
    await vote.must_move("reviewing")
    one = f"{vote.path}/proposals/{made.json()['id']}"
    assert (await vote.organizer.patch(one, json={"eligible": False})).status_code == 422
    await vote.organizer.patch(one, json={"eligible": True, "cost": 10_001})
    assert (await vote.move("costed")).status_code == 422
    await vote.organizer.patch(one, json={"cost": 900})
    await vote.must_move("costed")
    assert (await vote.move("voting")).status_code == 422
    past = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)).isoformat()
    assert (await vote.move("voting", voting_closes_at=past)).status_code == 422
    await vote.must_move("voting", voting_closes_at=in_an_hour())
    await vote.organizer.put(f"{vote.path}/ballot", json=ballot(1))
    assert (await vote.move("counted")).status_code == 422
    assert (await vote.move("costed", reason="back")).status_code == 409
    await vote.must_move("counted", reason="All have voted")
    for phase in ("published", "delivering", "done"):
        whole = await vote.must_move(phase)
    assert [one["status_after"] for one in whole["steps"]] == [
        "collecting", "reviewing", "collecting", "reviewing", "costed", "voting", "counted",
        "published", "delivering", "done",
    ]  # fmt: skip
    assert [one["number"] for one in whole["steps"]] == list(range(1, 11))
    assert {one["made_by"] for one in whole["steps"]} == {str(tenant.member_ids[Role.ORGANIZER])}
    assert (await vote.move("done")).status_code == 409


async def test_the_amount_stays_once_people_vote(vote):
    assert (await vote.organizer.patch(vote.path, json={"amount": 5})).status_code == 409
    changed = await vote.organizer.patch(vote.path, json={"title": "Another name"})
    assert (changed.json()["title"], changed.json()["amount"]) == ("Another name", 10_000)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"points": 5}, "points"),
        ({"ballot_kind": "cumulative"}, "points"),
        ({"ballot_kind": "ranking", "most_amount": 5}, "most_amount"),
    ],
)
async def test_ballots_that_make_no_sense_are_refused_by_name(tenant, changes, field):
    organizer = await tenant.organizer()
    answer = await organizer.post("/budget-rounds", json=ROUND | changes)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_a_volunteer_proposes_with_a_place_and_reads_why_it_was_refused(tenant):
    vote = await draft(tenant)
    await vote.must_move("collecting")
    volunteer = await tenant.volunteer()
    half = {"title": "Bench", "lon": 24.9}
    assert (await volunteer.post(f"{vote.path}/proposals", json=half)).status_code == 422
    made = await volunteer.post(f"{vote.path}/proposals", json=half | {"lat": 60.2})
    assert made.json()["proposed_by"] == str(tenant.member_ids[Role.VOLUNTEER])
    one = f"{vote.path}/proposals/{made.json()['id']}"
    assert (await volunteer.patch(one, json={"eligible": True})).status_code == 403
    reason = "The river bank belongs to the state."
    await vote.organizer.patch(one, json={"eligible": False, "reason": reason})
    seen = (await volunteer.get(f"{vote.path}/proposals")).json()
    assert [(one["lon"], one["lat"], one["eligible"], one["reason"]) for one in seen] == [
        (24.9, 60.2, False, reason)
    ]


async def test_a_hundred_parallel_submits_of_one_person_are_one_ballot(vote):
    volunteer = await vote.tenant.volunteer()
    answers = await asyncio.gather(
        *(volunteer.put(f"{vote.path}/ballot", json=ballot(1 + n % 4)) for n in range(100))
    )
    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["receipt"] for one in answers}) == 100
    assert len(await stored(vote)) == 1


async def test_a_hundred_parallel_submits_with_one_code_are_one_ballot(vote):
    (code,) = await vote.codes(1)
    async with vote.anyone() as anyone:
        answers = await asyncio.gather(
            *(
                anyone.post(f"{vote.public}/vote", data={"code": code, "p1": "1"})
                for _ in range(100)
            )
        )
    assert {one.status_code for one in answers} == {200}
    assert len(await stored(vote)) == 1


async def test_a_ballot_can_be_changed_until_the_vote_closes_and_not_after(vote, monkeypatch):
    path = f"{vote.path}/ballot"
    volunteer = await vote.tenant.volunteer()
    await volunteer.put(path, json=ballot(1, 2))
    await volunteer.put(path, json=ballot(3))
    assert [row["choices"] for row in await stored(vote)] == [[[3, 1]]]
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
    monkeypatch.setattr(voting, "now", lambda: later)
    assert (await volunteer.put(path, json=ballot(1))).status_code == 409
    assert [row["choices"] for row in await stored(vote)] == [[[3, 1]]]
    monkeypatch.undo()
    await vote.close()
    assert (await volunteer.put(path, json=ballot(1))).status_code == 409
    assert (
        await vote.organizer.post(f"{vote.path}/voter-codes", json={"count": 1})
    ).status_code == 409


BAD = {
    "approval": [
        (ballot(9), "no project 9"),
        (ballot(1, 1), "named twice"),
        (ballot(1, 2, 3), "at most 2 projects"),
        (ballot(1, 2), "for at most 9,000; these cost 10,000"),
        ({"choices": [{"number": 1, "points": 2}]}, "takes no points"),
    ],
    "cumulative": [
        (ballot(1), "its points"),
        ({"choices": [{"number": 1, "points": 4}, {"number": 2, "points": 2}]}, "5 points to give"),
    ],
    "ranking": [(ballot(2, 1, 2), "named twice")],
}
LIMITS = {"approval": {"most_amount": 9000}, "cumulative": {"points": 5}, "ranking": {}}


@pytest.mark.parametrize("kind", BAD)
async def test_a_ballot_that_breaks_the_rules_is_refused_and_stores_nothing(tenant, kind):
    vote = await opened(tenant, ballot_kind=kind, **LIMITS[kind])
    for body, said in BAD[kind]:
        answer = await vote.organizer.put(f"{vote.path}/ballot", json=body)
        assert answer.status_code == 422
        assert said in answer.json()["detail"]
    assert await stored(vote) == []


async def test_refused_proposals_cannot_be_voted_for(tenant):
    vote = await draft(tenant)
    await vote.must_move("collecting")
    for body in ({"eligible": True, "cost": 5}, {"eligible": False, "reason": "Not ours"}):
        made = await vote.organizer.post(f"{vote.path}/proposals", json={"title": "Bench"})
        await vote.organizer.patch(f"{vote.path}/proposals/{made.json()['id']}", json=body)
    await vote.must_move("reviewing")
    await vote.must_move("costed")
    await vote.must_move("voting", voting_closes_at=in_an_hour())
    assert (await vote.organizer.put(f"{vote.path}/ballot", json=ballot(2))).status_code == 422
    assert (await vote.organizer.put(f"{vote.path}/ballot", json=ballot(1))).status_code == 200


async def vote_by_code(vote, ballots):
    """Ballots by code, each with its count of voters; the receipts."""
    receipts = []
    codes = await vote.codes(sum(count for _, count in ballots))
    async with vote.anyone() as anyone:
        for chosen, count in ballots:
            for _ in range(count):
                form = {"code": codes.pop(), **{f"p{number}": "1" for number in chosen}}
                answer = await anyone.post(f"{vote.public}/vote", data=form)
                assert answer.status_code == 200, answer.text
                receipts.append(answer.text.split("<code>")[1].split("</code>")[0])
    return receipts


async def test_both_rules_are_counted_and_funded_projects_become_commitments(vote):
    await vote_by_code(vote, [((1, 2), 6), ((3, 4), 4)])
    assert (await vote.organizer.get(f"{vote.path}/result")).status_code == 409
    await vote.close()
    result = (await vote.organizer.get(f"{vote.path}/result")).json()
    assert result["voters_count"] == 10
    # Worked by hand in tests/algorithms/counting; a tenth of the voters with ten times the money.
    assert result["greedy"]["winners"] == [1, 2]
    assert (result["greedy"]["satisfied_count"], result["greedy"]["spent"]) == (6, 10_000)
    assert result["equal_shares"]["winners"] == [2, 3]
    assert (result["equal_shares"]["satisfied_share"], result["equal_shares"]["spent"]) == (1, 7000)
    told = {one["number"]: one["because"] for one in result["equal_shares"]["proposals"]}
    assert told[2].startswith("Bought as number 1: its supporters held")
    assert "left together; it costs 6,000 EUR" in told[1]
    await vote.must_move("published")
    proposals = (await vote.organizer.get(f"{vote.path}/proposals")).json()
    funded = {one["number"]: one["commitment_id"] for one in proposals}
    assert [number for number, made in funded.items() if made] == [2, 3]
    commitment = await vote.organizer.get(f"/commitments/{funded[3]}")
    assert commitment.json()["title"] == "Bridge"
    assert commitment.json()["status"] == "published"


async def test_words_are_put_right_until_publishing_and_then_stay(vote):
    await vote.organizer.put(f"{vote.path}/ballot", json=ballot(1))
    await vote.close()
    one = f"{vote.path}/proposals/{vote.proposals[0]['id']}"
    assert (await vote.organizer.patch(one, json={"cost": 5})).status_code == 409
    assert (await vote.organizer.patch(one, json={"title": "A park"})).status_code == 200
    result = (await vote.organizer.get(f"{vote.path}/result")).json()
    assert result["greedy"]["proposals"][0]["title"] == "A park"
    await vote.must_move("published")
    assert (await vote.organizer.patch(one, json={"title": "Mine"})).status_code == 409


async def test_what_names_somebody_behind_a_door_is_not_published(vote):
    await make_street(vote.tenant, houses=1)
    async with vote.tenant.transaction() as db:
        await db.execute("update person set given_name = 'Wilhelmina', family_name = 'Ostrander'")
    one = f"{vote.path}/proposals/{vote.proposals[0]['id']}"
    await vote.organizer.patch(one, json={"title": "A ramp for Wilhelmina Ostrander"})
    await vote.organizer.put(f"{vote.path}/ballot", json=ballot(1))
    await vote.close()
    refused = await vote.move("published")
    assert refused.status_code == 422
    assert "names somebody" in refused.json()["detail"]
    await vote.organizer.patch(one, json={"title": "A ramp at the town hall"})
    await vote.must_move("published")


async def test_after_the_count_no_ballot_leads_to_its_voter(vote):
    (code, _) = await vote.codes(2)
    async with vote.anyone() as anyone:
        await anyone.post(f"{vote.public}/vote", data={"code": code, "p1": "1"})
    await vote.organizer.put(f"{vote.path}/ballot", json=ballot(2))
    before = await stored(vote)
    member = str(vote.tenant.member_ids[Role.ORGANIZER])
    everything = str([dict(row) for row in before])
    assert member not in everything
    assert code not in everything
    await vote.close()
    async with vote.tenant.transaction() as db:
        keys = await db.fetch("select voter_key from budget_round")
        codes = await db.fetchval("select count(*) from voter_code")
    assert [row["voter_key"] for row in keys] == [None]
    assert codes == 0
    after = await stored(vote)
    assert [row["voter_hash"] for row in after] == [None, None]
    assert [row["choices"] for row in after] == [row["choices"] for row in before]
    assert {type(value).__name__ for row in after for value in dict(row).values()} <= {
        "UUID", "bytes", "list", "NoneType",
    }, "no instant and no name stands beside a ballot"  # fmt: skip
    assert {row["id"].version for row in after} == {4}


async def test_erasing_a_voter_leaves_the_tally_as_it_is(vote):
    voter_id, voter = await vote.tenant.member()
    await voter.put(f"{vote.path}/ballot", json=ballot(1))
    await vote.organizer.put(f"{vote.path}/ballot", json=ballot(1, 2))
    await vote.close()
    before = (await vote.organizer.get(f"{vote.path}/result")).json()
    file = (await vote.organizer.get(f"{vote.path}/ballots.pb")).text
    erased = await (await vote.tenant.owner()).post(f"/members/{voter_id}/erasure")
    assert erased.is_success
    assert (await vote.organizer.get(f"{vote.path}/result")).json() == before
    assert (await vote.organizer.get(f"{vote.path}/ballots.pb")).text == file


async def test_a_receipt_shows_that_a_ballot_counts_and_not_what_it_says(vote):
    volunteer = await vote.tenant.volunteer()
    old = (await volunteer.put(f"{vote.path}/ballot", json=ballot(1))).json()["receipt"]
    new = (await volunteer.put(f"{vote.path}/ballot", json=ballot(3))).json()["receipt"]

    async def looked(receipt):
        async with vote.anyone() as anyone:
            return (await anyone.post(f"{vote.public}/receipt", data={"receipt": receipt})).text

    for _ in range(2):
        assert "Yes: this ballot" in await looked(new)
        assert "Bridge" not in await looked(new)
        assert "There is no ballot" in await looked(old)
        assert "There is no ballot" in await looked("\x00")
        if (await vote.organizer.get(vote.path)).json()["round"]["status"] == "voting":
            await vote.close()
    assert new not in str([dict(row) for row in await stored(vote)])


async def test_another_organization_sees_nothing_of_a_round(vote, stranger):
    theirs = await stranger.organizer()
    assert (await theirs.get(vote.path)).status_code == 404
    assert (await theirs.put(f"{vote.path}/ballot", json=ballot(1))).status_code == 404
    assert (await theirs.get("/budget-rounds")).json() == []


async def test_cumulative_and_ranked_ballots_are_counted_by_points(tenant):
    vote = await opened(tenant, ballot_kind="cumulative", points=5, rule="greedy")
    body = {"choices": [{"number": 4, "points": 3}, {"number": 1, "points": 2}]}
    await vote.organizer.put(f"{vote.path}/ballot", json=body)
    await vote.close()
    result = (await vote.organizer.get(f"{vote.path}/result")).json()
    assert [one["points"] for one in result["greedy"]["proposals"]] == [2, 0, 0, 3]
    assert result["greedy"]["winners"] == [4, 1]
    vote = await opened(tenant, ballot_kind="ranking", most_projects=3)
    await vote.organizer.put(f"{vote.path}/ballot", json=ballot(3, 1, 2))
    await vote.close()
    result = (await vote.organizer.get(f"{vote.path}/result")).json()
    assert [one["points"] for one in result["greedy"]["proposals"]] == [2, 1, 3, 0]


async def test_a_list_that_is_ready_is_not_open_yet(tenant):
    vote = await listed(tenant, {"Park": 100})
    assert (await vote.organizer.put(f"{vote.path}/ballot", json=ballot(1))).status_code == 409
