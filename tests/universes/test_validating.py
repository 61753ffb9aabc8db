import datetime as dt
import itertools
from uuid import UUID

import pytest

from doorstep.imports.model import AttributeKind
from doorstep.kit.geometry import Polygon
from doorstep.surveys.model import NumberQuestion, Option, ScaleQuestion, SingleQuestion
from doorstep.universes import model as m
from doorstep.universes.validating import (
    MAX_DEPTH,
    MAX_NESTING,
    Vocabulary,
    faults_of,
    nesting_fault,
    shape_faults,
)

SCRIPT, TURF, NOWHERE = (UUID(int=n) for n in (1, 2, 3))
VOCABULARY = Vocabulary(
    attributes={
        "party": AttributeKind.TEXT,
        "score": AttributeKind.NUMBER,
        "registered": AttributeKind.DATE,
        "voted": AttributeKind.YES_NO,
    },
    sensitive={"party"},
    questions={
        "topic": [
            (
                SCRIPT,
                SingleQuestion(
                    key="topic",
                    text="What?",
                    options=[Option(key="rent", text="Rent"), Option(key="bus", text="Bus")],
                ),
            )
        ],
        "support": [
            (SCRIPT, ScaleQuestion(key="support", text="How?", low=1, high=5)),
            (NOWHERE, NumberQuestion(key="support", text="How much?")),
        ],
        "steps": [(SCRIPT, ScaleQuestion(key="steps", text="How?", low=1, high=5))],
    },
    question_keys=["topic", "support", "steps"],
    things={SCRIPT: "script", TURF: "turf"},
)
RING = [[24.0, 60.0], [25.0, 60.0], [25.0, 61.0], [24.0, 60.0]]
BOW = [[24.0, 60.0], [25.0, 61.0], [25.0, 60.0], [24.0, 61.0], [24.0, 60.0]]


def attribute(key, test):
    return m.Attribute(key=key, test=test)


WRONG = [
    (m.AllOf(all_of=[]), ".all_of", "Put a condition"),
    (attribute("parti", m.Known()), ".key", "There is: party."),
    (attribute("party", m.AtLeast(value=3.0)), ".test.op", "no order"),
    (attribute("party", m.Is(value=3.0)), ".test.value", "Give a text"),
    (attribute("party", m.OneOf(values=["a", True])), ".test.values[1]", "Give a text"),
    (attribute("party", m.Contains(value=" ")), ".test.value", "letters"),
    (attribute("score", m.Contains(value="4")), ".test.op", "numbers, not texts"),
    (attribute("score", m.AtMost(value="40")), ".test.value", "without quotation marks"),
    (attribute("score", m.Between(low=5.0, high=4.0)), ".test.low", "ends before it begins"),
    (attribute("registered", m.AtLeast(value="1.10.2026")), ".test.value", "2026-10-01"),
    (attribute("registered", m.Is(value="2026-02-30")), ".test.value", "2026-10-01"),
    (
        attribute("registered", m.Between(low="2026-10-02", high="2026-10-01")),
        ".test.low",
        "ends before",
    ),
    (attribute("voted", m.Is(value="yes")), ".test.value", "true for yes"),
    (attribute("voted", m.AtLeast(value=1.0)), ".test.op", "no order"),
    (m.Place(field="city", test=m.Is(value=True)), ".test.value", "Give a text"),
    (m.Age(test=m.AtLeast(value=1980.0)), ".test.value", "from 0 to 150"),
    (m.Age(test=m.Between(low=-1.0, high=5.0)), ".test.low", "from 0 to 150"),
    (m.HouseholdSize(test=m.OneOf(values=[1.0, -2.0])), ".test.values[1]", "from 0"),
    (m.Tagged(tag=" "), ".tag", "Name a tag"),
    (m.Answered(question="topics", test=m.Known()), ".question", "There is: topic"),
    (m.Answered(question="topic", test=m.Is(value="rents")), ".test.value", "There is: rent"),
    (m.Answered(question="topic", test=m.Contains(value="r")), ".test.op", "has options"),
    (
        m.Answered(question="topic", script_id=TURF, test=m.Known()),
        ".script_id",
        "There is no script",
    ),
    (m.Answered(question="steps", test=m.AtLeast(value=6.0)), ".test.value", "from 1 to 5"),
    (m.Tried(at_least=3, at_most=2), ".at_most", "less than at_least"),
    (m.Tried(pass_id=NOWHERE), ".pass_id", "There is no pass"),
    (m.LastContact(), ".after", "after or before"),
    (
        m.LastContact(after=dt.date(2026, 10, 1), before=dt.date(2026, 10, 2)),
        ".before",
        "no day in between",
    ),
    (m.Inside(area=Polygon(coordinates=[BOW])), ".area", "crosses or touches itself"),
    (m.Inside(area=Polygon(coordinates=[RING * 2501])), ".area", "more than 10000 corners"),
    (m.InTurf(turf_id=NOWHERE), ".turf_id", "There is no turf"),
    (m.InUniverse(universe_id=TURF), ".universe_id", "There is no universe"),
]


