"""What other rooms may ask of events."""

from doorstep.events.attending import check_in, check_in_by_code, walk_in
from doorstep.events.calendar_queries import CalendarEntry
from doorstep.events.calendars import calendar
from doorstep.events.keeping import PERIODIC, look_after
from doorstep.events.notices import map_url
from doorstep.events.place_queries import place_by_id
from doorstep.events.planning import follow_up_event
from doorstep.events.queries import event_by_id, hold_if_over, shift_by_id, shifts
from doorstep.events.reminding import reminder_times
from doorstep.events.signup_queries import changes, signup_by_id, signups_of_shift
from doorstep.events.structured import structured_data
from doorstep.events.wording import ENGLISH, moment, when

__all__ = [
    "ENGLISH",
    "PERIODIC",
    "CalendarEntry",
    "calendar",
    "changes",
    "check_in",
    "check_in_by_code",
    "event_by_id",
    "follow_up_event",
    "hold_if_over",
    "look_after",
    "map_url",
    "moment",
    "place_by_id",
    "reminder_times",
    "shift_by_id",
    "shifts",
    "signup_by_id",
    "signups_of_shift",
    "structured_data",
    "walk_in",
    "when",
]
