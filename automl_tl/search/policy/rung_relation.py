"""What a value at an early rung says about the value at the end, learnt from whole learning curves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from automl_tl.search.policy.gaps import FAR, Floats, clipped, scale_of
from automl_tl.search.policy.option import PastDataset

_ROWS_OF_FAITH = 4.0  # how many rows the guess of the slope counts for
_LEAST_NOISE = 1e-2
_LEAST_OFFSET_VARIANCE = 0.05
_MOST_EARLY = 2 * FAR


@dataclass(frozen=True, slots=True, kw_only=True)
class RungRelation:
    """gap at the rung = ``slope`` · gap at the end + offset of the dataset + noise, all in spreads.

    The offset has mean ``offset`` and variance ``offset_variance`` over datasets.
    """

    epoch: int
    slope: float
    offset: float
    offset_variance: float
    noise: float


# Where no curve was seen yet: slow starters are common, a first epoch ranks moderately, a late one well.
_GUESS_SLOPE = 0.7
_GUESS_OFFSET = -0.8
_GUESS_VARIANCE = 0.4


def guessed(epoch: int, *, last_epoch: int) -> RungRelation:
    """The relation of a rung before any curve was seen; the later the rung, the closer to the end."""
    left = 1.0 - epoch / last_epoch
    return RungRelation(
        epoch=epoch,
        slope=1.0 - left * (1 - _GUESS_SLOPE),
        offset=left * _GUESS_OFFSET,
        offset_variance=max(_LEAST_OFFSET_VARIANCE, left * _GUESS_VARIANCE),
        noise=max(_LEAST_NOISE, left * _GUESS_VARIANCE),
    )


def learnt(past: Sequence[PastDataset], epoch: int, *, last_epoch: int) -> RungRelation:
    """The relation of one rung by least squares within datasets; options that failed teach nothing."""
    guess = guessed(epoch, last_epoch=last_epoch)
    pairs = [pair for dataset in past if len((pair := _gaps(dataset, epoch))[0]) > 1]
    if not pairs:
        return guess
    moved = sum(float((end - end.mean()) @ (early - early.mean())) for end, early in pairs)
    spread = sum(float((end - end.mean()) @ (end - end.mean())) for end, _ in pairs)
    usual = spread / sum(len(end) for end, _ in pairs)
    faith = _ROWS_OF_FAITH * max(usual, _LEAST_NOISE)
    slope = (moved + faith * guess.slope) / (spread + faith)
    left_over = [early - slope * end for end, early in pairs]
    offsets = np.array([rest.mean() for rest in left_over])
    squares = sum(float((rest - rest.mean()) @ (rest - rest.mean())) for rest in left_over)
    freedom = max(1, sum(len(rest) - 1 for rest in left_over))
    return RungRelation(
        epoch=epoch,
        slope=slope,
        offset=float(offsets.mean()),
        offset_variance=float(offsets.var()) + _LEAST_OFFSET_VARIANCE,
        noise=squares / freedom + _LEAST_NOISE,
    )


def _gaps(dataset: PastDataset, epoch: int) -> tuple[Floats, Floats]:
    """The gaps at the end and at the rung, of the options that have both and did not fail."""
    scale = scale_of([outcome.value for outcome in dataset.outcomes])
    both = [(o.value, o.rungs[epoch]) for o in dataset.outcomes if epoch in o.rungs]
    values = np.array(both, dtype=np.float64).reshape(-1, 2)
    end, early = scale.gaps(values[:, 0]), np.maximum(scale.gaps(values[:, 1]), -_MOST_EARLY)
    counts = clipped(end) > -FAR
    return end[counts], early[counts]
