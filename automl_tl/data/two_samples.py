"""Whether a classifier tells the samples of two sides apart (Lopez-Paz & Oquab, ICLR 2017).

It learns from one half of the samples and is asked about the other: scores of several folds are no free
draws. A unit (samples of one group, copies of each other) lies in one half. Scores are ranked within each
class alone, so that classes in other shares are no difference; so the class means of the first half are taken
off before it learns. The sum of ranks is Mann and Whitney's over all classes, and its variance comes from the
sums of whole units (Liang & Zeger 1986): a speaker who says every word counts as one speaker.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata, t

from automl_tl.data.looks import Looks

MOST = 2000
"""Samples of a side that are looked at, drawn at random."""

FEWEST = 20
"""Samples of a side; fewer show nothing."""

_RIDGE = 0.1  # of the mean variance of a standardised column, which is 1
_FAINTEST = 1e-3

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSamples:
    """How well sides are told apart: ``auroc``, one half for not at all; ``chance`` of as much by luck."""

    auroc: float
    chance: float


def drawn(sides: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Which of the samples [n] are looked at, in their order: at most ``MOST`` of each side, at random."""
    draw = np.random.default_rng(0)
    rows = (np.flatnonzero(sides == side) for side in (False, True))
    return np.sort(np.concatenate([draw.permutation(found)[:MOST] for found in rows]))


def compare(
    looks: Looks, *, sides: NDArray[np.bool_], labels: Sequence[str], units: NDArray[np.intp]
) -> TwoSamples:
    """Compare the samples [n] of one side with those of the other; ``units`` from 0 on [n]."""
    _, classes = np.unique(np.asarray(labels), return_inverse=True)
    held = (np.random.default_rng(0).permutation(units.max() + 1) % 2 == 0)[units]
    scores = _scores(looks.astype(np.float64), held=held, side=sides, classes=classes)
    return _by_class(scores, side=sides[held], classes=classes[held], units=units[held])


def _scores(
    values: Floats, *, held: NDArray[np.bool_], side: NDArray[np.bool_], classes: NDArray[np.intp]
) -> Floats:
    """Of the held samples: how far towards the one side (Fisher's direction by ridge, sides alike heavy)."""
    seen = ~held
    if side[seen].all() or not side[seen].any():
        return np.zeros(int(held.sum()))
    centred = values - _means(values, seen=seen, side=side, classes=classes)[classes]
    spread = centred[seen].std(axis=0)
    centred = centred[:, spread > _FAINTEST] / spread[spread > _FAINTEST]
    share = side[seen].mean()
    weight = np.where(side[seen], 0.5 / share, 0.5 / (1 - share))[:, None]
    middle = (weight * centred[seen]).mean(axis=0)
    known, asked = centred[seen] - middle, centred[held] - middle
    square = (weight * known).T @ known / len(known) + _RIDGE * np.eye(known.shape[1])
    direction = np.linalg.solve(square, (weight * known).T @ np.where(side[seen], 1.0, -1.0))
    return np.asarray(asked @ direction)


def _means(
    values: Floats, *, seen: NDArray[np.bool_], side: NDArray[np.bool_], classes: NDArray[np.intp]
) -> Floats:
    """The mean [classes, columns] of each class, both sides alike heavy; of an unseen one, that of all."""
    count = int(classes.max()) + 1
    sums, sides_seen = np.zeros((count, values.shape[1])), np.zeros((count, 1))
    for one in (False, True):
        of = np.flatnonzero(seen & (side == one))
        counts = np.bincount(classes[of], minlength=count)[:, None]
        total = np.zeros_like(sums)
        np.add.at(total, classes[of], values[of])
        sums += total / np.maximum(counts, 1)
        sides_seen += counts > 0
    return np.asarray(np.where(sides_seen > 0, sums / np.maximum(sides_seen, 1), values[seen].mean(axis=0)))


def _by_class(
    scores: Floats, *, side: NDArray[np.bool_], classes: NDArray[np.intp], units: NDArray[np.intp]
) -> TwoSamples:
    """Compare the scores [n] of both sides class by class; what is of a unit counts together."""
    parts = np.zeros(len(scores))
    pairs = 0
    for one in np.unique(classes):
        of = classes == one
        ours = side[of]
        pairs += int(ours.sum() * (~ours).sum())
        parts[of] = (ours - ours.mean()) * (rankdata(scores[of]) - (of.sum() + 1) / 2)
    sums = np.bincount(units, weights=parts)[np.unique(units)]
    spread = math.sqrt(float((sums**2).sum()))
    if not pairs or not spread or len(sums) < 2:
        return TwoSamples(auroc=0.5, chance=1.0)
    above = float(sums.sum())
    return TwoSamples(auroc=0.5 + above / pairs, chance=float(t.sf(above / spread, df=len(sums) - 1)))
