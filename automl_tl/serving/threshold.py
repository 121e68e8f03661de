"""Below which probability a model had better say nothing."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.domain.gate import Interval

# Fixed beforehand: a threshold chosen among the samples' own would be as many choices as samples.
THRESHOLDS = (*(step / 40 for step in range(40)), 0.98, 0.99, 0.995)


def threshold_for(
    confidence: NDArray[np.floating],
    is_right: NDArray[np.bool_],
    *,
    target: float,
    share: Callable[[int, int, float], Interval],
    alpha: float,
) -> dict[str, Any]:
    """The lowest threshold whose answered part is proven to reach an accuracy, as JSON.

    ``confidence`` [N] and ``is_right`` [N] are the samples'. A threshold counts where the one-sided lower
    bound of the accuracy at level ``alpha / len(THRESHOLDS)`` reaches ``target`` (Bonferroni, since the best
    of so many is taken), so that with confidence 1 - ``alpha`` it does so on such data. ``abstain_below`` is
    None where none does.
    """
    level = 2 * alpha / len(THRESHOLDS)  # of a two-sided interval whose lower end is wanted
    for threshold in THRESHOLDS:
        is_answered = confidence >= threshold
        hits, samples = int(is_right[is_answered].sum()), int(is_answered.sum())
        low = share(hits, samples, level).low
        if samples and low >= target:
            return {
                "target_accuracy": target,
                "abstain_below": threshold,
                "coverage": samples / len(confidence),
                "accuracy": hits / samples,
                "proven": low,
            }
    return {"target_accuracy": target, "abstain_below": None}
