"""How sure a value or a gain is: Wilson's interval, the paired bootstrap, and exact tests behind both."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from automl_tl.domain.gate import Interval
from automl_tl.proof.metrics import weighted_measure
from automl_tl.proof.tallies import Floats, Probabilities, Targets

RESAMPLES = 4000
_MOST = 40_000
_BEYOND = 20  # resamples beyond the two ends together
_FEWEST = 500  # where each is dear
_BATCH = 250  # resamples at a time, so that memory stays small


def value_interval(
    targets: Targets, probabilities: Probabilities, *, metric: str, alpha: float, seed: int
) -> Interval:
    """The 1 - ``alpha`` interval of a metric on N samples.

    For accuracy Wilson's (JASA 1927), else the percentile bootstrap over samples.
    """
    if metric == "accuracy":
        hits = int((probabilities.argmax(axis=1) == targets).sum())
        return wilson(hits, len(targets), alpha=alpha)
    weighted = weighted_measure(metric)
    rows = _rows(metric, classes=probabilities.shape[1], alpha=alpha)
    values = _resampled(len(targets), rows, seed=seed, of=lambda w: weighted(targets, probabilities, w))
    return _percentiles(values, alpha=alpha)


def gain_interval(
    targets: Targets,
    challenger: Probabilities,
    other: Probabilities,
    *,
    metric: str,
    alpha: float,
    seed: int,
) -> Interval:
    """The 1 - ``alpha`` interval of the challenger's gain over another, both read on the same samples.

    For accuracy Newcombe's for paired shares (Statistics in Medicine 1998, method 10), else the percentile
    bootstrap over samples (both keep their pair). With few samples on which the two differ these are too sure
    of themselves: four wins against none would count as proven. So an end excludes 0 only where the paired
    test agrees: McNemar's exact one for accuracy, the permutation test (the two change places sample by
    sample) else.
    """
    if metric == "accuracy":
        return accuracy_gain_interval(hits_of(targets, challenger, other), alpha=alpha)
    found = _bootstrapped(targets, challenger, other, metric=metric, alpha=alpha, seed=seed)
    if found.low <= 0 <= found.high:
        return found
    is_proven = paired_p(targets, challenger, other, metric=metric, alpha=alpha, seed=seed) <= alpha
    return found if is_proven else _with_zero(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedHits:
    """On how many samples both were right, ours alone (``wins``), theirs alone (``losses``), neither."""

    both: int
    wins: int
    losses: int
    neither: int


def hits_of(targets: Targets, challenger: Probabilities, other: Probabilities) -> PairedHits:
    """The two by two table of hits."""
    ours, theirs = challenger.argmax(axis=1) == targets, other.argmax(axis=1) == targets
    both, wins, losses = (int(x.sum()) for x in (ours & theirs, ours & ~theirs, theirs & ~ours))
    return PairedHits(both=both, wins=wins, losses=losses, neither=len(targets) - both - wins - losses)


def accuracy_gain_interval(hits: PairedHits, *, alpha: float) -> Interval:
    """As ``gain_interval``, from the table alone: Newcombe's interval, held to McNemar's exact test."""
    found = newcombe(hits, alpha=alpha)
    if found.low <= 0 <= found.high or mcnemar_p(hits.wins, hits.losses) <= alpha:
        return found
    return _with_zero(found)


def newcombe(hits: PairedHits, *, alpha: float) -> Interval:
    """The 1 - ``alpha`` interval of the difference of two shares of hits on the same N samples.

    Each share's own Wilson interval, put together with how the two go along (no continuity correction).
    """
    samples = hits.both + hits.wins + hits.losses + hits.neither
    if samples == 0:
        return Interval(low=-1.0, high=1.0)
    ours, theirs = hits.both + hits.wins, hits.both + hits.losses
    first, second = wilson(ours, samples, alpha=alpha), wilson(theirs, samples, alpha=alpha)
    spread = math.sqrt(ours * (samples - ours) * theirs * (samples - theirs))
    along = (hits.both * hits.neither - hits.wins * hits.losses) / spread if spread > 0 else 0.0
    ours_share, theirs_share = ours / samples, theirs / samples
    down = _together(ours_share - first.low, second.high - theirs_share, along)
    up = _together(first.high - ours_share, theirs_share - second.low, along)
    gain = ours_share - theirs_share
    return Interval(low=gain - down, high=gain + up)


def _with_zero(found: Interval) -> Interval:
    return Interval(low=min(found.low, 0.0), high=max(found.high, 0.0))


def _together(one: float, another: float, along: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * along * one * another + another * another))


def _bootstrapped(
    targets: Targets, challenger: Probabilities, other: Probabilities, *, metric: str, alpha: float, seed: int
) -> Interval:
    weighted = weighted_measure(metric)

    def gains(weights: Floats) -> Floats:
        return weighted(targets, challenger, weights) - weighted(targets, other, weights)

    rows = _rows(metric, classes=challenger.shape[1], alpha=alpha)
    return _percentiles(_resampled(len(targets), rows, seed=seed, of=gains), alpha=alpha)


def paired_p(
    targets: Targets, challenger: Probabilities, other: Probabilities, *, metric: str, alpha: float, seed: int
) -> float:
    """The two-sided p-value of "neither is better", from the samples on which the two differ.

    Resampled finely enough to fall below ``alpha``.
    """
    if metric == "accuracy":
        hits = hits_of(targets, challenger, other)
        return mcnemar_p(hits.wins, hits.losses)
    weighted = weighted_measure(metric)
    both = np.concatenate([targets, targets])
    stacked = np.concatenate([challenger, other])
    samples = len(targets)

    def gains(swapped: Floats) -> Floats:
        ours = weighted(both, stacked, np.concatenate([1 - swapped, swapped], axis=1))
        return ours - weighted(both, stacked, np.concatenate([swapped, 1 - swapped], axis=1))

    seen = float(gains(np.zeros((1, samples)))[0])
    generator = np.random.default_rng([seed, 1])
    rows = _rows(metric, classes=challenger.shape[1], alpha=alpha)
    swaps = (generator.integers(0, 2, (some, samples)).astype(np.float64) for some in _batches(rows))
    chance = np.concatenate([gains(swap) for swap in swaps])
    as_large = int((np.abs(chance) >= abs(seen) - 1e-12).sum())
    return (1 + as_large) / (1 + len(chance))


def mcnemar_p(wins: int, losses: int) -> float:
    """The exact two-sided p-value of McNemar's test on the samples where one model alone was right."""
    if wins + losses == 0:
        return 1.0
    return float(stats.binomtest(wins, wins + losses, 0.5).pvalue)


