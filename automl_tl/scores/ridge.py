"""Ridge regression onto one-hot classes, each sample left out in turn, for a whole path of penalties."""

from dataclasses import dataclass

import numpy as np

from automl_tl.scores.decomposition import Decomposition
from automl_tl.scores.labelled import Floats

# Times the mean eigenvalue of FᵀF over its min(N, D) largest, so that the scale of the features is no matter.
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
_BLOCK_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class RidgePath:
    """``penalties`` [L] as they were used, ascending, and the ``accuracies`` [L] of samples left out."""

    penalties: Floats
    accuracies: Floats

    @property
    def best(self) -> float:
        """The best accuracy on the path."""
        return float(self.accuracies.max())


def ridge_path(decomposition: Decomposition) -> RidgePath:
    """Leave-one-out accuracy at every penalty, from H_λ = F (FᵀF + λ)⁻¹ Fᵀ and its diagonal h.

    A sample left out is predicted as y − (y − H_λ y) / (1 − h), so the class it is taken for is the argmax of
    H_λ y with h taken off its own class.
    """
    labelled = decomposition.labelled
    sigma, mean = decomposition.eigenvalues, decomposition.mean
    trace = float(sigma.sum() + labelled.samples * (mean @ mean))
    penalties = np.array(PENALTIES) * trace / min(labelled.features.shape)
    right = [_right(decomposition, penalty=float(penalty)) for penalty in penalties]
    return RidgePath(penalties=penalties, accuracies=np.array(right) / labelled.samples)


def _right(decomposition: Decomposition, *, penalty: float) -> int:
    """How many samples are still taken for their own class when they are left out."""
    labelled, mean = decomposition.labelled, decomposition.mean
    shrunk = 1 / (decomposition.eigenvalues + penalty)
    along = mean * shrunk
    update = labelled.samples / (1 + labelled.samples * (mean @ along))
    weights = shrunk[:, None] * decomposition.sums - update * np.outer(along, along @ decomposition.sums)
    size = max(1, _BLOCK_BYTES // (8 * max(weights.shape)))
    right = 0
    for start in range(0, labelled.samples, size):
        rows, targets = decomposition.rows[start : start + size], labelled.targets[start : start + size]
        leverages = (rows * rows) @ shrunk - update * (rows @ along) ** 2
        fitted = rows @ weights
        fitted[np.arange(len(rows)), targets] -= leverages
        right += int(np.count_nonzero(fitted.argmax(axis=1) == targets))
    return right
