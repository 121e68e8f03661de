"""One temperature that makes probabilities honest (Guo et al., arXiv 1706.04599)."""

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.05, 20.0
PRIOR_SPREAD = 0.5  # of the temperature's logarithm around 0
_STEPS = 60
_GOLDEN = (5**0.5 - 1) / 2


def fit_temperature(logits: NDArray[np.floating], targets: NDArray[np.int64]) -> float:
    """The likeliest temperature in [0.05, 20] given logits [N, C] of classes [N].

    Before any sample it is likely to be near 1 (log-normal, spread 0.5), so that a few samples that are all
    right do not make a model boundlessly sure of itself; many samples overrule that. Golden-section search
    over its logarithm, in float64.
    """
    samples = len(targets)
    if samples == 0:
        return 1.0

    def cost(log_temperature: float) -> float:
        prior = 0.5 * (log_temperature / PRIOR_SPREAD) ** 2
        return _loss(scores, targets, float(np.exp(log_temperature))) + prior / samples

    scores = logits.astype(np.float64)
    low, high = np.log(LOWEST), np.log(HIGHEST)
    for _ in range(_STEPS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if cost(left) <= cost(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def _loss(logits: NDArray[np.float64], targets: NDArray[np.int64], temperature: float) -> float:
    scaled = logits / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    likelihood = scaled[np.arange(len(targets)), targets] - np.log(np.exp(scaled).sum(axis=1))
    return float(-likelihood.mean())
