"""How sure a value or a gain is: Wilson's interval, the paired bootstrap, and exact tests behind both.

Where samples come in groups, groups [N] say which: then whole groups are drawn, and change places.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from automl_tl.domain.gate import Interval
from automl_tl.proof.clusters import Groups, count_of, expanded, sign_flip_p, sums, worth
from automl_tl.proof.metrics import limits, weighted_measure
from automl_tl.proof.shares import hits_gain_interval, wilson, with_zero
from automl_tl.proof.tallies import Floats, Probabilities, Targets

RESAMPLES = 4000
_MOST = 40_000
_BEYOND = 20  # resamples beyond the two ends together
_FEWEST = 500  # where each is dear
_NO_SPREAD = 1e-9  # of resamples: they differ by rounding at most
_BATCH = 250  # resamples at a time, so that memory stays small


def value_interval(
    targets: Targets,
    probabilities: Probabilities,
    *,
    metric: str,
    alpha: float,
    seed: int,
    groups: Groups | None = None,
) -> Interval:
    """The 1 - ``alpha`` interval of a metric on N samples.

    For accuracy Wilson's (JASA 1927), with as many samples as the groups are worth; else the percentile
    bootstrap over samples or groups.
    """
    if metric == "accuracy":
        hits = (probabilities.argmax(axis=1) == targets).astype(np.float64)
        samples = len(targets) if groups is None else worth(hits, groups, alpha=alpha)
        share = float(hits.mean()) if len(hits) else 0.0
        return wilson(share * samples, samples, alpha=alpha)
    weighted = weighted_measure(metric)
    drawn = _Drawn(metric=metric, classes=probabilities.shape[1], alpha=alpha, seed=seed, groups=groups)
    return drawn.interval(len(targets), lambda w: weighted(targets, probabilities, w), limits(metric))


def gain_interval(
    targets: Targets,
    challenger: Probabilities,
    other: Probabilities,
    *,
    metric: str,
    alpha: float,
    seed: int,
    groups: Groups | None = None,
) -> Interval:
    """The 1 - ``alpha`` interval of the challenger's gain over another, both read on the same samples.

    For accuracy see ``hits_gain_interval``; else the percentile bootstrap over samples or groups (both keep
    their pair). With few samples on which the two differ that is too sure of itself: four wins against none
    would count as proven. So an end excludes 0 only where the permutation test agrees (the two change places
    sample by sample, or group by group). Where all samples or groups are exactly alike, resampling shows no
    spread at all, and ``unseen`` says what may be.
    """
    if metric == "accuracy":
        ours, theirs = (p.argmax(axis=1) == targets for p in (challenger, other))
        return hits_gain_interval(ours, theirs, alpha=alpha, groups=groups)
    found = _bootstrapped(targets, challenger, other, metric=metric, alpha=alpha, seed=seed, groups=groups)
    if found.low <= 0 <= found.high:
        return found
    p = paired_p(targets, challenger, other, metric=metric, alpha=alpha, seed=seed, groups=groups)
    return found if p <= alpha else with_zero(found)


def _bootstrapped(
    targets: Targets,
    challenger: Probabilities,
    other: Probabilities,
    *,
    metric: str,
    alpha: float,
    seed: int,
    groups: Groups | None,
) -> Interval:
    weighted = weighted_measure(metric)

    def gains(weights: Floats) -> Floats:
        return weighted(targets, challenger, weights) - weighted(targets, other, weights)

    low, high = limits(metric)
    drawn = _Drawn(metric=metric, classes=challenger.shape[1], alpha=alpha, seed=seed, groups=groups)
    return drawn.interval(len(targets), gains, (low - high, high - low))


def paired_p(
    targets: Targets,
    challenger: Probabilities,
    other: Probabilities,
    *,
    metric: str,
    alpha: float,
    seed: int,
    groups: Groups | None = None,
) -> float:
    """The two-sided p-value of "neither is better", from the samples on which the two differ.

    The two change places sample by sample, or in whole groups; every way is tried where there are few, else
    so many are drawn that the p-value can fall below ``alpha``.
    """
    if metric == "accuracy":
        ours, theirs = (p.argmax(axis=1) == targets for p in (challenger, other))
        differing = ours.astype(np.int64) - theirs
        return sign_flip_p(differing if groups is None else sums(differing, groups))
    weighted = weighted_measure(metric)
    both = np.concatenate([targets, targets])
    stacked = np.concatenate([challenger, other])
    units = len(targets) if groups is None else count_of(groups)

    def gains(swapped: Floats) -> Floats:
        swapped = swapped if groups is None else swapped[:, groups]
        ours = weighted(both, stacked, np.concatenate([1 - swapped, swapped], axis=1))
        return ours - weighted(both, stacked, np.concatenate([swapped, 1 - swapped], axis=1))

    seen = float(gains(np.zeros((1, units)))[0])
    rows = _rows(metric, classes=challenger.shape[1], alpha=alpha)
    chance = np.concatenate([gains(swap) for swap in _swaps(units, rows, seed=seed)])
    as_large = int((np.abs(chance) >= abs(seen) - 1e-12).sum())
    # Drawn ways leave out how it was; all ways hold it.
    return as_large / len(chance) if 2**units <= rows else (1 + as_large) / (1 + len(chance))


def _swaps(units: int, rows: int, *, seed: int) -> Iterator[Floats]:
    """Which of the units [R, U] change places: every way there is, or ``rows`` drawn ones."""
    if 2**units <= rows:
        ways = np.arange(2**units)[:, None] >> np.arange(units) & 1
        yield from (ways[start : start + _BATCH].astype(np.float64) for start in range(0, len(ways), _BATCH))
        return
    generator = np.random.default_rng([seed, 1])
    for some in _batches(rows):
        yield generator.integers(0, 2, (some, units)).astype(np.float64)


def _rows(metric: str, *, classes: int, alpha: float) -> int:
    """How many resamples: enough that some lie beyond each end of the interval.

    Fewer for the area under the curve of many classes, which sorts for each.
    """
    wanted = max(RESAMPLES, min(_MOST, round(_BEYOND / alpha)))
    return wanted if metric != "auroc" else max(_FEWEST, min(wanted, 10 * wanted // classes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A percentile bootstrap over samples, or over ``groups``."""

    metric: str
    classes: int
    alpha: float
    seed: int
    groups: Groups | None

    def interval(self, samples: int, of: Callable[[Floats], Floats], whole: tuple[float, float]) -> Interval:
        """What a statistic of weights [R, N] spans; ``whole``: all it can be, where nothing is told."""
        groups = self.groups
        units = samples if groups is None else count_of(groups)
        alpha = self.alpha if groups is None else expanded(self.alpha, groups=units)
        if alpha <= 0:
            return Interval(low=whole[0], high=whole[1])
        generator = np.random.default_rng([self.seed, 0])
        rows = _rows(self.metric, classes=self.classes, alpha=alpha)
        draws = (_draws(some, units, generator) for some in _batches(rows))
        values = np.concatenate([of(draw if groups is None else draw[:, groups]) for draw in draws])
        if np.ptp(values) <= _NO_SPREAD:
            return unseen(float(values[0]), units=units, alpha=self.alpha, whole=whole)
        return _percentiles(values, alpha=alpha)


def unseen(value: float, *, units: int, alpha: float, whole: tuple[float, float]) -> Interval:
    """The 1 - ``alpha`` interval of a mean where all units drawn were exactly alike.

    A share of 1 - (α/2)^(1/n) of all there are might be as bad, or as good, as can be, and n of them would
    still have shown none of it (the rule of three: Hanley and Lippman-Hand, JAMA 1983, for any share).
    """
    share = 1 - (alpha / 2) ** (1 / units)
    return Interval(low=value - share * (value - whole[0]), high=value + share * (whole[1] - value))


def _draws(rows: int, samples: int, generator: np.random.Generator) -> Floats:
    drawn = generator.integers(0, samples, (rows, samples)) + samples * np.arange(rows)[:, None]
    return np.bincount(drawn.ravel(), minlength=rows * samples).reshape(rows, samples).astype(np.float64)


def _batches(rows: int) -> Iterator[int]:
    for start in range(0, rows, _BATCH):
        yield min(_BATCH, rows - start)


def _percentiles(values: Floats, *, alpha: float) -> Interval:
    low, high = np.quantile(values, [alpha / 2, 1 - alpha / 2])
    return Interval(low=float(low), high=float(high))
