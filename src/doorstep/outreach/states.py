"""What may become of an attendance. Pure: the one place that says which move leads where."""

from enum import StrEnum

from doorstep.kit.errors import ConflictError


class State(StrEnum):
    """Where an attendance stands."""

    INVITED = "invited"
    GOING = "going"
    WAITLISTED = "waitlisted"
    HELD = "held"
    """A place that came free is kept for them until they take it."""
    DECLINED = "declined"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    NO_SHOW = "no_show"


class Move(StrEnum):
    """Something that changes where an attendance stands."""

    HOLD = "hold"
    """A place came free."""
    ACCEPT = "accept"
    """They take the place that was kept, or that they were invited to."""
    QUEUE = "queue"
    """What they were invited to is full."""
    DECLINE = "decline"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    CHECK_IN = "check_in"
    MISS = "miss"
    """It is over, and they were not checked in."""
    LAPSE = "lapse"
    """The hold ran out, or it is over, without a place for them."""


LIVE = frozenset(State) - {State.CANCELLED, State.DECLINED}
TAKING = frozenset({State.GOING, State.HELD, State.CONFIRMED, State.ATTENDED})
"""States in which an attendance takes places."""
COMING = frozenset({State.GOING, State.CONFIRMED})
ASKED = frozenset({State.INVITED, State.HELD})
"""States in which it is theirs to say whether they come."""

_MOVES: dict[Move, tuple[frozenset[State], State]] = {
    Move.HOLD: (frozenset({State.WAITLISTED}), State.HELD),
    Move.ACCEPT: (ASKED, State.GOING),
    Move.QUEUE: (frozenset({State.INVITED}), State.WAITLISTED),
    Move.DECLINE: (ASKED, State.DECLINED),
    Move.CONFIRM: (frozenset({State.GOING}), State.CONFIRMED),
    Move.CANCEL: (COMING | ASKED | {State.WAITLISTED}, State.CANCELLED),
    # Who was missed, and is there all the same, is there.
    Move.CHECK_IN: (LIVE, State.ATTENDED),
    Move.MISS: (COMING, State.NO_SHOW),
    Move.LAPSE: (ASKED | {State.WAITLISTED}, State.DECLINED),
}

_REFUSALS = {
    Move.HOLD: "Only who waits can be kept a place for.",
    Move.ACCEPT: "No place is kept here any more. Ask for one again.",
    Move.QUEUE: "Only who has no place yet can wait for one.",
    Move.DECLINE: "There is nothing to decline here.",
    Move.CONFIRM: "There is no place to confirm here.",
    Move.CANCEL: "This is over or was cancelled already.",
    Move.CHECK_IN: "This ticket was cancelled. Let them in as a walk-in.",
    Move.MISS: "Only who has a place can be missing.",
    Move.LAPSE: "Only who has no place can be left out.",
}


def may(move: Move, state: State) -> bool:
    """Whether an attendance in this state can be moved so."""
    return state in _MOVES[move][0]


def after(move: Move, state: State) -> State:
    """The state that a move leads to.

    Raises
    ------
    ConflictError
        If the attendance cannot be moved so from where it stands.
    """
    if not may(move, state):
        message = f"{_REFUSALS[move]} (It is {state.replace('_', '-')}.)"
        raise ConflictError(message, field="state")
    return _MOVES[move][1]
