"""Options in an order that phone and server find by themselves."""

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from doorstep.surveys.model import MultiQuestion, Option, SingleQuestion
from doorstep.surveys.ordering import options_at

PAGE = Path(__file__).parents[2] / "docs" / "mobile.md"
OPTIONS = [Option(key=key, text=key) for key in ("a", "b", "c", "d")]
OTHER = Option(key="other", text="Something else", fixed=True)
TOPIC = SingleQuestion(key="topic", text="?", options=[*OPTIONS, OTHER], random_order=True)


def keys_at(question, door_id):
    return [option.key for option in options_at(question, door_id)]


def test_without_random_order_options_stay_as_they_were_written():
    usual = msgspec.structs.replace(TOPIC, random_order=msgspec.UNSET)
    assert options_at(usual, UUID(int=1)) == TOPIC.options


@given(st.uuids())
def test_the_same_options_are_shown_and_fixed_ones_keep_their_place(door_id):
    shown = options_at(TOPIC, door_id)
    assert Counter(one.key for one in shown) == Counter(one.key for one in TOPIC.options)
    assert shown[-1] is OTHER
    assert options_at(TOPIC, door_id) == shown


@given(st.uuids(), st.permutations(OPTIONS))
def test_the_order_in_which_they_were_written_does_not_matter(door_id, written):
    other = MultiQuestion(key="topic", text="?", options=[*written, OTHER], random_order=True)
    assert keys_at(other, door_id) == keys_at(TOPIC, door_id)


def test_each_option_comes_first_at_a_fair_share_of_doors():
    firsts = Counter(keys_at(TOPIC, UUID(int=door << 70))[0] for door in range(4000))
    assert firsts.keys() == {"a", "b", "c", "d"}
    assert all(850 < count < 1150 for count in firsts.values())


def test_another_question_of_the_same_door_has_another_order():
    again = msgspec.structs.replace(TOPIC, key="second")
    doors = [UUID(int=door) for door in range(100)]
    assert any(keys_at(TOPIC, door) != keys_at(again, door) for door in doors)


def test_the_page_for_phones_shows_an_example_that_is_true():
    """Worked out here in the words of the page, not with the function."""
    shown = re.search(r"```json\n(\{\"door_id\".*?)```", PAGE.read_text(), re.DOTALL)
    example = json.loads(shown[1])
    question = msgspec.convert(example["question"], SingleQuestion)
    assert keys_at(question, UUID(example["door_id"])) == example["shown"]
    start = f"{example['door_id']}/{question.key}/"
    moving = [one.key for one in question.options if not one.fixed]
    digests = {key: hashlib.sha256((start + key).encode()).hexdigest() for key in moving}
    assert {key: digest[:8] for key, digest in digests.items()} == example["sha256"]
    assert sorted(moving, key=digests.get) == [key for key in example["shown"] if key in moving]
