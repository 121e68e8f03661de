"""k nearest neighbours by cosine, each sample left out in turn (arXiv 2503.18528)."""

import numpy as np

from automl_tl.scores.decomposition import Decomposition
from automl_tl.scores.labelled import Floats, Integers

COUNTS = (1, 5, 20)
_TILE = 1024  # samples on each side of what is held of the similarities at once


def neighbours(decomposition: Decomposition) -> dict[int, float]:
    """The accuracy of samples left out, for each of ``COUNTS`` neighbours (or all others, if fewer).

    Each neighbour votes for its class with its cosine; a class without a neighbour is never chosen. Invariant
    to rotation and scale.
    """
    targets = decomposition.labelled.targets
    lengths = np.linalg.norm(decomposition.rows, axis=1, keepdims=True)
    rows = decomposition.rows / np.where(lengths > 0, lengths, 1.0)
    cosines, nearest = _nearest(rows, count=min(max(COUNTS), len(rows) - 1))
    return {
        count: float((_voted(targets[nearest[:, :count]], cosines[:, :count]) == targets).mean())
        for count in COUNTS
    }


def _nearest(rows: Floats, *, count: int) -> tuple[Floats, Integers]:
    """Cosines and indices [N, count] of each sample's nearest, nearest first, of unit rows [N, k].

    Tile by tile, never [N, N] at once; each tile is computed once and read both ways.
    """
    cosines = np.full((len(rows), count), -np.inf)
    nearest = np.zeros((len(rows), count), np.int64)
    tiles = [slice(start, start + _TILE) for start in range(0, len(rows), _TILE)]
    for number, here in enumerate(tiles):
        for there in tiles[number:]:
            similar = rows[here] @ rows[there].T
            if here == there:
                np.fill_diagonal(similar, -np.inf)
            else:
                _keep(cosines[there], nearest[there], similar.T, first=here.start)
            _keep(cosines[here], nearest[here], similar, first=there.start)
    order = np.argsort(-cosines, axis=1, kind="stable")
    return np.take_along_axis(cosines, order, axis=1), np.take_along_axis(nearest, order, axis=1)


def _keep(cosines: Floats, nearest: Integers, similar: Floats, *, first: int) -> None:
    """Put into [B, count] what is nearer in ``similar`` [B, M], the samples from ``first`` on."""
    count = cosines.shape[1]
    some = _largest(similar, count)
    found = np.concatenate([cosines, np.take_along_axis(similar, some, axis=1)], axis=1)
    samples = np.concatenate([nearest, some + first], axis=1)
    kept = _largest(found, count)
    cosines[:] = np.take_along_axis(found, kept, axis=1)
    nearest[:] = np.take_along_axis(samples, kept, axis=1)


def _largest(values: Floats, count: int) -> Integers:
    """Where the largest of each row are, in no order; all where there are no more."""
    columns = values.shape[1]
    if columns <= count:
        return np.broadcast_to(np.arange(columns), values.shape)
    return np.argpartition(values, columns - count, axis=1)[:, columns - count :]


def _voted(classes: Integers, cosines: Floats) -> Integers:
    """The class with the largest sum of cosines in each row of [B, k]; of two equal ones the smaller."""
    order = np.argsort(classes, axis=1, kind="stable")
    classes, cosines = np.take_along_axis(classes, order, axis=1), np.take_along_axis(cosines, order, axis=1)
    same = classes[:, :, None] == classes[:, None, :]
    votes = np.einsum("bij,bj->bi", same, cosines)
    found: Integers = np.take_along_axis(classes, votes.argmax(axis=1)[:, None], axis=1)[:, 0]
    return found
