"""What may become of a sign-up. Pure: the one place that says which move leads where."""

from enum import StrEnum

from doorstep.kit.errors import ConflictError


class State(StrEnum):
    """Where a sign-up stands."""

    INVITED = "invited"
    BOOKED = "booked"
    WAITLISTED = "waitlisted"
    HELD = "held"
    """A place that came free is kept for them until they take it."""
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    NO_SHOW = "no_show"


class Move(StrEnum):
    """Something that changes where a sign-up stands."""

    HOLD = "hold"
    """A place came free."""
    ACCEPT = "accept"
    """They take the place that was kept, or that they were invited to."""
    QUEUE = "queue"
    """Their hold ran out, or what they were invited to is full."""
    CONFIRM = "confirm"
    CANCEL = "cancel"
    CHECK_IN = "check_in"
    MISS = "miss"
    """The shift was closed without them."""
    LAPSE = "lapse"
    """The shift was closed, or the second hold ran out, without a place for them."""


LIVE = frozenset(State) - {State.CANCELLED}
TAKING = frozenset({State.BOOKED, State.HELD, State.CONFIRMED, State.ATTENDED})
"""States in which a sign-up takes one of the places."""
COMING = frozenset({State.BOOKED, State.WAITLISTED, State.HELD, State.CONFIRMED})
"""States in which a member's time is spoken for, so that nothing else may be at that time."""

_MOVES: dict[Move, tuple[frozenset[State], State]] = {
    Move.HOLD: (frozenset({State.WAITLISTED}), State.HELD),
    Move.ACCEPT: (frozenset({State.HELD, State.INVITED}), State.BOOKED),
    Move.QUEUE: (frozenset({State.HELD, State.INVITED}), State.WAITLISTED),
    Move.CONFIRM: (frozenset({State.BOOKED}), State.CONFIRMED),
    Move.CANCEL: (COMING | {State.INVITED}, State.CANCELLED),
    Move.CHECK_IN: (COMING | {State.INVITED, State.NO_SHOW}, State.ATTENDED),
    Move.MISS: (frozenset({State.BOOKED, State.CONFIRMED}), State.NO_SHOW),
    Move.LAPSE: (frozenset({State.WAITLISTED, State.HELD, State.INVITED}), State.CANCELLED),
}

_REFUSALS = {
    Move.HOLD: "Only those on the waitlist can be kept a place for.",
    Move.ACCEPT: "No place is kept here any more. Sign up again to join the waitlist.",
    Move.QUEUE: "Only who has no place yet can wait for one.",
    Move.CONFIRM: "Only a booked place can be confirmed. See its state.",
    Move.CANCEL: "This is over and cannot be cancelled. A coordinator can undo a check-in.",
    Move.CHECK_IN: "This sign-up was cancelled. Sign up again, or come as a walk-in.",
    Move.MISS: "Only who was booked can be missing.",
    Move.LAPSE: "Only who has no place can be left out.",
}

_UNDONE = {
    State.INVITED: State.INVITED,
    State.WAITLISTED: State.WAITLISTED,
    State.NO_SHOW: State.NO_SHOW,
    State.CONFIRMED: State.CONFIRMED,
    State.BOOKED: State.BOOKED,
    # The time of the hold went on meanwhile; whoever stood there has a place.
    State.HELD: State.BOOKED,
}


def may(move: Move, state: State) -> bool:
    """Whether a sign-up in this state can be moved so."""
    return state in _MOVES[move][0]


def after(move: Move, state: State) -> State:
    """The state that a move leads to.

    Raises
    ------
    ConflictError
        If the sign-up cannot be moved so from where it stands.
    """
    if not may(move, state):
        message = f"{_REFUSALS[move]} (It is {state.replace('_', '-')}.)"
        raise ConflictError(message, field="state")
    return _MOVES[move][1]


def before_check_in(state: State | None) -> State:
    """Where a check-in that is undone leads back to; None: they came as a walk-in."""
    return State.CANCELLED if state is None else _UNDONE[state]
