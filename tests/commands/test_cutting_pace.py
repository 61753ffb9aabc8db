import json
import re

import pytest

from doorstep.algorithms.cutting import Pace
from doorstep.commands.cutting_pace import EXAMPLE, pace_of
from doorstep.commands.screen import CommandError


def test_numbers_that_are_not_given_are_those_of_the_default():
    assert pace_of(None) == Pace()
    assert pace_of("knock=4") == Pace(knock_min=4)
    assert pace_of(EXAMPLE) == Pace(walk_m_per_min=80, knock_min=3, entry_min=1, unit_min=2)
    assert pace_of(" walk_m_per_min = 60 ,unit=0") == Pace(walk_m_per_min=60, unit_min=0)


def test_a_file_holds_numbers_or_what_the_server_tells_of_a_campaign(tmp_path):
    numbers = {"walk_m_per_min": 60, "knock_min": 3.5}
    for held in (numbers, {"kind": "own", "in_use": numbers, "default": {}}):
        path = tmp_path / "pace.json"
        path.write_text(json.dumps(held))
        assert pace_of(str(path)) == Pace(walk_m_per_min=60, knock_min=3.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wlak=80", "wlak is no number of a pace"),
        ("walk=fast", "walk_m_per_min is 'fast', which is no number"),
        ("walk=80,walk_m_per_min=70", "walk_m_per_min is given twice"),
        ("knock=-1", "knock_min is -1: give a number from 0.1 to 60"),
        ("knock=nan", "knock_min is nan"),
        ("walk=80,", " is no number of a pace"),
        ("nowhere.json", "nowhere.json cannot be read as JSON"),
    ],
)
def test_what_is_no_pace_is_refused_with_an_example(text, said):
    with pytest.raises(CommandError, match=re.escape(said)) as refused:
        pace_of(text)
    assert str(refused.value).startswith("--pace: ")


@pytest.mark.parametrize("held", ["[1]", '{"knock_min": null}', '{"in_use": 3}', "{"])
def test_a_file_that_holds_no_pace_is_refused(tmp_path, held):
    path = tmp_path / "pace.json"
    path.write_text(held)
    with pytest.raises(CommandError, match="--pace: "):
        pace_of(str(path))
