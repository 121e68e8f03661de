"""Predictions that cannot be: found, said, and counted as misses."""

import numpy as np

from automl_tl.proof.tallies import Probabilities, Targets


def mended(targets: Targets, probabilities: Probabilities) -> tuple[Probabilities, str]:
    """The probabilities [N, C] of targets [N], and what was wrong with them (nothing: an empty text).

    A sample whose probabilities are no numbers, or below 0, counts as a miss of full confidence, so that
    whoever gave them gains nothing by it.
    """
    is_wrong = ~(np.isfinite(probabilities) & (probabilities >= 0)).all(axis=1)
    wrong = int(is_wrong.sum())
    if not wrong:
        return probabilities, ""
    classes = probabilities.shape[1]
    repaired = probabilities.copy()
    repaired[is_wrong] = np.eye(classes, dtype=probabilities.dtype)[(targets[is_wrong] + 1) % classes]
    return repaired, f"gives {wrong} of {len(targets)} samples predictions that are not numbers"
