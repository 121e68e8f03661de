"""How sure a share of hits is, and the difference of two: closed forms, held to exact tests."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from automl_tl.domain.gate import Interval
from automl_tl.proof.clusters import Groups, sign_flip_p, sums, worth

Hits = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedHits:
    """On how many samples both were right, ours alone (``wins``), theirs alone (``losses``), neither."""

    both: int
    wins: int
    losses: int
    neither: int


def hits_gain_interval(ours: Hits, theirs: Hits, *, alpha: float, groups: Groups | None = None) -> Interval:
    """The 1 - ``alpha`` interval of the gain in accuracy of two models that hit these samples [N].

    Newcombe's for paired shares, held to McNemar's exact test; where samples come in groups, with as many
    samples as these are worth, and held to the exact sign-flip test over groups.
    """
    hits = table(ours, theirs)
    if groups is None:
        return accuracy_gain_interval(hits, alpha=alpha)
    gains = ours.astype(np.int64) - theirs
    found = newcombe(hits, alpha=alpha, samples=worth(gains.astype(np.float64), groups, alpha=alpha))
    if found.low <= 0 <= found.high or sign_flip_p(sums(gains, groups)) <= alpha:
        return found
    return with_zero(found)


def table(ours: Hits, theirs: Hits) -> PairedHits:
    """The two by two table of hits [N]."""
    both, wins, losses = (int(x.sum()) for x in (ours & theirs, ours & ~theirs, theirs & ~ours))
    return PairedHits(both=both, wins=wins, losses=losses, neither=len(ours) - both - wins - losses)


def accuracy_gain_interval(hits: PairedHits, *, alpha: float) -> Interval:
    """As ``hits_gain_interval`` without groups, from the table alone."""
    found = newcombe(hits, alpha=alpha)
    if found.low <= 0 <= found.high or mcnemar_p(hits.wins, hits.losses) <= alpha:
        return found
    return with_zero(found)


def newcombe(hits: PairedHits, *, alpha: float, samples: float | None = None) -> Interval:
    """The 1 - ``alpha`` interval of the difference of two shares of hits on the same samples.

    Each share's own Wilson interval, put together with how the two go along (no continuity correction);
    ``samples`` says how many the table's are worth, all of them by default.
    """
    counted = hits.both + hits.wins + hits.losses + hits.neither
    samples = counted if samples is None else samples
    if counted == 0 or samples == 0:
        return Interval(low=-1.0, high=1.0)
    ours, theirs = (hits.both + hits.wins) / counted, (hits.both + hits.losses) / counted
    first, second = (wilson(share * samples, samples, alpha=alpha) for share in (ours, theirs))
    spread = math.sqrt(ours * (1 - ours) * theirs * (1 - theirs)) * counted**2
    along = (hits.both * hits.neither - hits.wins * hits.losses) / spread if spread > 0 else 0.0
    down = _together(ours - first.low, second.high - theirs, along)
    up = _together(first.high - ours, theirs - second.low, along)
    gain = ours - theirs
    return Interval(low=gain - down, high=gain + up)


def mcnemar_p(wins: int, losses: int) -> float:
    """The exact two-sided p-value of McNemar's test on the samples where one model alone was right."""
    if wins + losses == 0:
        return 1.0
    return float(stats.binomtest(wins, wins + losses, 0.5).pvalue)


def wilson(hits: float, samples: float, *, alpha: float) -> Interval:
    """Wilson's score interval of a share of hits; everything where there is no sample."""
    if samples == 0:
        return Interval(low=0.0, high=1.0)
    z = float(stats.norm.ppf(1 - alpha / 2))
    share, spread = hits / samples, z * z / samples
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / samples + spread / (4 * samples))
    # Rounding must not push the share out of its own interval where all or none were hit.
    return Interval(low=max(0.0, min(share, centre - half)), high=min(1.0, max(share, centre + half)))


def with_zero(found: Interval) -> Interval:
    """The interval, stretched to hold 0."""
    return Interval(low=min(found.low, 0.0), high=max(found.high, 0.0))


def _together(one: float, another: float, along: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * along * one * another + another * another))
