"""Which samples are nearly the same, whatever they are of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class NearCopies:
    """``pairs`` int [n, 2] of places of samples, the likeness of each [n], and from which on they count."""

    pairs: NDArray[np.int32]
    likeness: NDArray[np.float32]
    threshold: float


def none_near(threshold: float) -> NearCopies:
    """No pair at all."""
    return NearCopies(
        pairs=np.empty((0, 2), dtype=np.int32),
        likeness=np.empty(0, dtype=np.float32),
        threshold=threshold,
    )
