"""What a model is worth on labelled files of a person's own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.domain.gate import Interval
from automl_tl.domain.prediction import EvaluationTerms
from automl_tl.errors import AutomlError, RequestError
from automl_tl.serving.labelled import Labelled
from automl_tl.serving.load import Served
from automl_tl.serving.predict import read
from automl_tl.serving.threshold import threshold_for

Targets = NDArray[np.int64]
Probabilities = NDArray[np.float32]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """How a model is measured: functions of targets [N] and probabilities [N, C].

    ``share`` is the interval of a share of hits, from hits, samples and the level ``alpha``.
    """

    metric: str
    value: Callable[[Targets, Probabilities], float]
    interval: Callable[[Targets, Probabilities], Interval]
    calibration: Callable[[Targets, Probabilities], float]
    share: Callable[[int, int, float], Interval]
    alpha: float = 0.05


def known_part(served: Served, labelled: Labelled) -> Labelled:
    """What has a label that the model knows; raises RequestError where that is nothing."""
    known = served.predictor.spec.classes
    part = labelled.only(labels=frozenset(known))
    if not part.labels:
        strange = ", ".join(list(labelled.counts())[:5])
        raise RequestError(f"the labels are {strange}, but the model knows only {', '.join(known[:20])}")
    return part


def evaluate(served: Served, labelled: Labelled, *, terms: EvaluationTerms, yardstick: Yardstick) -> Json:
    """Value, interval, calibration error, recall by class and confusion, as JSON.

    With ``abstain_below`` also the coverage, and the value on what was answered. Every label is one that the
    model knows. Raises RequestError, naming the file, for one that cannot be read.
    """
    classes = served.predictor.spec.classes
    targets = np.array([classes.index(label) for label in labelled.labels], np.int64)
    probabilities = _probabilities(served, labelled)
    found: Json = {
        "metric": yardstick.metric,
        **_value(targets, probabilities, yardstick),
        "calibration_error": yardstick.calibration(targets, probabilities),
        "classes": _recalls(classes, targets, probabilities, yardstick),
        "absent_classes": [name for target, name in enumerate(classes) if not (targets == target).any()],
        "confusion": {"classes": list(classes), "counts": _confusion(targets, probabilities).tolist()},
        "version": served.version,
        "digest": served.digest,
    }
    if terms.abstain_below > 0:
        found |= _answered(targets, probabilities, yardstick, below=terms.abstain_below)
    if terms.target_accuracy is not None:
        found["suggested"] = threshold_for(
            probabilities.max(axis=1),
            probabilities.argmax(axis=1) == targets,
            target=terms.target_accuracy,
            share=yardstick.share,
            alpha=yardstick.alpha,
        )
    return found


def _probabilities(served: Served, labelled: Labelled) -> Probabilities:
    rows = np.empty((len(labelled.inputs), len(served.predictor.spec.classes)), np.float32)
    for number, (_, row) in enumerate(read(served, labelled.inputs)):
        if isinstance(row, AutomlError):
            raise row
        rows[number] = row
    return rows


def _value(targets: Targets, probabilities: Probabilities, yardstick: Yardstick) -> Json:
    interval = yardstick.interval(targets, probabilities)
    return {
        "value": float(yardstick.value(targets, probabilities)),
        "interval": [interval.low, interval.high],
        "samples": len(targets),
    }


def _answered(targets: Targets, probabilities: Probabilities, yardstick: Yardstick, *, below: float) -> Json:
    is_answered = probabilities.max(axis=1) >= below
    count = int(is_answered.sum())
    part = (
        _value(targets[is_answered], probabilities[is_answered], yardstick)
        if count
        else {"value": None, "interval": None, "samples": 0}
    )
    return {"abstain_below": below, "coverage": count / len(targets), "answered": part}


def _recalls(
    classes: tuple[str, ...], targets: Targets, probabilities: Probabilities, yardstick: Yardstick
) -> Json:
    is_right = probabilities.argmax(axis=1) == targets
    found: Json = {}
    for target, name in enumerate(classes):
        of_class = targets == target
        hits, samples = int(is_right[of_class].sum()), int(of_class.sum())
        if samples:
            interval = yardstick.share(hits, samples, yardstick.alpha)
            found[name] = {
                "samples": samples,
                "recall": hits / samples,
                "interval": [interval.low, interval.high],
            }
    return found


def _confusion(targets: Targets, probabilities: Probabilities) -> NDArray[np.int64]:
    """Counts [C, C]: rows are true classes, columns what they were called."""
    counts = np.zeros((probabilities.shape[1],) * 2, np.int64)
    np.add.at(counts, (targets, probabilities.argmax(axis=1)), 1)
    return counts
