"""The moves of a sign-up against an account of them kept by other means."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from doorstep.events.states import (
    LIVE,
    TAKING,
    Move,
    State,
    after,
    before_check_in,
    may,
)
from doorstep.kit.errors import ConflictError

# Read across: from the state at the left, by the move above, to the state in the cell.
TABLE = """
            hold  accept queue      confirm   cancel    check_in miss    lapse
invited     -     booked waitlisted -         cancelled attended -       cancelled
booked      -     -      -          confirmed cancelled attended no_show -
waitlisted  held  -      -          -         cancelled attended -       cancelled
held        -     booked waitlisted -         cancelled attended -       cancelled
confirmed   -     -      -          -         cancelled attended no_show -
cancelled   -     -      -          -         -         -        -       -
attended    -     -      -          -         -         -        -       -
no_show     -     -      -          -         -         attended -       -
"""
HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
EXPECTED = {(row[0], move): cell for row in ROWS for move, cell in zip(HEAD, row[1:], strict=True)}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", Move)
def test_every_move_leads_where_the_table_says(state, move):
    expected = EXPECTED[state, move]
    if expected == "-":
        assert not may(move, state)
        with pytest.raises(ConflictError, match=state.replace("_", "-")):
            after(move, state)
    else:
        assert after(move, state) == expected


class Shift(RuleBasedStateMachine):
    """One role of a shift with two places, run by `states`; beside it, queues kept as lists."""

    capacity = 2

    def __init__(self):
        super().__init__()
        self.states: dict[int, State] = {}
        self.seated: set[int] = set()
        self.queue: list[int] = []
        self.before: dict[int, State] = {}
        self.number = 0

    def move(self, who, move):
        self.states[who] = after(move, self.states[who])

    def promote(self):
        taken = sum(state in TAKING for state in self.states.values())
        while self.queue and taken < self.capacity:
            who = self.queue.pop(0)
            self.move(who, Move.HOLD)
            self.seated.add(who)
            taken += 1

    def some(self, data, *states):
        return data.draw(st.sampled_from([w for w, s in self.states.items() if s in states]))

    def any_in(self, *states):
        return any(state in states for state in self.states.values())

    @rule()
    def sign_up(self):
        self.number += 1
        if len(self.seated) < self.capacity and not self.queue:
            self.states[self.number] = State.BOOKED
            self.seated.add(self.number)
        else:
            self.states[self.number] = State.WAITLISTED
            self.queue.append(self.number)

    @precondition(lambda self: self.any_in(State.HELD))
    @rule(data=st.data())
    def accept(self, data):
        self.move(self.some(data, State.HELD), Move.ACCEPT)

    @precondition(lambda self: self.any_in(State.HELD))
    @rule(data=st.data())
    def run_out(self, data):
        who = self.some(data, State.HELD)
        self.move(who, Move.QUEUE)
        self.seated.discard(who)
        self.queue.append(who)
        self.promote()

    @precondition(lambda self: self.any_in(State.BOOKED))
    @rule(data=st.data())
    def confirm(self, data):
        self.move(self.some(data, State.BOOKED), Move.CONFIRM)

    @precondition(
        lambda self: self.any_in(State.BOOKED, State.HELD, State.WAITLISTED, State.CONFIRMED)
    )
    @rule(data=st.data())
    def cancel(self, data):
        who = self.some(data, State.BOOKED, State.HELD, State.WAITLISTED, State.CONFIRMED)
        self.move(who, Move.CANCEL)
        self.seated.discard(who)
        self.queue = [one for one in self.queue if one != who]
        self.promote()

    @precondition(
        lambda self: self.any_in(State.BOOKED, State.HELD, State.WAITLISTED, State.CONFIRMED)
    )
    @rule(data=st.data())
    def check_in(self, data):
        who = self.some(data, State.BOOKED, State.HELD, State.WAITLISTED, State.CONFIRMED)
        self.before[who] = self.states[who]
        self.move(who, Move.CHECK_IN)
        self.seated.add(who)
        self.queue = [one for one in self.queue if one != who]

    @precondition(lambda self: self.any_in(State.ATTENDED))
    @rule(data=st.data())
    def undo_check_in(self, data):
        who = self.some(data, State.ATTENDED)
        back = before_check_in(self.before[who])
        self.states[who] = back
        if back is State.WAITLISTED:
            self.seated.discard(who)
            self.queue.append(who)
            self.promote()

    @invariant()
    def those_who_sit_are_those_in_a_taking_state(self):
        assert {w for w, s in self.states.items() if s in TAKING} == self.seated

    @invariant()
    def those_who_wait_are_those_waitlisted(self):
        waiting = {w for w, s in self.states.items() if s is State.WAITLISTED}
        assert waiting == set(self.queue)

    @invariant()
    def no_place_stays_free_while_somebody_waits(self):
        assert not self.queue or len(self.seated) >= self.capacity

    @invariant()
    def everybody_is_somewhere(self):
        assert set(self.states.values()) <= LIVE | {State.CANCELLED}


TestShift = Shift.TestCase