def wilson(hits: int, samples: int, *, alpha: float) -> Interval:
    """Wilson's score interval of a share of hits; everything where there is no sample."""
    if samples == 0:
        return Interval(low=0.0, high=1.0)
    z = float(stats.norm.ppf(1 - alpha / 2))
    share, spread = hits / samples, z * z / samples
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / samples + spread / (4 * samples))
    # Rounding must not push the share out of its own interval where all or none were hit.
    return Interval(low=max(0.0, min(share, centre - half)), high=min(1.0, max(share, centre + half)))


def _rows(metric: str, *, classes: int, alpha: float) -> int:
    """How many resamples: enough that some lie beyond each end of the interval.

    Fewer for the area under the curve of many classes, which sorts for each.
    """
    wanted = max(RESAMPLES, min(_MOST, round(_BEYOND / alpha)))
    return wanted if metric != "auroc" else max(_FEWEST, min(wanted, 10 * wanted // classes))


def _resampled(samples: int, rows: int, *, seed: int, of: Callable[[Floats], Floats]) -> Floats:
    """A statistic of ``rows`` draws with replacement, each a row of counts [samples]."""
    generator = np.random.default_rng([seed, 0])
    return np.concatenate([of(_draws(some, samples, generator)) for some in _batches(rows)])


def _draws(rows: int, samples: int, generator: np.random.Generator) -> Floats:
    drawn = generator.integers(0, samples, (rows, samples)) + samples * np.arange(rows)[:, None]
    return np.bincount(drawn.ravel(), minlength=rows * samples).reshape(rows, samples).astype(np.float64)


def _batches(rows: int) -> Iterator[int]:
    for start in range(0, rows, _BATCH):
        yield min(_BATCH, rows - start)


def _percentiles(values: Floats, *, alpha: float) -> Interval:
    low, high = np.quantile(values, [alpha / 2, 1 - alpha / 2])
    return Interval(low=float(low), high=float(high))
