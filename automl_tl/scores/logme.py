"""LogME: the evidence of a Bayesian linear model on the features (You et al., ICML 2021, JMLR 2022)."""

import numpy as np

from automl_tl.scores.decomposition import Decomposition
from automl_tl.scores.labelled import Floats

_ROUNDS = 11
_CLOSE = 1e-3
_NUDGE = 1e-5
_CLASSES = 64  # whose fixpoints are searched together: what fits into a core's cache


def logme(decomposition: Decomposition) -> float:
    """The log evidence a sample, mean over classes; greater is better.

    The term in ln α counts the rank of the features, as the derivation does. (Code that counts their width
    instead is wrong where there are fewer samples than features.) Not invariant to scale: α = β = 1 at first.
    """
    counts = decomposition.labelled.counts.astype(np.float64)
    parts = [
        _evidence(decomposition, sums=decomposition.sums[:, block], counts=counts[block])
        for block in _blocks(len(counts))
    ]
    return float(np.concatenate(parts).mean())


def _blocks(classes: int) -> list[slice]:
    return [slice(start, start + _CLASSES) for start in range(0, classes, _CLASSES)]


def _evidence(decomposition: Decomposition, *, sums: Floats, counts: Floats) -> Floats:
    """The evidence a sample of each class [B]; ``sums`` is FᵀY [k, B], ``counts`` its |y|²."""
    samples = decomposition.labelled.samples
    found = np.empty_like(counts)
    open_, alpha, beta = np.arange(len(counts)), np.ones_like(counts), np.ones_like(counts)
    for round_ in range(_ROUNDS):
        before = alpha / beta
        gamma, weights2, errors2 = _moments(decomposition, sums=sums, counts=counts, ratio=before)
        alpha = gamma / (weights2 + _NUDGE)
        beta = (samples - gamma) / (errors2 + _NUDGE)
        is_last = round_ == _ROUNDS - 1
        done = (np.abs(alpha / beta - before) / before < _CLOSE) | is_last
        fit = beta / 2 * errors2 + alpha / 2 * weights2
        found[open_[done]] = (
            samples / 2 * np.log(beta[done] / (2 * np.pi))
            - _half_log_determinant(decomposition, ratio=(alpha / beta)[done])
            - fit[done]
        )
        rest = ~done
        open_, sums, counts, alpha, beta = open_[rest], sums[:, rest], counts[rest], alpha[rest], beta[rest]
        if not len(open_):
            break
    return found / samples


def _moments(
    decomposition: Decomposition, *, sums: Floats, counts: Floats, ratio: Floats
) -> tuple[Floats, Floats, Floats]:
    """γ, |m|² and |Fm − y|² of the posterior means m = (FᵀF + t)⁻¹ Fᵀy for each t of ``ratio`` [B]."""
    sigma, mean = decomposition.eigenvalues, decomposition.mean
    shrunk = 1 / (sigma[:, None] + ratio)
    along = mean[:, None] * shrunk
    update = _update(decomposition, mean @ along)
    weights = shrunk * sums - along * (update * np.einsum("kb,kb->b", along, sums))
    weights2 = np.einsum("kb,kb->b", weights, weights)
    gamma = sigma @ shrunk + ratio * update * np.einsum("kb,kb->b", along, along)
    errors2 = counts - np.einsum("kb,kb->b", sums, weights) - ratio * weights2
    return gamma, weights2, np.maximum(errors2, 0.0)


def _half_log_determinant(decomposition: Decomposition, *, ratio: Floats) -> Floats:
    """½ ln det(1 + FᵀF / t): what k/2 ln α − ½ Σ ln(α + βσ) is but for its sign."""
    sigma, mean = decomposition.eigenvalues, decomposition.mean
    spread = np.log1p(sigma[:, None] / ratio).sum(axis=0)
    along = (mean**2) @ (1 / (sigma[:, None] + ratio))
    found: Floats = 0.5 * (spread + np.log1p(decomposition.labelled.samples * along))
    return found


def _update(decomposition: Decomposition, along: Floats) -> Floats:
    samples = decomposition.labelled.samples
    return samples / (1 + samples * along)
