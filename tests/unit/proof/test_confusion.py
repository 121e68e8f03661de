"""Where a contender errs, counted by hand on ten samples of three classes."""

import numpy as np
import pytest

from automl_tl.proof.calibration import calibration_error
from automl_tl.proof.confusion import Confused, Confusion, confusion_of, without_temperature
from automl_tl.proof.predictions import Predictions

CLASSES = ("cat", "dog", "owl")
TARGETS = (0, 0, 0, 0, 1, 1, 1, 1, 2, 2)
CALLS = (0, 0, 0, 1, 1, 1, 0, 0, 2, 1)


def predictions() -> Predictions:
    """Every call is made with 0.8, and the other two classes get 0.1 each."""
    return Predictions(targets=np.array(TARGETS), probabilities=np.eye(3)[list(CALLS)] * 0.7 + 0.1)


def judged() -> Confusion:
    return confusion_of(predictions(), classes=CLASSES)


def test_every_class_has_its_recall_and_its_precision() -> None:
    cat, dog, owl = judged().classes

    assert (cat.samples, cat.hits, cat.calls) == (4, 3, 5)
    assert (cat.recall, cat.precision) == (0.75, 0.6)
    assert (dog.recall, dog.precision) == (0.5, 0.5)
    assert (owl.recall, owl.precision) == (0.5, 1.0)
    # Wilson's 95 % interval of 3 in 4.
    assert (cat.interval.low, cat.interval.high) == pytest.approx((0.3006, 0.9544), abs=1e-4)


def test_pairs_that_are_confused_come_commonest_first() -> None:
    assert judged().confused[0] == Confused(true="dog", called="cat", samples=2)
    assert {(pair.true, pair.called) for pair in judged().confused[1:]} == {("cat", "dog"), ("owl", "dog")}
    assert judged().errors == 4


def test_worst_classes_come_first_and_of_equal_ones_the_larger() -> None:
    assert [found.label for found in judged().worst(3)] == ["dog", "owl", "cat"]


def test_a_class_without_a_sample_or_a_call_has_no_share() -> None:
    found = confusion_of(predictions(), classes=(*CLASSES, "yak")).classes[-1]

    assert (found.samples, found.recall, found.precision) == (0, None, None)
    assert all(
        judged.label != "yak" for judged in confusion_of(predictions(), classes=(*CLASSES, "yak")).worst(9)
    )


def test_bins_are_those_of_the_calibration_error() -> None:
    generator = np.random.default_rng(3)
    probabilities = generator.dirichlet(np.ones(4), 500)
    targets = generator.integers(0, 4, 500)

    bins = confusion_of(
        Predictions(targets=targets, probabilities=probabilities), classes=tuple("abcd")
    ).calibrated

    gap = sum(abs(found.accuracy - found.confidence) * found.samples for found in bins) / 500
    assert gap == pytest.approx(calibration_error(targets, probabilities))
    assert sum(found.samples for found in bins) == 500
    assert all(found.low <= found.confidence <= found.high for found in bins)


def test_the_temperature_can_be_taken_out_again() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (50, 6))

    def softmax(values: np.ndarray) -> np.ndarray:
        raised = np.exp(values - values.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)

    found = without_temperature(softmax(logits / 1.7).astype(np.float32), temperature=1.7)

    np.testing.assert_allclose(found, softmax(logits), atol=1e-6)


def test_plain_bins_show_what_the_temperature_changed() -> None:
    cold = confusion_of(predictions(), classes=CLASSES, temperature=2.0)

    # 0.8² ÷ (0.8² + 2 · 0.1²) = 0.9697
    assert cold.plain[0].confidence == pytest.approx(0.64 / 0.66)
    assert cold.calibrated[0].confidence == pytest.approx(0.8)
