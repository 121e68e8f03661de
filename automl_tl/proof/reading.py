"""Predictions on the sealed test become one proof: values, intervals, paired gains."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from automl_tl.domain.gate import Gain, Interval, Opening, Proof
from automl_tl.domain.work import Reading
from automl_tl.errors import AutomlError
from automl_tl.proof.intervals import gain_interval, value_interval
from automl_tl.proof.metrics import measure
from automl_tl.proof.tallies import Probabilities, Targets

CHALLENGER = "challenger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Targets int64 [N] and probabilities float [N, C], in the order of the split's samples."""

    targets: Targets
    probabilities: Probabilities


def read_predictions(path: str | Path) -> Predictions:
    """The predictions that a worker wrote; nothing pickled is read."""
    with np.load(path, allow_pickle=False) as arrays:
        return Predictions(targets=arrays["targets"].astype(np.int64), probabilities=arrays["probabilities"])


def value_of(
    predictions: Predictions, *, metric: str, alpha: float = 0.05, seed: int = 0
) -> tuple[float, Interval]:
    """A metric's value on predictions, with its interval at level 1 - ``alpha``."""
    targets, probabilities = predictions.targets, predictions.probabilities
    interval = value_interval(targets, probabilities, metric=metric, alpha=alpha, seed=seed)
    return measure(metric)(targets, probabilities), interval


def proof_of(
    readings: Sequence[Reading],
    *,
    metric: str,
    opening: Opening,
    alpha: float,
    seed: int,
    champion_version: int | None = None,
) -> Proof:
    """The proof of one opening; the reading named ``challenger`` is compared with each of the others.

    All predictions stand in the same order of samples and of classes.
    """
    reading_of = {reading.name: reading for reading in readings}
    read = {name: read_predictions(reading.predictions) for name, reading in reading_of.items()}
    challenger = read[CHALLENGER]
    for name, predictions in read.items():
        if not np.array_equal(predictions.targets, challenger.targets):
            raise AutomlError(f"{name} was read on other samples than the challenger: expected the same")
    found = {
        name: value_of(predictions, metric=metric, alpha=alpha, seed=seed)
        for name, predictions in read.items()
    }
    return Proof(
        metric=metric,
        samples=len(challenger.targets),
        opening=opening.number,
        reading=opening.reading,
        calibration=reading_of[CHALLENGER].calibration,
        uncalibrated=reading_of[CHALLENGER].uncalibrated,
        alpha=alpha,
        values={name: value for name, (value, _) in found.items()},
        intervals={name: interval for name, (_, interval) in found.items()},
        gains=tuple(
            gain_over(name, challenger, other, metric=metric, alpha=alpha, seed=seed)
            for name, other in read.items()
            if name != CHALLENGER
        ),
        champion_version=champion_version,
    )


def gain_over(
    name: str, challenger: Predictions, other: Predictions, *, metric: str, alpha: float, seed: int
) -> Gain:
    """The challenger's paired gain over another, in the metric's unit."""
    targets = challenger.targets
    value = measure(metric)
    return Gain(
        over=name,
        mean=value(targets, challenger.probabilities) - value(targets, other.probabilities),
        interval=gain_interval(
            targets, challenger.probabilities, other.probabilities, metric=metric, alpha=alpha, seed=seed
        ),
    )
