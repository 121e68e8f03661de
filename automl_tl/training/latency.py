"""How long one sample takes on this machine."""

import statistics
import time
from collections.abc import Callable

import torch

from automl_tl.model.predictor import Predictor

_WARM_UP = 2
_FORWARDS = 5


def median_seconds(forward: Callable[[], object]) -> float:
    """The median of five calls, after two that are not counted; ``forward`` waits for a GPU by itself."""
    seconds = []
    for _ in range(_WARM_UP + _FORWARDS):
        begun = time.perf_counter()
        forward()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds[_WARM_UP:])


def latency_of(predictor: Predictor) -> float:
    """Seconds from one prepared picture to its logits, in a batch of one."""
    look = predictor.spec.preprocessing
    black = torch.zeros(1, look.channels, look.size, look.size, dtype=torch.uint8)
    return median_seconds(lambda: predictor.logits([black]))
