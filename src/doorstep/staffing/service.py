"""What other rooms may ask of staffing."""

from doorstep.events.service import shift_by_id
from doorstep.staffing.forecasting import shift_forecast
from doorstep.staffing.queries import crews
from doorstep.staffing.showing import board, close_out_event, close_out_shift, hours

__all__ = [
    "board",
    "close_out_event",
    "close_out_shift",
    "crews",
    "hours",
    "shift_by_id",
    "shift_forecast",
]
