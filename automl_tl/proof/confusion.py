"""Where one contender is right and where it errs: by class, by pair of classes, by confidence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.domain.gate import Interval
from automl_tl.proof.calibration import BINS, bin_of
from automl_tl.proof.predictions import Predictions
from automl_tl.proof.shares import wilson
from automl_tl.proof.tallies import Probabilities

_ALPHA = 0.05  # of the intervals here: they describe, and decide nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassJudged:
    """One class: ``samples`` of it, ``hits`` of these called so, ``calls`` of all samples called so.

    ``recall`` is hits ÷ samples with its 95 % interval (Wilson), None without a sample; ``precision`` is
    hits ÷ calls, None where nothing was called so.
    """

    label: str
    samples: int
    hits: int
    calls: int
    recall: float | None
    interval: Interval
    precision: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confused:
    """How many samples of one class were called another."""

    true: str
    called: str
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceBin:
    """The samples whose confidence lies from ``low`` up to ``high``: how sure, and how often right.

    ``interval`` is the 95 % one of ``accuracy``.
    """

    low: float
    high: float
    samples: int
    confidence: float
    accuracy: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """One contender on one split.

    ``classes`` are in the manifest's order, ``confused`` holds the pairs that occur, commonest first;
    ``calibrated`` and ``plain`` are the bins that hold samples, with and without the temperature.
    """

    samples: int
    classes: tuple[ClassJudged, ...]
    confused: tuple[Confused, ...]
    calibrated: tuple[ConfidenceBin, ...]
    plain: tuple[ConfidenceBin, ...]

    @property
    def errors(self) -> int:
        """How many samples were called wrong."""
        return sum(pair.samples for pair in self.confused)

    def worst(self, count: int) -> tuple[ClassJudged, ...]:
        """The classes of lowest recall, worst first, of equal ones those with more samples."""
        read = [judged for judged in self.classes if judged.recall is not None]
        return tuple(sorted(read, key=lambda c: (c.recall or 0.0, -c.samples, c.label))[:count])


def confusion_of(
    predictions: Predictions, *, classes: tuple[str, ...], temperature: float = 1.0
) -> Confusion:
    """Everything about predictions that were made with ``temperature``; ``classes`` in order of columns."""
    calls = predictions.probabilities.argmax(axis=1)
    table = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(table, (predictions.targets, calls), 1)
    plain = without_temperature(predictions.probabilities, temperature=temperature)
    return Confusion(
        samples=len(predictions.targets),
        classes=tuple(_class(table, place, label) for place, label in enumerate(classes)),
        confused=_confused(table, classes),
        calibrated=confidence_bins(predictions),
        plain=confidence_bins(Predictions(targets=predictions.targets, probabilities=plain)),
    )


def without_temperature(probabilities: Probabilities, *, temperature: float) -> NDArray[np.float64]:
    """softmax(logits) [N, C] from softmax(logits / ``temperature``): p^T, normalised."""
    raised = probabilities.astype(np.float64) ** temperature
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def confidence_bins(predictions: Predictions) -> tuple[ConfidenceBin, ...]:
    """The bins of the expected calibration error that hold samples, by rising confidence."""
    confidence = predictions.probabilities.max(axis=1).astype(np.float64)
    is_right = predictions.probabilities.argmax(axis=1) == predictions.targets
    place = bin_of(confidence)
    found = []
    for number in np.unique(place):
        here = place == number
        samples, hits = int(here.sum()), int(is_right[here].sum())
        found.append(
            ConfidenceBin(
                low=float(number) / BINS,
                high=float(number + 1) / BINS,
                samples=samples,
                confidence=float(confidence[here].mean()),
                accuracy=hits / samples,
                interval=wilson(hits, samples, alpha=_ALPHA),
            )
        )
    return tuple(found)


def _class(table: NDArray[np.int64], place: int, label: str) -> ClassJudged:
    samples, calls, hits = int(table[place].sum()), int(table[:, place].sum()), int(table[place, place])
    return ClassJudged(
        label=label,
        samples=samples,
        hits=hits,
        calls=calls,
        recall=hits / samples if samples else None,
        interval=wilson(hits, samples, alpha=_ALPHA),
        precision=hits / calls if calls else None,
    )


def _confused(table: NDArray[np.int64], classes: tuple[str, ...]) -> tuple[Confused, ...]:
    wrong = [(int(true), int(called)) for true, called in np.argwhere(table) if true != called]
    pairs = [Confused(true=classes[t], called=classes[c], samples=int(table[t, c])) for t, c in wrong]
    return tuple(sorted(pairs, key=lambda pair: -pair.samples))