@pytest.mark.parametrize(("wrong", "place", "said"), WRONG, ids=lambda one: str(one)[:40])
def test_what_makes_no_sense_is_told_by_its_place_and_how_to_mend_it(wrong, place, said):
    fine = m.Reachable(by="phone")
    for expression, path in (
        (wrong, f"expression{place}"),
        (
            m.AllOf(all_of=[fine, m.NoneOf(none_of=[fine, fine, wrong])]),
            f"expression.all_of[1].none_of[2]{place}",
        ),
    ):
        faults = faults_of(expression, VOCABULARY)
        assert path in [fault.field for fault in faults]
        assert said in " ".join(fault.detail for fault in faults)


def test_a_question_asked_differently_in_two_scripts_may_be_tested_either_way():
    nine = m.Answered(question="support", test=m.AtLeast(value=9.0))
    assert faults_of(nine, VOCABULARY) == []
    (fault,) = faults_of(
        m.Answered(question="support", script_id=SCRIPT, test=nine.test), VOCABULARY
    )
    assert fault.field == "expression.test.value"


def test_all_faults_are_told_at_once():
    expression = m.AnyOf(any_of=[wrong for wrong, *_ in WRONG])
    assert len(faults_of(expression, VOCABULARY)) >= len(WRONG)


def test_groups_may_be_eight_deep_and_no_deeper():
    expression = m.Reachable(by="phone")
    for _ in range(MAX_DEPTH - 1):
        expression = m.AllOf(all_of=[expression])
    assert shape_faults(expression) == []
    (fault,) = shape_faults(m.AllOf(all_of=[expression]))
    assert "8 deep" in fault.detail


def test_an_expression_may_have_two_hundred_parts_and_no_more():
    leaf = m.Reachable(by="phone")
    assert shape_faults(m.AnyOf(any_of=[leaf] * 199)) == []
    (fault,) = shape_faults(m.AnyOf(any_of=[leaf] * 200))
    assert "200 parts" in fault.detail


def test_universes_may_nest_but_not_in_a_circle_nor_too_deep():
    ids = [UUID(int=n) for n in range(MAX_NESTING + 1)]
    name_of = {one: f"U{one.int}" for one in ids}.__getitem__
    # Each holds the next one twice: looked through path by path this would take for ever.
    chain = {one: [other, other] for one, other in itertools.pairwise(ids)}
    assert nesting_fault({one: chain.get(one, []) for one in ids[1:]}, name_of) is None
    assert "11 deep" in nesting_fault(chain | {ids[-1]: []}, name_of)
    fault = nesting_fault({ids[0]: [ids[1]], ids[1]: [ids[2]], ids[2]: [ids[1]]}, name_of)
    assert "U1 → U2 → U1" in fault
    assert "U3 → U3" in nesting_fault({ids[3]: [ids[3]]}, name_of)
