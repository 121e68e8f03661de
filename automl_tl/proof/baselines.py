"""What a model has to stand beside: the majority, and the better of two cheap classifiers on small pixels."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from automl_tl.proof.metrics import measure
from automl_tl.proof.tallies import Floats, Targets
from automl_tl.steps import step

SIDE = 16  # pixels of a side, as the cheap classifiers see a picture
MOST_SAMPLES = 5000  # of training; a baseline must stay cheap
_COMPONENTS = 128
_CHUNK = 256
Pictures = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Pictures uint8 [N, C, S, S] (a mapped file will do) and their targets int64 [N]."""

    pictures: Pictures
    targets: Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Probabilities [N, C] on the pictures that were asked for; ``detail`` says which classifier won."""

    probabilities: Floats
    detail: str


def majority(targets: Targets, *, classes: int, samples: int) -> Baseline:
    """Every sample gets the classes' shares in training ``targets`` [N], so the most frequent is called."""
    shares = np.bincount(targets, minlength=classes) / max(1, len(targets))
    return Baseline(probabilities=np.tile(shares, (samples, 1)), detail="always the most frequent class")


def cheap(
    train: Labelled, validation: Labelled, asked: Pictures, *, classes: int, metric: str, seed: int
) -> Baseline:
    """Logistic regression or k-nearest neighbours, the better on validation, read on ``asked`` [N, C, S, S].

    Both see area averages of ``SIDE`` × ``SIDE`` pixels, and at most ``MOST_SAMPLES`` drawn training samples.
    """
    kept = drawn(len(train.targets), seed=seed, most=MOST_SAMPLES)
    rows = Rows(
        train=shrink(train.pictures[kept]),
        targets=train.targets[kept],
        validation=shrink(validation.pictures),
        validation_targets=validation.targets,
        asked=shrink(asked),
    )
    side = min(SIDE, train.pictures.shape[-1])
    return better_of(rows, sight=f"{side}×{side} pixels", classes=classes, metric=metric, seed=seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What cheap classifiers are fitted on, chosen by, and asked about: float32 [N, F], and targets [N]."""

    train: NDArray[np.float32]
    targets: Targets
    validation: NDArray[np.float32]
    validation_targets: Targets
    asked: NDArray[np.float32]


def better_of(rows: Rows, *, sight: str, classes: int, metric: str, seed: int) -> Baseline:
    """Logistic regression or k-nearest neighbours, the better on validation; ``sight`` says what they see."""
    value = measure(metric)
    best: tuple[float, str, Any] | None = None
    for name, classifier in _classifiers(rows.train, seed=seed):
        step()
        fitted = _fitted(classifier, rows.train, rows.targets)
        found = value(rows.validation_targets, probabilities_of(fitted, rows.validation, classes=classes))
        if best is None or found > best[0]:
            best = (found, name, fitted)
    assert best is not None
    _, name, fitted = best
    return Baseline(
        probabilities=probabilities_of(fitted, rows.asked, classes=classes), detail=f"{name} on {sight}"
    )


def shrink(pictures: Pictures, *, side: int = SIDE) -> NDArray[np.float32]:
    """Pictures uint8 [N, C, S, S] as rows of area averages in [0, 1], [N, C · side · side]."""
    size = pictures.shape[-1]
    overlap = _overlaps(size, min(side, size))
    rows = [
        (overlap @ (pictures[start : start + _CHUNK].astype(np.float32) / 255) @ overlap.T)
        for start in range(0, len(pictures), _CHUNK)
    ]
    return np.concatenate(rows).reshape(len(pictures), -1).astype(np.float32)


def _overlaps(size: int, side: int) -> NDArray[np.float32]:
    """The share that each of ``size`` pixels has in each of ``side`` cells, [side, size]; rows sum to 1."""
    edges = np.arange(side + 1) * size / side
    pixel = np.arange(size)
    low = np.maximum(edges[:-1, None], pixel[None, :])
    high = np.minimum(edges[1:, None], pixel[None, :] + 1)
    shares: NDArray[np.float32] = (np.clip(high - low, 0, None) * side / size).astype(np.float32)
    return shares


def drawn(samples: int, *, seed: int, most: int) -> NDArray[np.int64]:
    """The rows that a baseline is fitted on, ascending: all of them, or ``most`` at random."""
    if samples <= most:
        return np.arange(samples)
    return np.sort(np.random.default_rng([seed, 2]).choice(samples, most, replace=False))


def _classifiers(pixels: NDArray[np.float32], *, seed: int) -> Iterator[tuple[str, Any]]:
    samples, features = pixels.shape
    components = PCA(
        max(1, min(_COMPONENTS, features, samples - 1)), svd_solver="covariance_eigh", random_state=seed
    )
    reduction = make_pipeline(StandardScaler(), components).fit(pixels)  # once: it costs more than the rest
    for strength in (0.01, 0.1, 1.0):
        yield (
            f"logistic regression (C = {strength:g})",
            make_pipeline(FrozenEstimator(reduction), LogisticRegression(C=strength, max_iter=200)),
        )
    for neighbours in (1, 5):
        if neighbours <= samples:
            yield (
                f"k-nearest neighbours (k = {neighbours})",
                KNeighborsClassifier(neighbours, weights="distance", algorithm="brute"),
            )


def _fitted(classifier: Any, pixels: NDArray[np.float32], targets: Targets) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is near enough for a baseline
        return classifier.fit(pixels, targets)


def probabilities_of(fitted: Any, features: Any, *, classes: int) -> Floats:
    """Probabilities [N, C] of ``features`` [N, F]; a class that training never showed has probability 0."""
    probabilities = np.zeros((features.shape[0], classes))
    probabilities[:, fitted.classes_] = fitted.predict_proba(features)
    return probabilities
