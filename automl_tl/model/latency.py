"""How long one call takes on one thread of this machine."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from automl_tl.model.predictor import Predictor
from automl_tl.model.prepared import blank

THREADS = 1
"""One, for with more of them a busy neighbour shows in every call."""

_MOST_SECONDS = 5.0
_LEAST_CALLS = 5


def latency_of(predictor: Predictor, *, calls: int) -> float:
    """Seconds from one prepared sample to its probabilities, in a batch of one: a median."""
    nothing = blank(predictor.spec.preprocessing, 1)
    return median_seconds(lambda: predictor.predict_prepared([nothing]), calls=calls)


def median_seconds(
    call: Callable[[], object], *, calls: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The median of ``calls`` calls, torch held to one CPU thread, after a tenth (at least two) not counted.

    Long calls are fewer: five seconds of them, and five at least. ``call`` waits for a GPU by itself.
    """
    seconds: list[float] = []
    with _one_thread():
        for _ in range(max(2, calls // 10)):
            call()
        while len(seconds) < calls and (len(seconds) < _LEAST_CALLS or sum(seconds) < _MOST_SECONDS):
            begun = clock()
            call()
            seconds.append(clock() - begun)
    return statistics.median(seconds)


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        yield
    finally:
        torch.set_num_threads(before)
