from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.algorithms.projecting import (
    EventKind,
    Fact,
    Result,
    counts_as_contact,
    is_final,
    project_door,
)

NOON = datetime(2026, 10, 3, 12, tzinfo=UTC)
DOOR, BUILDING = UUID(int=1000), UUID(int=2000)
ATTEMPT, CORRECT, VOID = EventKind.ATTEMPT, EventKind.CORRECT, EventKind.VOID


def fact(number, kind=ATTEMPT, *, minute=None, target=None, **fields):
    """A fact whose id and minute follow from its number, so that stories read in order."""
    return Fact(
        id=UUID(int=number),
        kind=kind,
        occurred_at=NOON + timedelta(minutes=number if minute is None else minute),
        target_id=None if target is None else UUID(int=target),
        **fields,
    )


def knock(number, result, **fields):
    return fact(number, door_id=DOOR, building_id=BUILDING, result=result, **fields)


def mark(number, building_mark, **fields):
    return fact(number, building_id=BUILDING, building_mark=building_mark, **fields)


def void(number, target, **fields):
    return fact(number, VOID, target=target, **fields)


def correct(number, target, result, **fields):
    return fact(number, CORRECT, target=target, result=result, **fields)


def status(*facts):
    return project_door(facts).status


results = st.sampled_from(Result)
numbers = st.integers(1, 9)


@st.composite
def facts(draw):
    """Any story of up to nine events, with clocks astray and targets that make no sense."""
    chosen = draw(st.lists(numbers, unique=True))
    return [draw(any_fact(number)) for number in chosen]


def any_fact(number):
    minute = st.integers(-3, 12)
    return st.one_of(
        st.builds(knock, st.just(number), results, minute=minute),
        st.builds(mark, st.just(number), st.sampled_from(["locked", "open"]), minute=minute),
        st.builds(void, st.just(number), numbers, minute=minute),
        st.builds(correct, st.just(number), numbers, results, minute=minute),
        st.builds(fact, st.just(number), st.sampled_from(["note", "answer"]).map(EventKind)),
    )


@given(facts(), st.randoms(use_true_random=False))
def test_order_repeats_and_grouping_of_events_do_not_matter(story, random):
    shuffled = story + random.choices(story, k=3) if story else []
    random.shuffle(shuffled)
    assert project_door(shuffled) == project_door(story)


@given(facts())
def test_counts_agree_with_each_other(story):
    state = project_door(story)
    assert 0 <= state.contacts_count <= state.attempts_count <= len(story)
    assert (state.last_result is None) == (state.last_attempt_at is None)
    assert (state.last_result is None) == (state.attempts_count == 0)
    assert state.status in ("locked", state.last_result or "open")


@given(facts(), facts())
def test_more_events_never_clear_a_do_not_contact(story, more):
    known = {f.id: f for f in more + story}
    if project_door(story).do_not_contact:
        assert project_door(known.values()).do_not_contact


@given(facts(), st.integers(-30, 30))
def test_voiding_an_event_leaves_the_rest_as_if_it_had_not_been(story, minute):
    attempts = [f for f in story if f.kind is ATTEMPT]
    for attempt in attempts:
        undo = void(99, attempt.id.int, minute=minute)
        rest = [f for f in story if f != attempt and f.target_id != attempt.id]
        undone, never = project_door([*story, undo]), project_door(rest)
        same = {"do_not_contact": False, "latest_event_id": None}
        assert replace(undone, **same) == replace(never, **same)


@given(facts(), numbers)
def test_voiding_a_void_gives_back_what_it_took(story, target):
    undo, redo = void(98, target), void(99, 98)
    before, after = project_door(story), project_door([*story, undo, redo])
    assert replace(after, latest_event_id=before.latest_event_id) == before


@given(facts(), numbers, results)
def test_voiding_a_correction_restores_what_was_there_before(story, target, result):
    change, undo = correct(98, target, result), void(99, 98)
    before, after = project_door(story), project_door([*story, change, undo])
    same = {"do_not_contact": False, "latest_event_id": None}
    assert replace(after, **same) == replace(before, **same)


@given(st.lists(results, min_size=1, max_size=6))
def test_the_latest_attempt_gives_the_status_and_every_attempt_counts(said):
    state = project_door(knock(n, result) for n, result in enumerate(said, 1))
    assert state.status == state.last_result == said[-1]
    assert state.last_attempt_at == NOON + timedelta(minutes=len(said))
    assert state.attempts_count == len(said)
    assert state.contacts_count == sum(map(counts_as_contact, said))


@given(results, st.lists(results, min_size=1, max_size=5))
def test_the_latest_correction_wins(first, corrections):
    changes = [correct(n, 1, result) for n, result in enumerate(corrections, 2)]
    state = project_door([knock(1, first), *changes])
    assert (state.status, state.attempts_count) == (corrections[-1], 1)
    assert state.last_attempt_at == NOON + timedelta(minutes=1)


@given(results)
def test_a_locked_building_hides_units_not_yet_contacted_or_finished(result):
    hidden = not (counts_as_contact(result) or is_final(result))
    assert status(knock(1, result), mark(2, "locked")) == ("locked" if hidden else result)


@given(results)
def test_opening_a_building_restores_its_units(result):
    story = [knock(1, result), mark(2, "locked"), mark(3, "open")]
    assert status(*story) == result
    assert status(*story[1:]) == "open"


