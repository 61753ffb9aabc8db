"""Ways out: each module holds one `Channel`."""

from doorstep.notify.model import Channel, Outcome, Outgoing, Sent

__all__ = ["Channel", "Outcome", "Outgoing", "Sent"]
