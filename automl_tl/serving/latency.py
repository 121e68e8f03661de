"""How long one call takes, as its median over some dozens."""

import statistics
import time
from collections.abc import Callable

WARM_UPS = 5
MOST_CALLS = 50
MOST_SECONDS = 5.0
LEAST_CALLS = 5


def median_milliseconds(call: Callable[[], object]) -> float:
    """The median of 50 calls after 5 that do not count; of fewer (at least 5) where they take long."""
    for _ in range(WARM_UPS):
        call()
    seconds: list[float] = []
    while len(seconds) < MOST_CALLS and (len(seconds) < LEAST_CALLS or sum(seconds) < MOST_SECONDS):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds) * 1000