@given(results)
def test_a_later_attempt_at_the_unit_shows_through_the_lock(result):
    story = [mark(1, "locked"), knock(2, result)]
    assert status(*story) == result
    assert status(*story, void(3, 2)) == "locked"


@given(st.lists(st.sampled_from(["locked", "open"]), min_size=1, max_size=5))
def test_the_latest_mark_of_a_building_counts_and_is_no_attempt(marks):
    state = project_door(mark(n, said) for n, said in enumerate(marks, 1))
    assert (state.status, state.attempts_count) == (marks[-1], 0)


def test_a_door_without_events_is_open():
    state = project_door([])
    assert (state.status, state.last_result, state.last_attempt_at) == ("open", None, None)
    assert (state.attempts_count, state.contacts_count) == (0, 0)
    assert (state.do_not_contact, state.latest_event_id) == (False, None)


def test_an_afternoon_at_one_door_reads_as_it_went():
    story = [
        knock(1, Result.NOT_HOME),
        mark(2, "locked"),
        mark(3, "open"),
        knock(4, Result.CANVASSED),
        correct(5, 4, Result.REFUSED),
        fact(6, EventKind.NOTE, door_id=DOOR),
    ]
    for order in permutations(story):
        state = project_door(order)
        assert state.status is Result.REFUSED
        assert (state.attempts_count, state.contacts_count) == (2, 1)
        assert state.last_attempt_at == NOON + timedelta(minutes=4)
        assert state.latest_event_id == UUID(int=6)


def test_a_void_before_its_attempt_works():
    early = void(1, 5)
    assert status(early) == "open"
    assert status(early, knock(5, Result.NOT_HOME)) == "open"


def test_a_void_with_a_clock_a_day_slow_works():
    assert status(knock(1, Result.NOT_HOME), void(2, 1, minute=-1440)) == "open"


def test_a_correction_of_a_voided_attempt_stays_voided():
    assert status(knock(1, Result.NOT_HOME), void(2, 1), correct(3, 1, Result.REFUSED)) == "open"


def test_a_correction_can_itself_be_corrected_and_voided():
    story = [
        knock(1, Result.NOT_HOME),
        correct(2, 1, Result.MOVED),
        correct(3, 2, Result.DECEASED),
    ]
    assert status(*story) is Result.DECEASED
    assert status(*story, void(4, 3)) is Result.MOVED
    assert status(*story, void(4, 2)) is Result.NOT_HOME


def test_a_correction_that_says_nothing_changes_nothing():
    assert status(knock(1, Result.MOVED), correct(2, 1, None)) is Result.MOVED


def test_a_lock_can_be_corrected_and_voided():
    lock = mark(1, "locked")
    assert status(lock, void(2, 1)) == "open"
    assert status(lock, fact(2, CORRECT, target=1, building_mark="open")) == "open"


def test_attempts_in_the_same_instant_follow_their_ids():
    story = [knock(2, Result.MOVED, minute=0), knock(1, Result.NOT_HOME, minute=0)]
    assert status(*story) is Result.MOVED


def test_a_do_not_contact_stays_though_its_attempt_is_voided_or_corrected():
    asked = knock(1, Result.DO_NOT_CONTACT)
    for change in (void(2, 1), correct(2, 1, Result.NOT_HOME)):
        state = project_door([asked, change])
        assert state.do_not_contact
        assert state.status != Result.DO_NOT_CONTACT


def test_a_do_not_contact_that_came_as_a_correction_stays_though_that_is_voided():
    story = [knock(1, Result.REFUSED), correct(2, 1, Result.DO_NOT_CONTACT), void(3, 2)]
    state = project_door(story)
    assert (state.status, state.do_not_contact) == (Result.REFUSED, True)


def test_voids_and_corrections_in_a_circle_do_no_harm():
    story = [
        knock(1, Result.REFUSED),
        void(2, 3),
        void(3, 2),
        void(4, 4),
        correct(5, 6, Result.MOVED),
        correct(6, 5, Result.DECEASED),
    ]
    for order in permutations(story):
        assert status(*order) is Result.REFUSED


def test_a_long_chain_of_voids_is_followed_to_its_end():
    chain = [void(n, n - 1) for n in range(2, 5002)]
    assert status(knock(1, Result.MOVED), *chain) is Result.MOVED
    assert status(knock(1, Result.MOVED), *chain[:-1]) == "open"


def test_an_attempt_at_the_building_alone_is_no_attempt_at_the_door():
    assert status(fact(1, building_id=BUILDING, result=Result.INACCESSIBLE)) == "open"


def test_an_attempt_at_a_person_counts_for_the_door():
    assert status(fact(1, person_id=UUID(int=7), result=Result.MOVED)) is Result.MOVED


def test_two_events_with_one_id_are_refused():
    with pytest.raises(ValueError, match="share the id 00000000-0000-0000-0000-000000000001"):
        project_door([knock(1, Result.MOVED), knock(1, Result.REFUSED)])


def test_results_are_contacts_or_final_as_the_field_has_it():
    assert {r.value for r in Result if counts_as_contact(r)} == {
        "canvassed",
        "refused",
        "language_barrier",
        "do_not_contact",
    }
    assert {r.value for r in Result if is_final(r)} == {
        "canvassed",
        "refused",
        "moved",
        "deceased",
        "do_not_contact",
    }
    assert not any(counts_as_contact(s) or is_final(s) for s in ("open", "locked"))
