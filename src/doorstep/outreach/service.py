"""What the application and other rooms may ask of outreach."""

from doorstep.outreach.keeping import PERIODIC, look_after
from doorstep.outreach.notices import renderers
from doorstep.outreach.publishing import public_event

__all__ = ["PERIODIC", "look_after", "public_event", "renderers"]
