"""Predictions on the sealed test become one proof: values, intervals, paired gains, figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from automl_tl.domain.dataset import Manifest, Sample, Split
from automl_tl.domain.floors import Figures
from automl_tl.domain.gate import Common, Gain, Interval, Opening, Proof, granted
from automl_tl.domain.work import Reading
from automl_tl.errors import AutomlError
from automl_tl.proof.clusters import Groups, count_of, numbered
from automl_tl.proof.intervals import gain_interval, value_interval
from automl_tl.proof.metrics import measure
from automl_tl.proof.parts import Judged, class_parts, slice_parts
from automl_tl.proof.predictions import Predictions, read_predictions
from automl_tl.proof.shared_classes import Meeting, meet

CHALLENGER, CHAMPION = "challenger", "champion"


def proof_of(
    readings: Sequence[Reading],
    *,
    manifest: Manifest,
    metric: str,
    opening: Opening,
    alpha: float,
    seed: int,
    champion_version: int | None = None,
) -> Proof:
    """The proof of one opening; the reading named ``challenger`` is compared with each of the others.

    All predictions stand in the order of the manifest's test samples and of its classes; a reading without
    predictions could not be taken, and only its flaw is told. ``alpha`` is the name's level for all its
    proofs on these samples, of which this one is granted its share.
    """
    samples = [manifest.samples[i] for i in manifest.indices(Split.TEST)]
    reading_of = {reading.name: reading for reading in readings}
    ours, read = reading_of[CHALLENGER], _read(readings)
    groups = numbered([sample.group for sample in samples])
    meeting, common = _meeting(read, reading_of, classes=manifest.classes, groups=groups)
    ruler = _Ruler(metric=metric, alpha=granted(alpha, reading=opening.reading), seed=seed)
    values, intervals, gains = _compared(ruler, read, meeting, groups=groups)
    judged = Judged(
        challenger=read[CHALLENGER], groups=groups, meeting=meeting, metric=metric, alpha=alpha, seed=seed
    )
    return Proof(
        metric=metric,
        samples=len(samples),
        opening=opening.number,
        reading=opening.reading,
        calibration=ours.calibration,
        uncalibrated=ours.uncalibrated,
        alpha=ruler.alpha,
        values=values,
        intervals=intervals,
        gains=gains,
        champion_version=champion_version,
        groups=None if groups is None else count_of(groups),
        common=_valued(common, meeting, metric=metric),
        flaws={reading.name: reading.flaw for reading in readings if reading.flaw},
        figures=_figures(judged, ours, samples=samples, classes=manifest.classes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ruler:
    """How two contenders are compared."""

    metric: str
    alpha: float
    seed: int

    def value(self, found: Predictions, groups: Groups | None) -> tuple[float, Interval]:
        interval = value_interval(
            found.targets,
            found.probabilities,
            metric=self.metric,
            alpha=self.alpha,
            seed=self.seed,
            groups=groups,
        )
        return measure(self.metric)(found.targets, found.probabilities), interval

    def gain(self, over: str, ours: Predictions, theirs: Predictions, groups: Groups | None) -> Gain:
        value = measure(self.metric)
        return Gain(
            over=over,
            mean=value(ours.targets, ours.probabilities) - value(theirs.targets, theirs.probabilities),
            interval=gain_interval(
                ours.targets,
                ours.probabilities,
                theirs.probabilities,
                metric=self.metric,
                alpha=self.alpha,
                seed=self.seed,
                groups=groups,
            ),
        )


def _read(readings: Sequence[Reading]) -> dict[str, Predictions]:
    read = {r.name: read_predictions(r.predictions) for r in readings if r.predictions}
    for name, predictions in read.items():
        if not np.array_equal(predictions.targets, read[CHALLENGER].targets):
            raise AutomlError(f"{name} was read on other samples than the challenger: expected the same")
    return read


def _meeting(
    read: Mapping[str, Predictions],
    reading_of: Mapping[str, Reading],
    *,
    classes: tuple[str, ...],
    groups: Groups | None,
) -> tuple[Meeting | None, Common | None]:
    if CHAMPION not in read:
        return None, None
    known = reading_of[CHAMPION].classes or classes
    return meet(read[CHALLENGER], read[CHAMPION], classes=classes, known=known, groups=groups)


def _compared(
    ruler: _Ruler, read: Mapping[str, Predictions], meeting: Meeting | None, *, groups: Groups | None
) -> tuple[dict[str, float], dict[str, Interval], tuple[Gain, ...]]:
    """Values, intervals and gains; the champion's on what both know, everyone else's on all samples."""
    ours = read[CHALLENGER]
    pairs = {name: (ours, theirs, groups) for name, theirs in read.items() if name != CHAMPION}
    if meeting is not None:
        pairs[CHAMPION] = (meeting.challenger, meeting.champion, meeting.groups)
    valued = {name: ruler.value(theirs, units) for name, (_, theirs, units) in pairs.items()}
    gains = (ruler.gain(name, *pair) for name, pair in pairs.items() if name != CHALLENGER)
    return (
        {name: value for name, (value, _) in valued.items()},
        {name: interval for name, (_, interval) in valued.items()},
        tuple(gains),
    )


def _valued(common: Common | None, meeting: Meeting | None, *, metric: str) -> Common | None:
    if common is None or meeting is None:
        return common
    ours = meeting.challenger
    return replace(common, challenger=measure(metric)(ours.targets, ours.probabilities))


def _figures(
    judged: Judged, reading: Reading, *, samples: Sequence[Sample], classes: tuple[str, ...]
) -> Figures:
    return Figures(
        classes=class_parts(judged, classes=classes),
        slices=slice_parts(judged, slices=[sample.slice for sample in samples]),
        latency_seconds=reading.latency_seconds,
        size_bytes=reading.size_bytes or None,
        train=reading.elsewhere.get(Split.TRAIN),
        validation=reading.elsewhere.get(Split.VALIDATION),
    )
