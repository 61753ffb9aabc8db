import datetime as dt
import itertools
from dataclasses import asdict
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import make_field
from sending import NOON, attempt, note, outcomes

from doorstep.algorithms.projecting import EventKind, Result, project_door
from doorstep.canvass.keeping import plain_state
from doorstep.canvass.queries import StoredFact

DOOR, OTHER = UUID(int=1), UUID(int=2)
DOORS = 40


@st.composite
def plain_facts(draw, kinds=(EventKind.ATTEMPT, EventKind.ANSWER, EventKind.NOTE)):
    kind = draw(st.sampled_from(kinds))
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


@given(st.lists(plain_facts(), max_size=8, unique_by=lambda fact: fact.id))
def test_a_door_without_replies_or_marks_stands_as_the_projection_says(facts):
    state = plain_state(facts)
    projected = project_door(fact.fact() for fact in facts)
    assert {name: getattr(state, name) for name in asdict(projected)} == asdict(projected)


def item(field, door, fact):
    """What a phone sends of a fact."""
    made = attempt(field, door, fact.result) if fact.result else note(field, "Call again.", door)
    return made | {"id": str(fact.id), "occurred_at": fact.occurred_at.isoformat()}


async def state_in_database(field, door):
    async with field.tenant.transaction() as db:
        row = await db.fetchrow(
            """
            select status, last_result, last_attempt_at, attempts_count, contacts_count,
                   do_not_contact, latest_event_id, last_attempt_id, latest_at
              from door_state
             where door_id = $1
            """,
            field.street.door_ids[door],
        )
    return dict(row)


@pytest.fixture
async def street(tenant):
    """A field, and a door of it for each example."""
    return await make_field(tenant, DOORS), itertools.count()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        plain_facts((EventKind.ATTEMPT, EventKind.ATTEMPT, EventKind.NOTE)),
        min_size=1,
        max_size=8,
        unique_by=lambda fact: fact.id.int >> 16,
    ),
    st.integers(1, 4),
)
async def test_events_are_added_to_a_door_as_if_all_had_come_at_once(street, facts, together):
    field, numbers = street
    number = next(numbers)
    door = number % DOORS
    # Examples share ids, which no two events may.
    facts = [msgspec.structs.replace(fact, id=_of_example(fact.id, number)) for fact in facts]
    for begin in range(0, len(facts), together):
        items = [item(field, door, fact) for fact in facts[begin : begin + together]]
        assert set(await outcomes(field.volunteer, *items)) == {"accepted"}
    told = await state_in_database(field, door)
    assert told == msgspec.structs.asdict(plain_state(facts))


def _of_example(event_id, number):
    return UUID(int=event_id.int >> 16 << 16 | number)
