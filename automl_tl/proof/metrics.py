"""The metrics a job can be judged by; of every one of them, more is better.

Each is a function of weighted samples, so that one resample of a bootstrap is one row of weights.
"""

import difflib
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from automl_tl.errors import RequestError
from automl_tl.proof.tallies import Floats, Probabilities, Targets, tallies

Measure = Callable[[Targets, Probabilities], float]
Weighted = Callable[[Targets, Probabilities, Floats], Floats]

_SMALLEST = 1e-7  # of a probability, before its logarithm


def measure(metric: str) -> Measure:
    """The metric as a function of targets int64 [N] and probabilities [N, C]; more is better.

    ``log_loss`` is therefore negated. Raises RequestError for an unknown metric.
    """
    weighted = weighted_measure(metric)
    return lambda targets, probabilities: float(
        weighted(targets, probabilities, np.ones((1, len(targets))))[0]
    )


def limits(metric: str) -> tuple[float, float]:
    """The least and the most that the metric can be."""
    return {"mcc": (-1.0, 1.0), "log_loss": (math.log(_SMALLEST), 0.0)}.get(metric, (0.0, 1.0))


def weighted_measure(metric: str) -> Weighted:
    """The metric of targets [N], probabilities [N, C] under weights [R, N]: values [R].

    Raises RequestError for an unknown metric.
    """
    if metric not in METRICS:
        near = difflib.get_close_matches(metric, METRICS, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"expected one of {', '.join(METRICS)}"
        raise RequestError(f'unknown metric "{metric}"; {hint}')
    return METRICS[metric]


def _accuracy(targets: Targets, probabilities: Probabilities, weights: Floats) -> Floats:
    hits = (probabilities.argmax(axis=1) == targets).astype(np.float64)
    return _share(weights @ hits, weights.sum(axis=1))


def _balanced_accuracy(targets: Targets, probabilities: Probabilities, weights: Floats) -> Floats:
    """Mean recall over the classes that occur."""
    counted = tallies(targets, probabilities, weights=weights)
    occurs = counted.targets > 0
    return _share(_share(counted.hits, counted.targets).sum(axis=1), occurs.sum(axis=1))


def _macro_f1(targets: Targets, probabilities: Probabilities, weights: Floats) -> Floats:
    """Mean F1 over the classes that occur or are called; a class never hit counts 0."""
    counted = tallies(targets, probabilities, weights=weights)
    both = counted.targets + counted.calls
    return _share(_share(2 * counted.hits, both).sum(axis=1), (both > 0).sum(axis=1))


def _mcc(targets: Targets, probabilities: Probabilities, weights: Floats) -> Floats:
    """Matthews' correlation for any number of classes (Gorodkin, 2004); 0 where it is not defined."""
    counted = tallies(targets, probabilities, weights=weights)
    total = weights.sum(axis=1)
    covariance = counted.hits.sum(axis=1) * total - (counted.targets * counted.calls).sum(axis=1)
    spread_targets = total**2 - (counted.targets**2).sum(axis=1)
    spread_calls = total**2 - (counted.calls**2).sum(axis=1)
    return _share(covariance, np.sqrt(np.maximum(spread_targets * spread_calls, 0.0)))


def _negated_log_loss(targets: Targets, probabilities: Probabilities, weights: Floats) -> Floats:
    """Mean log probability of the true class, probabilities kept away from 0."""
    sums = probabilities.sum(axis=1, dtype=np.float64)
    true = probabilities[np.arange(len(targets)), targets] / sums
    return _share(weights @ np.log(np.clip(true, _SMALLEST, 1.0)), weights.sum(axis=1))


def _auroc(targets: Targets, probabilities: Probabilities, weights: Floats) -> Floats:
    """Area under the ROC curve: of class 1 for two classes, else the mean over one class against the rest.

    Only classes count that occur and do not fill everything; 0.5 where there is none.
    """
    classes = probabilities.shape[1]
    of = (1,) if classes == 2 else tuple(range(classes))
    by_sample = np.ascontiguousarray(weights.T)
    areas = np.stack([_area(targets == c, probabilities[:, c], by_sample) for c in of], axis=1)
    defined = ~np.isnan(areas)
    mean = _share(np.where(defined, areas, 0.0).sum(axis=1), defined.sum(axis=1))
    return np.where(defined.any(axis=1), mean, 0.5)


def _area(is_positive: np.ndarray, scores: np.ndarray, weights: Floats) -> Floats:
    """Chance [R] that a positive outranks a negative, ties half, under weights [N, R]; NaN without either."""
    order = np.argsort(scores, kind="stable")
    is_positive, ranked = is_positive[order], scores[order]
    negative = weights[order]
    negative[is_positive] = 0.0
    above = np.cumsum(negative, axis=0)  # of negatives up to and with each place
    first = np.searchsorted(ranked, ranked[is_positive], side="left")
    last = np.searchsorted(ranked, ranked[is_positive], side="right") - 1
    below = np.where(first[:, None] > 0, above[np.maximum(first - 1, 0)], 0.0)
    positive = weights[order[is_positive]]
    won = (positive * (below + above[last])).sum(axis=0) / 2
    pairs = positive.sum(axis=0) * above[-1]
    area: Floats = np.divide(won, pairs, out=np.full(weights.shape[1], np.nan), where=pairs > 0)
    return area


def _share(part: np.ndarray, whole: np.ndarray) -> Floats:
    """``part / whole``, 0 where there is no whole."""
    share: Floats = np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)
    return share


METRICS: Mapping[str, Weighted] = MappingProxyType(
    {
        "accuracy": _accuracy,
        "balanced_accuracy": _balanced_accuracy,
        "macro_f1": _macro_f1,
        "log_loss": _negated_log_loss,
        "auroc": _auroc,
        "mcc": _mcc,
    }
)
