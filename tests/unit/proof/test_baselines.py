"""The baselines are real classifiers on small pixels, chosen on validation."""

import numpy as np
from sklearn.datasets import load_digits

from automl_tl.proof.baselines import Labelled, cheap, majority, shrink


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Grey digits, uint8 [N, 1, 32, 32], and their targets."""
    data = load_digits()
    pictures = (data.images * 15.9).astype(np.uint8)[:, None].repeat(4, axis=2).repeat(4, axis=3)
    return pictures, data.target.astype(np.int64)


def test_shrinking_averages_areas() -> None:
    picture = np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4)

    halved, uneven = shrink(picture, side=2), shrink(picture, side=3)

    np.testing.assert_allclose(halved[0] * 255, [2.5, 4.5, 10.5, 12.5], rtol=1e-5)
    np.testing.assert_allclose(uneven.mean() * 255, picture.mean(), rtol=1e-5)


def test_pictures_smaller_than_the_side_stay_as_they_are() -> None:
    picture = np.full((2, 3, 8, 8), 255, np.uint8)

    assert shrink(picture).shape == (2, 3 * 8 * 8)


def test_majority_calls_the_most_frequent_class() -> None:
    baseline = majority(np.array([1, 1, 0]), classes=3, samples=2)

    np.testing.assert_allclose(baseline.probabilities, [[1 / 3, 2 / 3, 0]] * 2)


def test_cheap_reads_digits_and_says_which_classifier_won() -> None:
    pictures, targets = digits()
    train = Labelled(pictures=pictures[:600], targets=targets[:600])
    validation = Labelled(pictures=pictures[600:900], targets=targets[600:900])

    baseline = cheap(train, validation, pictures[900:1200], classes=10, metric="accuracy", seed=0)

    assert baseline.probabilities.shape == (300, 10)
    np.testing.assert_allclose(baseline.probabilities.sum(axis=1), 1, rtol=1e-6)
    assert (baseline.probabilities.argmax(axis=1) == targets[900:1200]).mean() > 0.9
    assert "on 16×16 pixels" in baseline.detail


def test_a_class_that_training_lacks_has_probability_zero() -> None:
    pictures, targets = digits()
    seen = targets < 9
    train = Labelled(pictures=pictures[seen][:200], targets=targets[seen][:200])

    baseline = cheap(train, train, pictures[:20], classes=10, metric="accuracy", seed=0)

    assert (baseline.probabilities[:, 9] == 0).all()
