"""What a metric needs of each sample, so that any weighting of the samples is one matrix product."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Targets = NDArray[np.int64]
Probabilities = NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallies:
    """Weighted counts by class, each [R, C] for R weightings of the samples.

    ``hits``: samples of the class that were called so; ``targets``: samples of the class; ``calls``: samples
    called so.
    """

    hits: Floats
    targets: Floats
    calls: Floats


def tallies(targets: Targets, probabilities: Probabilities, *, weights: Floats) -> Tallies:
    """Counts of targets [N], probabilities [N, C] under weights [R, N]; of equal classes the first counts."""
    classes = probabilities.shape[1]
    calls = probabilities.argmax(axis=1)
    is_target = np.eye(classes)[targets]
    is_call = np.eye(classes)[calls]
    return Tallies(hits=weights @ (is_target * is_call), targets=weights @ is_target, calls=weights @ is_call)
