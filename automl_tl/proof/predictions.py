"""One contender's predictions on a split, as a worker wrote them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.proof.tallies import Probabilities, Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Targets int64 [N] and probabilities float [N, C], in the order of the split's samples."""

    targets: Targets
    probabilities: Probabilities

    def of(self, rows: NDArray[np.bool_]) -> "Predictions":
        """Those of some samples [N]."""
        return Predictions(targets=self.targets[rows], probabilities=self.probabilities[rows])


def read_predictions(path: str | Path) -> Predictions:
    """The predictions that a worker wrote; nothing pickled is read."""
    with np.load(path, allow_pickle=False) as arrays:
        return Predictions(targets=arrays["targets"].astype(np.int64), probabilities=arrays["probabilities"])
