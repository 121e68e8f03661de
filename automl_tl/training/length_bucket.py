"""Texts by length: a boundary is kept padded to the length of its bucket, not to that of the longest."""

import numpy as np
from numpy.typing import NDArray

_BUCKETS = 8


def bucket_lengths(lengths: NDArray[np.int64], *, longest: int) -> NDArray[np.int64]:
    """Each length, rounded up to one of eight in even steps up to ``longest``."""
    step = -(-longest // _BUCKETS)
    return np.minimum(-(-lengths // step) * step, longest)


def buckets(lengths: NDArray[np.int64], *, longest: int) -> dict[int, NDArray[np.int64]]:
    """The places, ascending, of the samples of each bucket by its length, shortest first."""
    rounded = bucket_lengths(lengths, longest=longest)
    return {int(length): np.flatnonzero(rounded == length) for length in np.unique(rounded)}
