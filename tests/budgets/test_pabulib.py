"""Reading and writing `.pb` files: what is right, what is odd, and what is wrong where."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.algorithms.counting import greedy
from doorstep.budgets.pabulib import PbError, read_pb, write_pb

FILE = """META
key;value
description;Money for the village
country;Finland
budget;{budget}
vote_type;{kind}
rule;greedy
PROJECTS
project_id;cost;name;selected
1;600;"A ""park""; large";1
2;400;Square;0
3;300;Bridge;2
VOTES
voter_id;vote{points}
{votes}
"""


def text(votes="a;1,2", kind="approval", budget="1000", points=""):
    return FILE.format(votes=votes, kind=kind, budget=budget, points=points)


def test_a_file_is_read_whole():
    found = read_pb(text("a;1,2\nb;3\nc;"))
    assert found.title == "Money for the village"
    assert [one.name for one in found.projects] == ['A "park"; large', "Square", "Bridge"]
    assert found.ballots == [{"1": 1, "2": 1}, {"3": 1}, {}]
    assert found.published == {"1"}
    assert (found.unit, found.election.budget, found.notes) == (1, 1000, [])


@pytest.mark.parametrize(
    ("kind", "votes", "points", "ballot"),
    [
        ("approval", "a;3,1", "", {"3": 1, "1": 1}),
        ("choose-1", "a;3", "", {"3": 1}),
        ("ordinal", "a;3,1,2", "", {"3": 3, "1": 2, "2": 1}),
        ("ordinal", "a;3,1;5,2", ";points", {"3": 5, "1": 2}),
        ("cumulative", "a;3,1;7,2", ";points", {"3": 7, "1": 2}),
    ],
)
def test_every_kind_of_ballot_becomes_points(kind, votes, points, ballot):
    assert read_pb(text(votes, kind, points=points)).ballots == [ballot]


def test_windows_files_and_files_with_empty_lines_are_read():
    odd = "\ufeff" + text("a;1\n\nb;2").replace("\n", "\r\n")
    assert read_pb(odd).ballots == [{"1": 1}, {"2": 1}]


def test_cents_are_counted_exactly():
    found = read_pb(text(budget="1000.05").replace("2;400", "2;400.1"))
    assert found.unit == 100
    assert found.election.budget == 100_005
    assert [one.cost for one in found.election.projects] == [60_000, 40_010, 30_000]


def test_what_is_named_twice_counts_once_and_is_told():
    found = read_pb(text("a;1,1,2"))
    assert found.ballots == [{"1": 1, "2": 1}]
    assert found.notes == ["VOTES, line 15: a project is named twice; it is counted once."]


def test_a_withdrawn_project_is_no_obstacle_where_the_count_stops():
    withdrawn = text("a;3\nb;3,1\nc;2").replace("3;300", "3;999999999")
    withdrawn = withdrawn.replace("rule;greedy", "rule;greedy-no-skip")
    found = read_pb(withdrawn)
    assert greedy(found.election, found.greedy_rule()).winners == ("1", "2")


def test_the_files_threshold_counts():
    found = read_pb(text("a;1\nb;1,2").replace("rule;", "min_project_score_threshold;2\nrule;"))
    assert greedy(found.election, found.greedy_rule()).winners == ("1",)


WRONG = {
    "no section": ("", "There is no section META"),
    "no votes": (text().split("VOTES")[0], "There is no section VOTES"),
    "an empty section": (text().split("voter_id")[0], "Section VOTES is empty"),
    "text before": ("hello\n" + text(), "META, line 1: a file begins"),
    "twice": (text() + "META\n", "META, line 16: this section comes twice"),
    "no budget": (text().replace("budget;1000\n", ""), "META, line 2: budget is missing"),
    "bad budget": (text(budget="much"), "META, line 5: budget is 'much'"),
    "comma": (text(budget="10,5"), "with a point before decimals"),
    "endless": (text(budget="Infinity"), "META, line 5: budget is 'Infinity'"),
    "negative": (text(budget="-1"), "write a number of 0 or more"),
    "vote type": (text(kind="shouting"), "META, line 6: vote_type is 'shouting'"),
    "no column": (text().replace("cost", "price"), "PROJECTS, line 9: there is no column cost"),
    "bad cost": (text().replace("2;400", "2;dear"), "PROJECTS, line 11: cost is 'dear'"),
    "no cost": (text().replace("2;400", "2;0"), "PROJECTS, line 11: cost is 0"),
    "same project": (text().replace("2;400", "1;400"), "PROJECTS, line 11: project_id 1 comes"),
    "cells": (text("a;1;2;3"), "VOTES, line 15: there are 4 cells for 2 columns"),
    "no voter": (text(";1"), "VOTES, line 15: voter_id is empty"),
    "same voter": (text("a;1\na;2"), "VOTES, line 16: voter_id a comes twice"),
    "unknown project": (text("a;1\nb;9"), "VOTES, line 16: project 9 is not in section PROJECTS"),
    "two of one": (text("a;1,2", "choose-1"), "VOTES, line 15: 2 projects are named"),
    "no points": (text("a;1,2", "cumulative"), "VOTES, line 15: there are 2 projects and 0 points"),
    "odd points": (text("a;1;x", "cumulative", points=";points"), "VOTES, line 15: points is 'x'"),
    "half points": (text("a;1;1.5", "cumulative", points=";points"), "write whole numbers"),
    "zero bytes": (text("a;1\x00"), "zero bytes"),
    "a huge cell": (text("a;" + "1" * 99_000), "VOTES, line 15: project 11111"),
}


@pytest.mark.parametrize(("file", "said"), WRONG.values(), ids=WRONG)
def test_a_bad_file_is_refused_by_section_and_line(file, said):
    with pytest.raises(PbError) as refused:
        read_pb(file)
    assert said in refused.value.detail


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(some):
    for file in (some, text(some), some.join(text().split("1;600"))):
        with contextlib.suppress(PbError):
            assert read_pb(file).election.projects


NAME = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


@given(
    names=st.lists(NAME, min_size=1, max_size=4),
    costs=st.lists(st.decimals(1, 99999, places=2), min_size=4, max_size=4),
    votes=st.lists(st.sets(st.integers(1, 4)), max_size=6),
)
def test_what_is_written_is_read_again(names, costs, votes):
    projects = [
        {"project_id": n, "cost": cost, "name": name, "selected": n % 2}
        for n, (name, cost) in enumerate(zip(names, costs, strict=False), 1)
    ]
    chosen = [sorted(number for number in vote if number <= len(names)) for vote in votes]
    records = [
        {"voter_id": n, "vote": ",".join(map(str, vote))} for n, vote in enumerate(chosen, 1)
    ] or [{"voter_id": 1, "vote": ""}]
    found = read_pb(write_pb({"budget": 5, "vote_type": "approval"}, projects, records))
    assert [one.cost for one in found.projects] == [Decimal(one["cost"]) for one in projects]
    assert [one.name for one in found.projects] == [
        " ".join(name.split()) or str(n) for n, name in enumerate(names, 1)
    ]
    if chosen:
        assert [sorted(map(int, one)) for one in found.ballots] == chosen
