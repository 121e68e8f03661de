"""Every metric agrees with scikit-learn's, under weights too."""

import numpy as np
import pytest
from sklearn import metrics as reference

from automl_tl.errors import RequestError
from automl_tl.proof.calibration import calibration_error
from automl_tl.proof.metrics import METRICS, measure, weighted_measure

REFERENCES = {
    "accuracy": lambda y, p: reference.accuracy_score(y, p.argmax(1)),
    "balanced_accuracy": lambda y, p: reference.balanced_accuracy_score(y, p.argmax(1)),
    "macro_f1": lambda y, p: reference.f1_score(y, p.argmax(1), average="macro"),
    "log_loss": lambda y, p: -reference.log_loss(y, p),
    "auroc": lambda y, p: reference.roc_auc_score(y, p[:, 1] if p.shape[1] == 2 else p, multi_class="ovr"),
    "mcc": lambda y, p: reference.matthews_corrcoef(y, p.argmax(1)),
}


def drawn(classes: int, *, samples: int = 120) -> tuple[np.ndarray, np.ndarray]:
    randomness = np.random.default_rng(classes)
    targets = randomness.integers(0, classes, samples)
    scores = randomness.random((samples, classes)).round(1) + 0.05  # rounded: ties
    scores[np.arange(samples), targets] += 0.3
    return targets, scores / scores.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("metric", METRICS)
def test_agrees_with_scikit_learn(metric: str, classes: int) -> None:
    targets, probabilities = drawn(classes)

    assert measure(metric)(targets, probabilities) == pytest.approx(
        REFERENCES[metric](targets, probabilities)
    )


@pytest.mark.parametrize("metric", METRICS)
def test_a_weight_of_two_is_a_sample_seen_twice(metric: str) -> None:
    targets, probabilities = drawn(3)
    counts = np.random.default_rng(0).integers(0, 3, len(targets))
    again = np.repeat(np.arange(len(targets)), counts)

    weighted = weighted_measure(metric)(targets, probabilities, counts[None, :].astype(float))

    assert weighted[0] == pytest.approx(measure(metric)(targets[again], probabilities[again]))


@pytest.mark.parametrize("metric", METRICS)
def test_perfect_predictions_are_the_best_there_is(metric: str) -> None:
    targets, probabilities = drawn(4)

    perfect = measure(metric)(targets, np.eye(4)[targets])

    assert perfect > measure(metric)(targets, probabilities)
    assert perfect == pytest.approx(0.0 if metric == "log_loss" else 1.0)


def test_an_unknown_metric_is_refused_with_the_near_one() -> None:
    with pytest.raises(RequestError, match=r'unknown metric "acuracy"; did you mean "accuracy"\?'):
        measure("acuracy")


def test_a_model_that_is_as_sure_as_right_has_no_calibration_error() -> None:
    targets = np.array([0] * 8 + [1] * 2)
    honest = np.tile([0.8, 0.2], (10, 1))

    assert calibration_error(targets, honest) == pytest.approx(0.0)
    assert calibration_error(targets, np.tile([0.99, 0.01], (10, 1))) == pytest.approx(0.19)
