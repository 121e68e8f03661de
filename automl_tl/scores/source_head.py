"""Scores that read the candidate's own classifier: LEEP, NCE."""

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import Unscorable
from automl_tl.scores.labelled import Floats, Labelled

_BLOCK = 512  # samples whose source probabilities are read at once


def leep(labelled: Labelled, source: NDArray[np.floating]) -> float:
    """Mean ln Σ_z P(y | z) θ_z(x) of source-class probabilities θ [N, Z] (Nguyen et al., ICML 2020); ≤ 0."""
    source = _checked(labelled, source)
    given = _given(labelled.sums(source))
    blocks = range(0, labelled.samples, _BLOCK)
    expected = [
        np.einsum("nz,nz->n", source[start : start + _BLOCK], given[labelled.targets[start : start + _BLOCK]])
        for start in blocks
    ]
    return float(np.log(np.concatenate(expected)).mean())


def nce(labelled: Labelled, source: NDArray[np.floating]) -> float:
    """Mean ln P(y | z) with z the likeliest source class (Tran et al., ICCV 2019): −H(y | z); ≤ 0."""
    hard = _checked(labelled, source).argmax(axis=1)
    joint = np.zeros((labelled.classes, source.shape[1]))
    np.add.at(joint, (labelled.targets, hard), 1.0)
    return float(np.log(_given(joint)[labelled.targets, hard]).mean())


def _given(joint: Floats) -> Floats:
    """P(y | z) from what is proportional to P(y, z), [C, Z]."""
    found: Floats = joint / np.maximum(joint.sum(axis=0), np.finfo(np.float64).tiny)
    return found


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
