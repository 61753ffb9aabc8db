"""From a notification to words: each room brings the renderers of its kinds."""

from collections.abc import Awaitable, Callable, Mapping

from doorstep.kit.db import Connection
from doorstep.notify.model import Kind, Notification, Words

Renderer = Callable[[Connection, Notification], Awaitable[Words]]
Renderers = Mapping[Kind, Renderer]
