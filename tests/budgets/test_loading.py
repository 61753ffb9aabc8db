"""Rounds from files: what was exported comes back and counts the same; faults name their place."""

import datetime as dt
from collections import Counter

import pytest
from budgets.budget_field import draft, opened
from budgets.test_api import ballot
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.budgets.counting import counted, deciding, pb_text
from doorstep.budgets.loading import loaded
from doorstep.budgets.model import BallotKind, Ballots, Proposal, Round, Rule, Status
from doorstep.budgets.pabulib import PbError
from doorstep.kit.ids import new_id

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


def a_round(kind=BallotKind.APPROVAL, rule=Rule.EQUAL_SHARES, amount=1000):
    return Round(
        id=new_id(), slug="village", title="Village", text="", amount=amount, currency="EUR",
        country="Finland", ballot_kind=kind, most_projects=5, most_amount=None,
        points=10 if kind is BallotKind.CUMULATIVE else None, rule=rule, status=Status.VOTING,
        voting_opened_at=NOW, voting_closes_at=NOW, created_at=NOW,
    )  # fmt: skip


def a_proposal(number, cost, title="Bench"):
    return Proposal(
        id=new_id(), number=number, title=title, text="", lon=None, lat=None, cost=cost,
        eligible=True, reason="", proposed_by=None, guest_id=None, place="", cost_guess=None,
        proposed_at=NOW, commitment_id=None,
    )  # fmt: skip


@st.composite
def elections(draw):
    kind = draw(st.sampled_from(BallotKind))
    of = a_round(kind, draw(st.sampled_from(Rule)), draw(st.integers(1, 500)))
    numbers = draw(st.lists(st.integers(1, 300), min_size=1, max_size=7, unique=True))
    costs = draw(st.lists(st.integers(1, 300), min_size=len(numbers), max_size=len(numbers)))
    proposals = [a_proposal(n, cost) for n, cost in sorted(zip(numbers, costs, strict=True))]
    chosen = draw(st.lists(st.lists(st.sampled_from(numbers), min_size=1, max_size=4, unique=True),
                           max_size=8))  # fmt: skip
    counts = Counter()
    for one in chosen:
        if kind is BallotKind.CUMULATIVE:
            points = {number: draw(st.integers(1, 5)) for number in one}
        elif kind is BallotKind.RANKING:
            points = {number: len(one) - place for place, number in enumerate(one)}
        else:
            points = dict.fromkeys(one, 1)
        counts[tuple(sorted(points.items()))] += draw(st.integers(1, 4))
    return (
        of,
        proposals,
        [Ballots(choices=list(one), ballots_count=count) for one, count in counts.items()],
    )


@given(elections())
@settings(max_examples=60, deadline=None)
def test_what_was_exported_counts_the_same_by_both_rules(election):
    of, proposals, ballots = election
    before = counted(of, proposals, ballots, NOW)
    file = loaded(of, pb_text(of, before, ballots))
    again = [a_proposal(one.number, one.cost, one.title) for one in file.proposals]
    again.sort(key=lambda one: one.number)
    assert counted(of, again, file.ballots, NOW) == before
    assert (file.amount, file.rule, file.notes) == (of.amount, of.rule, [])
    assert file.published_winners == sorted(deciding(before).winners)


