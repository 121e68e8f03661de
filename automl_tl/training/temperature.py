"""One temperature that makes probabilities honest (Guo et al., arXiv 1706.04599)."""

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.05, 20.0
_STEPS = 60
_GOLDEN = (5**0.5 - 1) / 2


def fit_temperature(logits: NDArray[np.floating], targets: NDArray[np.int64]) -> float:
    """The temperature in [0.05, 20] of least negative log-likelihood on logits [N, C] of classes [N].

    Golden-section search over its logarithm, in float64; 1 where there is nothing to fit on.
    """
    if len(targets) == 0:
        return 1.0
    scores = logits.astype(np.float64)
    low, high = np.log(LOWEST), np.log(HIGHEST)
    for _ in range(_STEPS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if _loss(scores, targets, np.exp(left)) <= _loss(scores, targets, np.exp(right)):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def _loss(logits: NDArray[np.float64], targets: NDArray[np.int64], temperature: float) -> float:
    scaled = logits / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    likelihood = scaled[np.arange(len(targets)), targets] - np.log(np.exp(scaled).sum(axis=1))
    return float(-likelihood.mean())
