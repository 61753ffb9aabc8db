"""How often somebody may try, by address and by what they try; each limit counts by itself."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from doorstep.kit.errors import TooManyError

_KEYS_KEPT = 50_000


@dataclass
class Limit:
    """A token bucket per key: ``tries`` at once, refilled over ``per_s`` seconds.

    Counted in this process's memory: with several processes the limit is that much wider, which
    the five tries of each code (kept in the database) do not depend on.
    """

    tries: int
    per_s: float
    _buckets: OrderedDict[str, tuple[float, float]] = field(
        default_factory=OrderedDict[str, tuple[float, float]]
    )

    def take(self, key: str) -> None:
        """Count one try.

        Raises
        ------
        TooManyError
            If there is none left; it says when there will be.
        """
        now = time.monotonic()
        left, at = self._buckets.pop(key, (float(self.tries), now))
        left = min(self.tries, left + (now - at) * self.tries / self.per_s)
        enough = left >= 1
        self._buckets[key] = (left - 1 if enough else left, now)
        if len(self._buckets) > _KEYS_KEPT:
            self._buckets.popitem(last=False)
        if not enough:
            wait_s = int((1 - left) * self.per_s / self.tries) + 1
            message = f"Too many tries. Try again in {wait_s} seconds."
            raise TooManyError(message, retry_after_s=wait_s)
