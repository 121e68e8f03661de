"""How often one caller may ask."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CALLERS = 10_000


class Rate:
    """A bucket a caller, which holds a minute's requests and fills evenly; 0 ``per_minute``: no bound."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_seconds(self, caller: str) -> int:
        """Take one request of the caller's; 0 where there was one, else whole seconds until there is."""
        if not self._most:
            return 0
        now = self._clock()
        left, seen = self._buckets.pop(caller, (self._most, now))
        left = min(self._most, left + (now - seen) * self._most / 60)
        has_one = left >= 1
        self._buckets[caller] = (left - 1 if has_one else left, now)
        if len(self._buckets) > MOST_CALLERS:  # whoever has not asked for longest begins anew
            self._buckets.popitem(last=False)
        return 0 if has_one else math.ceil((1 - left) * 60 / self._most)
