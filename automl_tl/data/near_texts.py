"""Near copies of texts: one text in other case, signs and spaces, or a long one with little changed."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.near import NearCopies
from automl_tl.data.text_sketch import HASHES, parts_of
from automl_tl.steps import step

LEAST_LIKE = 0.8
"""Jaccard's index of the parts of two texts from which on they are copies."""

FEWEST_PARTS = 60
"""In shorter texts a word makes the meaning: they are copies where nothing but case and signs differs."""

_BANDS = 8  # of four hashes: of pairs with an index of 0.8, 98 in 100 agree in one
_ODD = np.uint64(0x9E3779B97F4A7C15)  # mixes the two halves of a band
_REACH = 8  # neighbours that are compared of those who agree
_BYTES_AT_ONCE = 2**25  # their parts take eight times that
_LEAST_SHARED = 0.6  # of the 32 hashes
_TOLERANCE = 0.75  # of lengths: with an index of 0.8 they differ by a fifth at most


def near_texts(
    sketches: NDArray[np.void],
    files: NDArray[np.intp],
    read: Callable[[Sequence[int]], Iterable[bytes]],
) -> NearCopies:
    """The pairs of near copies among ``files``, rows of sketches of texts that differ; pairs are of places.

    ``read`` gives the texts at some places, in that order; only those that may be copies are read again.
    """
    length = sketches["parts"][files]
    same = _neighbours(sketches["whole"][files], reach=1)
    same = same[length[same[:, 0]] > 1]  # not those of which nothing is left to compare
    found = _candidates(sketches["least"][files])
    shorter, longer = (pick(length[found[:, 0]], length[found[:, 1]]) for pick in (np.minimum, np.maximum))
    found = found[(shorter >= FEWEST_PARTS) & (shorter >= _TOLERANCE * longer)]
    alike = _compared(found, read, sizes=length)
    pairs = np.concatenate([same, found[alike >= LEAST_LIKE]])
    likeness = np.concatenate([np.ones(len(same), dtype=np.float32), alike[alike >= LEAST_LIKE]])
    _, firsts = np.unique(pairs, axis=0, return_index=True)
    return NearCopies(pairs=pairs[firsts], likeness=likeness[firsts], threshold=LEAST_LIKE)


def _candidates(least: NDArray[np.uint32]) -> NDArray[np.int32]:
    """Pairs [n, 2] of texts that agree in a band of hashes, and in most hashes; n log n steps."""
    width = HASHES // _BANDS
    found = [np.empty((0, 2), dtype=np.int32)]
    for band in range(_BANDS):
        step()
        halves = np.ascontiguousarray(least[:, band * width : (band + 1) * width]).view("<u8")
        pairs = _neighbours(halves[:, 0] * _ODD ^ halves[:, 1], reach=_REACH)
        shared = (least[pairs[:, 0]] == least[pairs[:, 1]]).mean(axis=1)
        found.append(pairs[shared >= _LEAST_SHARED])
    return np.unique(np.concatenate(found), axis=0)


def _neighbours(keys: NDArray[np.uint64], *, reach: int) -> NDArray[np.int32]:
    """Pairs [n, 2] of rows with the same key; of many such rows, those next to each other."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    found = [np.empty((0, 2), dtype=np.int32)]
    for apart in range(1, min(reach + 1, len(order))):
        (place,) = np.nonzero(ordered[apart:] == ordered[:-apart])
        pairs = np.stack([order[place], order[place + apart]], axis=1)
        found.append(np.sort(pairs, axis=1).astype(np.int32))
    return np.concatenate(found)


def _compared(
    pairs: NDArray[np.int32], read: Callable[[Sequence[int]], Iterable[bytes]], *, sizes: NDArray[np.uint32]
) -> NDArray[np.float32]:
    """Jaccard's index of each pair; texts are read so many at once that they fit into memory."""
    found = np.empty(len(pairs), dtype=np.float32)
    portion = np.cumsum(sizes[pairs].sum(axis=1, dtype=np.int64)) // _BYTES_AT_ONCE
    for number in np.unique(portion):
        step()
        (rows,) = np.nonzero(portion == number)
        places = np.unique(pairs[rows]).tolist()
        parts = dict(zip(places, map(parts_of, read(places)), strict=True))
        found[rows] = [_jaccard(parts[one], parts[other]) for one, other in pairs[rows].tolist()]
    return found


def _jaccard(ones: NDArray[np.uint64], others: NDArray[np.uint64]) -> float:
    """The share of parts that two texts have in common, of all that they have."""
    shared = len(np.intersect1d(ones, others, assume_unique=True))
    return shared / (len(ones) + len(others) - shared)
