"""The scores as they are usually computed: scikit-learn where it has the same thing, else as published."""

import math

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import RidgeClassifierCV
from sklearn.neighbors import NearestNeighbors

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def plain_panel(
    features: Floats, targets: Integers, *, source: Floats, penalties: Floats
) -> dict[str, float]:
    """Every score of features [N, D] and classes 0..C−1 [N], each computed by itself."""
    return {
        "logme": _logme(features, targets),
        "ridge": _ridge(features, targets, penalties),
        "h_score": _h_score(features, targets),
        **_neighbours(features, targets),
        **_ncti(features, targets),
        "leep": _leep(source, targets),
        "nce": _nce(source, targets),
    }


def _logme(features: Floats, targets: Integers) -> float:
    samples = len(features)
    u, s, _ = np.linalg.svd(features, full_matrices=False)
    rank = int((s > s[0] * max(features.shape) * np.finfo(float).eps).sum())
    u, sigma = u[:, :rank], s[:rank] ** 2
    return float(np.mean([_evidence(u, sigma, targets == c) for c in range(targets.max() + 1)])) / samples


def _evidence(u: Floats, sigma: Floats, is_class: NDArray[np.bool_]) -> float:
    samples, y = len(u), is_class.astype(np.float64)
    x2 = (u.T @ y) ** 2
    rest = max(0.0, float(y @ y - x2.sum()))
    alpha = beta = 1.0
    for _ in range(11):
        t = alpha / beta
        gamma = float((sigma / (sigma + t)).sum())
        weights2 = float((sigma * x2 / (t + sigma) ** 2).sum())
        errors2 = float((x2 / (1 + sigma / t) ** 2).sum()) + rest
        alpha, beta = gamma / (weights2 + 1e-5), (samples - gamma) / (errors2 + 1e-5)
        if abs(alpha / beta - t) / t < 1e-3:
            break
    determinant = len(sigma) * math.log(alpha) - float(np.log(alpha + beta * sigma).sum())
    fit = beta * errors2 + alpha * weights2
    return (determinant + samples * math.log(beta) - fit - samples * math.log(2 * math.pi)) / 2


def _ridge(features: Floats, targets: Integers, penalties: Floats) -> float:
    model = RidgeClassifierCV(alphas=penalties, fit_intercept=False, scoring="accuracy")
    return float(model.fit(features, targets).best_score_)


def _h_score(features: Floats, targets: Integers) -> float:
    covariance, shrinkage = ledoit_wolf(features)
    means = np.array([features[targets == c].mean(axis=0) for c in range(targets.max() + 1)])
    conditional = np.cov(means[targets].T)
    return float((1 - shrinkage) * np.trace(np.linalg.solve(covariance, conditional)))


def _neighbours(features: Floats, targets: Integers) -> dict[str, float]:
    most = min(20, len(features) - 1)
    model = NearestNeighbors(n_neighbors=most, metric="cosine", algorithm="brute").fit(features)
    distances, nearest = model.kneighbors()
    found = {}
    for count in (1, 5, 20):
        rows = zip(targets[nearest[:, :count]], 1 - distances[:, :count], strict=True)
        voted = np.array([np.bincount(classes, weights=cosines).argmax() for classes, cosines in rows])
        found[f"knn_{count}"] = float((voted == targets).mean())
    return found


def _ncti(features: Floats, targets: Integers) -> dict[str, float]:
    pca = PCA(n_components=min(64, *features.shape), svd_solver="auto", random_state=0)
    components = pca.fit_transform(features)
    shrinkage = max(math.exp(-float(pca.explained_variance_[:32].sum())), 1e-10)
    model = LinearDiscriminantAnalysis(solver="eigen", shrinkage=shrinkage)
    projected = model.fit_transform(components, targets)
    posteriors = model.predict_proba(components)
    classes = [posteriors[targets == c] for c in range(targets.max() + 1)]
    return {
        "ncti_confidence": float(posteriors[np.arange(len(targets)), targets].mean()),
        "ncti_spread": float(np.linalg.norm(projected - projected.mean(axis=0), ord="nuc")),
        "ncti_tightness": -math.log(sum(float(np.linalg.norm(rows, ord="nuc")) for rows in classes)),
    }


def _leep(source: Floats, targets: Integers) -> float:
    joint = np.array([source[targets == c].sum(axis=0) for c in range(targets.max() + 1)]) / len(source)
    given = joint / joint.sum(axis=0, keepdims=True)
    expected = source @ given.T
    return float(np.log(expected[np.arange(len(targets)), targets]).mean())


def _nce(source: Floats, targets: Integers) -> float:
    hard = source.argmax(axis=1)
    counts = np.zeros((targets.max() + 1, source.shape[1]))
    np.add.at(counts, (targets, hard), 1)
    return float(np.log(counts[targets, hard] / counts.sum(axis=0)[hard]).mean())
