"""Features of drawn classes: more samples than features and fewer, degenerate ones, far from zero."""

import numpy as np

Drawn = tuple[np.ndarray, np.ndarray]


def drawn(samples: int, features: int, classes: int, *, seed: int = 0, apart: float = 0.25) -> Drawn:
    """Classes of at least two samples, around centres ``apart``; numbered from 3 in steps of 2."""
    draw = np.random.default_rng(seed)
    targets = np.concatenate(
        [np.repeat(np.arange(classes), 2), draw.integers(0, classes, samples - 2 * classes)]
    )
    centres = draw.normal(size=(classes, features)) * apart
    rows = centres[targets] + draw.normal(size=(samples, features)) * np.logspace(0, -1, features)
    return rows, 3 + 2 * targets


def _rank_deficient() -> Drawn:
    rows, targets = drawn(60, 12, 4, seed=5)
    mixed = np.random.default_rng(6).normal(size=(12, 30))
    return rows @ mixed, targets


def _constant_columns() -> Drawn:
    rows, targets = drawn(50, 20, 3, seed=7)
    rows[:, 3], rows[:, 4] = 0.0, 7.0
    return rows, targets


def _far_from_zero() -> Drawn:
    rows, targets = drawn(80, 30, 4, seed=8)
    return rows + 100.0, targets


def _rectified() -> Drawn:
    rows, targets = drawn(70, 100, 5, seed=9)
    return np.maximum(rows, 0.0), targets


CASES: dict[str, Drawn] = {
    "many-samples": drawn(120, 20, 4),
    "few-samples": drawn(90, 140, 3, seed=1),
    "as-many": drawn(40, 40, 3, seed=2),
    "many-classes": drawn(100, 30, 20, seed=3),
    "many-classes-few-samples": drawn(100, 150, 20, seed=4),
    "two-classes": drawn(50, 8, 2, seed=10),
    "rank-deficient": _rank_deficient(),
    "constant-columns": _constant_columns(),
    "far-from-zero": _far_from_zero(),
    "rectified": _rectified(),
    "small-scale": (drawn(60, 20, 3, seed=11)[0] * 1e-3, drawn(60, 20, 3, seed=11)[1]),
    "large-scale": (drawn(80, 90, 3, seed=12)[0] * 1e3, drawn(80, 90, 3, seed=12)[1]),
    "separable": drawn(80, 90, 3, seed=13, apart=5.0),
}


def source_of(samples: int, *, classes: int = 7, seed: int = 0) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(size=(samples, classes)) * 2
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
