"""`doorstep count` from the outside: a file in, winners and reasons out."""

import json

import pytest
from typer.testing import CliRunner

from doorstep.cli import cli

VILLAGE = """META
key;value
description;Village money
budget;10000
vote_type;approval
rule;{rule}
currency;EUR
PROJECTS
project_id;cost;name;selected
park;6000;Park [bold];{selected}
square;4000;Square;1
bridge;3000;Bridge;0
bus;3500;Bus;0
VOTES
voter_id;vote
"""


@pytest.fixture
def run(tmp_path):
    def run(*arguments, rule="greedy", selected=1):
        file = tmp_path / "village.pb"
        ballots = ["park,square"] * 60 + ["bridge,bus"] * 40
        votes = "\n".join(f"{n};{vote}" for n, vote in enumerate(ballots))
        file.write_text(VILLAGE.format(rule=rule, selected=selected) + votes)
        return CliRunner().invoke(cli, ["count", str(file), *arguments])

    return run


def facts(done):
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_both_rules_are_told_to_programs(run):
    found = facts(run("--json"))
    assert (found["voters_count"], found["budget"], found["currency"]) == (100, 10_000, "EUR")
    assert found["published_winners"] == ["park", "square"]
    assert found["greedy"]["winners"] == ["park", "square"]
    assert found["greedy"]["is_as_published"] is True
    assert found["greedy"]["satisfied_share"] == 0.6
    assert found["equal_shares"]["winners"] == ["square", "bridge"]
    assert found["equal_shares"]["is_as_published"] is False
    assert (found["equal_shares"]["satisfied_share"], found["equal_shares"]["spent"]) == (1, 7000)
    assert {one["id"]: one["why"] for one in found["greedy"]["projects"]} == {
        "park": "chosen", "square": "chosen", "bridge": "too_expensive", "bus": "too_expensive",
    }  # fmt: skip


def test_one_rule_can_be_asked_for(run):
    assert "equal_shares" not in facts(run("--rule", "greedy", "--json"))
    assert "greedy" not in facts(run("--rule", "equal-shares", "--json"))


def test_the_file_says_how_greedily_it_was_counted_and_the_command_line_says_more(run):
    assert facts(run("--json", rule="greedy-no-skip"))["greedy"]["rule"] == "greedy-no-skip"
    found = facts(run("--json", "--threshold", "50", "--no-skip", "--exclusive", "park,square"))
    assert found["greedy"]["rule"] == "greedy-no-skip-threshold-exclusive"
    assert found["greedy"]["winners"] == ["park"]
    plain = facts(run("--json", "--no-add1", "--utility", "approval", "--fill"))
    assert plain["equal_shares"]["rule"] == "equalshares/filled"
    assert plain["equal_shares"]["winners"] == ["square", "bridge"]


def test_people_get_a_table_and_a_sentence_for_each_rule(run):
    done = run()
    assert done.exit_code == 0
    told = " ".join(done.stdout.split())
    assert "Park [bold]" in told
    assert "greedy: 2 of 4 projects for 10,000 EUR of 10,000 EUR; 60.0% of 100 voters" in told
    assert "equal shares: 2 of 4 projects for 7,000 EUR" in told
    assert "not what was published" in told


def test_a_picture_is_drawn(run, tmp_path):
    picture = tmp_path / "count.png"
    assert run("--picture", str(picture)).exit_code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rule", "lots"], "There is: both, greedy, equal-shares"),
        (["--utility", "joy"], "There is: cost, approval"),
        (["--exclusive", "park,pool"], "--exclusive names project pool"),
    ],
)
def test_what_makes_no_sense_is_refused(run, arguments, said):
    done = run(*arguments)
    assert done.exit_code == 1
    assert said in " ".join(done.stderr.split())


def test_a_bad_file_is_refused_with_its_line(run, tmp_path):
    done = run(selected="1\npark;5;Again;1")
    assert done.exit_code == 1
    assert "PROJECTS, line 11: project_id park comes twice" in " ".join(done.stderr.split())
    latin = tmp_path / "latin.pb"
    latin.write_bytes(b"META\nkey;value\ndescription;Caf\xe9\n")
    done = CliRunner().invoke(cli, ["count", str(latin)])
    assert done.exit_code == 1
    assert "is not UTF-8 at byte 30" in " ".join(done.stderr.split())
