"""What other rooms may ask of events."""

from doorstep.events.attending import check_in, check_in_by_code, walk_in
from doorstep.events.keeping import PERIODIC, look_after
from doorstep.events.queries import event_by_id, place_by_id, shift_by_id, shifts
from doorstep.events.reminding import reminder_times
from doorstep.events.signup_queries import changes, signup_by_id, signups_of_shift

__all__ = [
    "PERIODIC",
    "changes",
    "check_in",
    "check_in_by_code",
    "event_by_id",
    "look_after",
    "place_by_id",
    "reminder_times",
    "shift_by_id",
    "shifts",
    "signup_by_id",
    "signups_of_shift",
    "walk_in",
]
