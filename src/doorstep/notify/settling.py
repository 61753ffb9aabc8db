"""What follows from the outcome of a try: a final state, or another try later."""

import datetime as dt
import random
from dataclasses import dataclass

from doorstep.notify.model import Outcome, Sent, State

BACKOFF_S = 15.0
MAX_BACKOFF_S = 3600.0
MAX_TRIES = 8
MAX_UNKNOWN_TRIES = 4
# Where a service says "later" again and again.
MAX_AGE = dt.timedelta(days=3)
JITTER = 0.2


@dataclass(frozen=True)
class Settled:
    """The state of a delivery after a try."""

    state: State
    retry_at: dt.datetime | None = None
    error: str | None = None


def settle(  # noqa: PLR0911 -- one for each outcome
    sent: Sent, attempts: int, queued_at: dt.datetime, now: dt.datetime, rng: random.Random
) -> Settled:
    """What becomes of a delivery after its ``attempts``-th try."""
    error = sent.error[:100] or None
    match sent.outcome:
        case Outcome.SENT:
            return Settled(State.SENT)
        case Outcome.DEAD:
            return Settled(State.FAILED, error=error)
        case Outcome.LATER:
            if now - queued_at > MAX_AGE:
                return Settled(State.FAILED, error=error)
            asked = max(sent.retry_at or now, now) - now
            return Settled(State.QUEUED, now + asked * (1 + JITTER * rng.random()), error)
        case Outcome.UNKNOWN:
            again = attempts < MAX_UNKNOWN_TRIES
            return Settled(State.UNKNOWN, _later(attempts, now, rng) if again else None, error)
        case Outcome.FAILED:
            if attempts >= MAX_TRIES:
                return Settled(State.FAILED, error=error)
            return Settled(State.QUEUED, _later(attempts, now, rng), error)


def _later(attempts: int, now: dt.datetime, rng: random.Random) -> dt.datetime:
    wait_s = min(BACKOFF_S * 2 ** (attempts - 1), MAX_BACKOFF_S)
    return now + dt.timedelta(seconds=wait_s * (1 + JITTER * rng.random()))