@pytest.mark.parametrize("kind", BallotKind)
async def test_a_file_is_read_into_a_draft_counted_and_published(tenant, kind):
    points = {"points": 6} if kind is BallotKind.CUMULATIVE else {}
    vote = await opened(tenant, ballot_kind=kind, **points)
    for numbers in ((1, 2), (2, 3), (3, 4), (4,), (2,)):
        _, client = await tenant.member()
        body = ballot(*numbers)
        if points:
            body = {"choices": [one | {"points": 3} for one in body["choices"]]}
        assert (await client.put(f"{vote.path}/ballot", json=body)).is_success
    await vote.close()
    file = (await vote.organizer.get(f"{vote.path}/ballots.pb")).text
    before = (await vote.organizer.get(f"{vote.path}/result")).json()

    other = await draft(tenant, ballot_kind=kind, amount=7, rule="greedy", **points)
    answer = await other.organizer.post(f"{other.path}/import", content=file)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["proposals_count"], told["ballots_count"], told["notes"]) == (4, 5, [])
    assert (told["round"]["amount"], told["round"]["rule"]) == (10_000, "equal_shares")
    _, late = await tenant.member()
    assert (await late.put(f"{other.path}/ballot", json=body)).status_code == 409
    await other.must_move("counted")
    after = (await other.organizer.get(f"{other.path}/result")).json()
    assert after | {"counted_at": ""} == before | {"counted_at": ""}
    assert sorted(after["equal_shares"]["winners"]) == told["published_winners"]
    again = await other.organizer.post(f"{other.path}/import", content=file)
    assert again.status_code == 409
    await other.must_move("published")


FILE = """META
key;value
budget;100
vote_type;approval
rule;greedy
PROJECTS
project_id;cost;name;selected
A;60;Park;1
B;50;Bus;0
VOTES
voter_id;vote
1;A
2;A,B
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("budget;100", "budget;lots", "META, line 3: budget"),
        ("budget;100", "budget;0", "budget is 0"),
        ("budget;100", "budget;100.50", "decimals"),
        ("vote_type;approval", "vote_type;ordinal", "is for ranking ballots"),
        ("A;60", "A;x", "PROJECTS, line 8: cost"),
        ("A;60", "B;60", "B comes twice"),
        ("2;A,B", "2;A,Z", "VOTES, line 13: project Z"),
        ("VOTES", "VOICES", "no section VOTES"),
        ("META", "", "begins with a line that says META"),
    ],
)
async def test_a_fault_of_a_file_names_its_place(tenant, old, new, told):
    vote = await draft(tenant)
    content = FILE.replace(old, new, 1)
    answer = await vote.organizer.post(f"{vote.path}/import", content=content)
    assert answer.status_code == 422, answer.text
    assert told in answer.json()["detail"]
    assert (await vote.organizer.get(f"{vote.path}/proposals")).json() == []


async def test_what_is_no_text_is_refused(tenant):
    vote = await draft(tenant)
    for content, status in ((b"\xff\xfe", 400), (b"META\x00", 422), (b"", 422)):
        answer = await vote.organizer.post(f"{vote.path}/import", content=content)
        assert answer.status_code == status, answer.text


def test_names_that_are_no_numbers_are_numbered_as_they_stand():
    file = loaded(a_round(), FILE)
    assert [(one.number, one.title, one.cost) for one in file.proposals] == [
        (1, "Park", 60), (2, "Bus", 50),
    ]  # fmt: skip
    assert file.published_winners == [1]
    assert sorted(tuple(one.choices) for one in file.ballots) == [((1, 1),), ((1, 1), (2, 1))]


def test_withdrawn_projects_stay_out_and_other_rules_are_told():
    text = FILE.replace("B;50", "B;999999999").replace("rule;greedy", "rule;greedy-threshold")
    file = loaded(a_round(), text)
    assert [one.reason != "" for one in file.proposals] == [False, True]
    assert [tuple(one.choices) for one in file.ballots] == [((1, 1),)]
    assert file.ballots[0].ballots_count == 2
    assert "greedy-threshold" in file.notes[0]


def test_what_no_round_can_hold_is_refused():
    many = "".join(f"C{n};1;x;0\n" for n in range(120))
    with pytest.raises(PbError, match="120"):
        loaded(a_round(), FILE.replace("A;60", f"{many}A;60"))
    scored = FILE.replace("approval", "scoring").replace("id;vote", "id;vote;points")
    scored = scored.replace("1;A\n", "1;A;3\n").replace("2;A,B", "2;A,B;1,2")
    with pytest.raises(PbError, match="scoring cannot be counted here"):
        loaded(a_round(), scored)
