"""Samples that come in groups (a patient's, a session's): what they are worth, and tests by whole groups."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats

from automl_tl.proof.tallies import Floats

Groups = NDArray[np.int64]


def numbered(groups: Sequence[str | None]) -> Groups | None:
    """Each sample's group as a number, [N]; a sample without a group is one of its own.

    None where no two samples share a group: then there is nothing to heed.
    """
    numbers: dict[object, int] = {}
    found = [numbers.setdefault(i if name is None else name, len(numbers)) for i, name in enumerate(groups)]
    return np.array(found, np.int64) if len(numbers) < len(found) else None


def part_of(groups: Groups | None, chosen: NDArray[np.bool_]) -> Groups | None:
    """The groups of the ``chosen`` samples [N], numbered anew; None where no two of them share one."""
    if groups is None:
        return None
    _, found = np.unique(groups[chosen], return_inverse=True)
    return found.astype(np.int64) if count_of(found) < len(found) else None


def count_of(groups: Groups) -> int:
    """How many groups there are."""
    return int(groups.max()) + 1 if len(groups) else 0


def sums(scores: NDArray[np.int64], groups: Groups) -> NDArray[np.int64]:
    """The scores [N] of each group together, [G]."""
    return np.rint(np.bincount(groups, weights=scores)).astype(np.int64)


def worth(scores: Floats, groups: Groups, *, alpha: float) -> float:
    """How many samples, each on its own, would tell the mean of ``scores`` [N] as well as these do in groups.

    N over the design effect (never above N), and where all scores are the same as many as groups; then, since
    few groups tell their own spread badly, times (z / t)² with G − 1 degrees of freedom at level ``alpha``
    (Korn and Graubard, Survey Methodology 1998). Nothing with one group.
    """
    samples, count = len(scores), count_of(groups)
    if count < 2:
        return 0.0
    off = scores - scores.mean()
    alone = float((off**2).sum())
    together = count / (count - 1) * float((np.bincount(groups, weights=off, minlength=count) ** 2).sum())
    found = count if alone == 0 else samples * min(1.0, alone / together) if together > 0 else samples
    return float(found * (stats.norm.isf(alpha / 2) / stats.t.isf(alpha / 2, count - 1)) ** 2)


def expanded(alpha: float, *, groups: int) -> float:
    """The level at which a percentile bootstrap over so few groups reaches level ``alpha``.

    It makes up for the spread that few groups hide and for Student's tails (Hesterberg, The American
    Statistician 2015); one group tells nothing, so its level is 0.
    """
    if groups < 2:
        return 0.0
    reach = math.sqrt(groups / (groups - 1)) * stats.t.isf(alpha / 2, groups - 1)
    return float(2 * stats.norm.sf(reach))


def sign_flip_p(gains: NDArray[np.int64]) -> float:
    """The exact two-sided p-value of "each group's gain [G] might as well have had the other sign".

    With groups of one sample this is McNemar's exact test.
    """
    sizes, counts = np.unique(np.abs(gains[gains != 0]), return_counts=True)
    total = int((sizes * counts).sum())
    if total == 0:
        return 1.0
    chances = np.ones(1)  # of each sum of the gains that came out positive
    for size, count in zip(sizes, counts, strict=True):
        step = np.zeros(size * count + 1)
        step[::size] = stats.binom.pmf(np.arange(count + 1), count, 0.5)
        chances = np.maximum(signal.convolve(chances, step), 0.0)
    is_as_large = np.abs(2 * np.arange(total + 1) - total) >= abs(int(gains.sum()))
    return float(min(1.0, chances[is_as_large].sum()))


def least_provable(groups: int) -> float:
    """The smallest two-sided p-value that so many groups can ever give: all of them on one side."""
    return 2.0 ** (1 - groups)
