"""Scores that read the candidate's own classifier: LEEP, NCE."""

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import Unscorable
from automl_tl.scores.labelled import Floats, Labelled


def leep(labelled: Labelled, source: NDArray[np.floating]) -> float:
    """Mean ln Σ_z P(y | z) θ_z(x) of source-class probabilities θ [N, Z] (Nguyen et al., ICML 2020); ≤ 0."""
    source = _checked(labelled, source)
    joint = labelled.sums(source)  # N P(y, z)
    given = joint / np.maximum(joint.sum(axis=0), np.finfo(np.float64).tiny)
    expected = np.einsum("nz,nz->n", source, given[labelled.targets])
    return float(np.log(expected).mean())


def nce(labelled: Labelled, source: NDArray[np.floating]) -> float:
    """Mean ln P(y | z) with z the likeliest source class (Tran et al., ICCV 2019): −H(y | z); ≤ 0."""
    source = _checked(labelled, source)
    hard = np.zeros_like(source)
    hard[np.arange(len(source)), source.argmax(axis=1)] = 1.0
    return leep(labelled, hard)


def _checked(labelled: Labelled, source: NDArray[np.floating]) -> Floats:
    if source.ndim != 2 or len(source) != labelled.samples:
        raise Unscorable(
            f"source probabilities of shape {source.shape}, but a row for each of {labelled.samples} samples "
            "is expected"
        )
    found = np.asarray(source, np.float64)
    if not np.isfinite(found).all() or found.min() < 0 or np.abs(found.sum(axis=1) - 1).max() > 1e-3:
        raise Unscorable("source probabilities of a sample that do not sum to one")
    return found
