"""Whether a model is as sure as it is right."""

import numpy as np
from numpy.typing import NDArray

from automl_tl.proof.tallies import Probabilities, Targets

BINS = 15


def calibration_error(targets: Targets, probabilities: Probabilities, *, bins: int = BINS) -> float:
    """Expected calibration error of targets [N] and probabilities [N, C], in [0, 1]; 0 is best.

    The mean gap between confidence and accuracy over equally wide bins of confidence, weighted by their
    samples (Guo et al., ICML 2017).
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    is_right = (probabilities.argmax(axis=1) == targets).astype(np.float64)
    gaps = np.bincount(bin_of(confidence, bins=bins), weights=is_right - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / max(1, len(targets)))


def bin_of(confidence: NDArray[np.float64], *, bins: int = BINS) -> NDArray[np.int64]:
    """The bin, from 0, of each confidence [N]; 1 belongs to the last."""
    found: NDArray[np.int64] = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    return found
