"""k nearest neighbours by cosine, each sample left out in turn (arXiv 2503.18528)."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from automl_tl.scores.decomposition import Decomposition
from automl_tl.scores.labelled import Floats, Integers

COUNTS = (1, 5, 20)
_BLOCK_BYTES = 32 * 2**20


def neighbours(decomposition: Decomposition) -> dict[int, float]:
    """The accuracy of samples left out, for each of ``COUNTS`` neighbours (or all others, if fewer).

    Each neighbour votes for its class with its cosine; a class without a neighbour is never chosen. Invariant
    to rotation and scale. The similarities are computed block by block, never [N, N] at once.
    """
    targets = decomposition.labelled.targets
    lengths = np.linalg.norm(decomposition.rows, axis=1, keepdims=True)
    rows = decomposition.rows / np.where(lengths > 0, lengths, 1.0)
    right = dict.fromkeys(COUNTS, 0)
    for start, cosines, nearest in _nearest(rows, count=min(max(COUNTS), len(rows) - 1)):
        own = targets[start : start + len(nearest)]
        for count in COUNTS:
            voted = _voted(targets[nearest[:, :count]], cosines[:, :count])
            right[count] += int(np.count_nonzero(voted == own))
    return {count: hits / len(rows) for count, hits in right.items()}


def _nearest(rows: Floats, *, count: int) -> Iterator[tuple[int, Floats, NDArray[np.int64]]]:
    """Blocks of samples: where they start, cosines and indices [B, count] of their nearest, nearest first."""
    size = max(1, _BLOCK_BYTES // (8 * len(rows)))
    for start in range(0, len(rows), size):
        similar = rows[start : start + size] @ rows.T
        own = np.arange(len(similar))
        similar[own, start + own] = -np.inf
        some = np.argpartition(similar, len(rows) - count, axis=1)[:, len(rows) - count :]
        cosines = np.take_along_axis(similar, some, axis=1)
        order = np.argsort(-cosines, axis=1, kind="stable")
        yield start, np.take_along_axis(cosines, order, axis=1), np.take_along_axis(some, order, axis=1)


def _voted(classes: Integers, cosines: Floats) -> Integers:
    """The class with the largest sum of cosines in each row of [B, k]; of two equal ones the smaller."""
    order = np.argsort(classes, axis=1, kind="stable")
    classes, cosines = np.take_along_axis(classes, order, axis=1), np.take_along_axis(cosines, order, axis=1)
    same = classes[:, :, None] == classes[:, None, :]
    votes = np.einsum("bij,bj->bi", same, cosines)
    found: Integers = np.take_along_axis(classes, votes.argmax(axis=1)[:, None], axis=1)[:, 0]
    return found
