"""Values of different datasets on one scale: how far below the dataset's best, in units of its spread."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FAR = 3.0  # spreads below the best at which it no longer matters how far: what failed is just bad
_LEAST = 5e-3  # the smallest spread, relative to the best value: half a point where that is 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A dataset's best value and its spread, both in points."""

    best: float
    spread: float

    def gaps(self, values: Sequence[float] | Floats) -> Floats:
        """Values as (value − best) ÷ spread: 0 is the best, −1 a usual distance from it."""
        return (np.asarray(values, dtype=np.float64) - self.best) / self.spread


def scale_of(values: Sequence[float] | Floats) -> Scale:
    """The scale of one dataset's values.

    The spread is the root mean square gap of the better half, since how bad the bad ones are says nothing
    about how close the good ones lie together.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))[::-1]
    best = float(ordered[0])
    upper = best - ordered[: max(2, (len(ordered) + 1) // 2)]
    return Scale(best=best, spread=max(float(np.sqrt(np.mean(upper**2))), _LEAST * max(1.0, abs(best))))


def clipped(gaps: Floats) -> Floats:
    """Gaps no farther than ``FAR``."""
    return np.maximum(gaps, -FAR)
