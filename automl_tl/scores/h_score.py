"""The regularised H-score (Bao et al., ICIP 2019; shrunk as in Ibrahim et al., arXiv 2110.06893)."""

import numpy as np

from automl_tl.scores.decomposition import Decomposition


def h_score(decomposition: Decomposition) -> float:
    """(1 − a) Σ_c n_c / (N − 1) (μ_c − μ)ᵀ Σ_a⁻¹ (μ_c − μ), a the shrinkage of Ledoit & Wolf; ≥ 0.

    Σ_a = (1 − a) S + a tr(S) / D, S the covariance over N. Invariant to rotation, shift and scale.
    """
    labelled = decomposition.labelled
    samples, dimensions = labelled.features.shape
    variances = decomposition.eigenvalues[:-1] / samples
    level = float(variances.sum()) / dimensions
    shrinkage = _shrinkage(decomposition)
    spread = (1 - shrinkage) * variances + shrinkage * level
    distances = decomposition.centred_sums**2 / labelled.counts[:, None]  # n_c (μ_c − μ)²
    return float((1 - shrinkage) * (distances.sum(axis=0) / spread).sum() / (samples - 1))


def _shrinkage(decomposition: Decomposition) -> float:
    """Ledoit & Wolf (2004): how far the covariance is drawn to a multiple of the identity, in [0, 1]."""
    samples, dimensions = decomposition.labelled.features.shape
    variances = decomposition.eigenvalues[:-1] / samples
    lengths2 = np.einsum("nk,nk->n", decomposition.centred, decomposition.centred)
    squares = float(variances @ variances)
    distance = squares - float(variances.sum()) ** 2 / dimensions
    noise = min(distance, (float(lengths2 @ lengths2) / samples - squares) / samples)
    return max(0.0, noise / distance) if distance > 0 else 0.0
