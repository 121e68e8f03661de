"""Texts by length: what is kept and trained together is padded to its bucket, not to the longest text."""

import numpy as np
from numpy.typing import NDArray

_BUCKETS = 8


def bucket_lengths(lengths: NDArray[np.int64], *, longest: int) -> NDArray[np.int64]:
    """Each length, rounded up to one of eight in even steps up to ``longest``."""
    step = -(-longest // _BUCKETS)
    return np.minimum(-(-lengths // step) * step, longest)


def buckets(lengths: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    """The places, ascending, of the samples of each bucket by its length, shortest first."""
    return {int(length): np.flatnonzero(lengths == length) for length in np.unique(lengths)}
