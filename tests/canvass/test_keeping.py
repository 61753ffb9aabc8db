import datetime as dt
from dataclasses import asdict
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from doorstep.algorithms.projecting import EventKind, Result, project_door
from doorstep.canvass.keeping import OPEN, plain_state
from doorstep.canvass.queries import StoredFact

DOOR, OTHER = UUID(int=1), UUID(int=2)
NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


@st.composite
def plain_facts(draw):
    kind = draw(st.sampled_from([EventKind.ATTEMPT, EventKind.ANSWER, EventKind.NOTE]))
    return StoredFact(
        id=draw(st.uuids(version=4)),
        kind=kind,
        # Few instants, so that many are the same.
        occurred_at=NOON + dt.timedelta(minutes=draw(st.integers(0, 3))),
        target_id=None,
        pass_id=OTHER,
        door_id=DOOR,
        building_id=None,
        person_id=draw(st.none() | st.just(OTHER)),
        result=draw(st.sampled_from(Result)) if kind is EventKind.ATTEMPT else None,
        mark=None,
        has_value=kind is EventKind.ANSWER,
    )


@given(
    st.lists(plain_facts(), max_size=8, unique_by=lambda fact: fact.id),
    st.lists(st.integers(0, 8), max_size=2),
)
def test_a_door_without_replies_or_marks_stands_as_the_projection_says(facts, cuts):
    state = OPEN
    for begin, end in pairwise([0, *sorted(cuts), len(facts)]):
        state = plain_state(facts[begin:end], state)
    projected = project_door(fact.fact() for fact in facts)
    assert {name: getattr(state, name) for name in asdict(projected)} == asdict(projected)
