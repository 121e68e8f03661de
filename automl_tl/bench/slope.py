"""How fast something grows, and how fast it may at most, from looks that depend on each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_BLOCKS = 10
_T_8 = 2.306  # 97.5 % of Student's t with 8 degrees of freedom: ten blocks, two numbers fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """Growth a step, and the upper end of its 95 % interval."""

    mean: float
    high: float


def slope(looks: Sequence[tuple[float, float]]) -> Slope:
    """Of (step, value) in order: a line through the means of ten blocks, whose noise is nearly independent.

    Raises ValueError for fewer than two looks a block.
    """
    if len(looks) < 2 * _BLOCKS:
        raise ValueError(f"{len(looks)} looks tell no slope: expected {2 * _BLOCKS} or more")
    steps, values = np.array([np.mean(block, axis=0) for block in np.array_split(looks, _BLOCKS)]).T
    spread = steps - steps.mean()
    mean = float(spread @ values / (spread @ spread))
    residuals = values - values.mean() - mean * spread
    error = float(np.sqrt((residuals @ residuals) / (_BLOCKS - 2) / (spread @ spread)))
    return Slope(mean=mean, high=mean + _T_8 * error)
