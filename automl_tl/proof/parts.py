"""Classes and slices of the sealed test: what the challenger is worth on each, and what it lost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.domain.floors import Part
from automl_tl.proof.clusters import Groups, count_of, part_of
from automl_tl.proof.intervals import gain_interval
from automl_tl.proof.metrics import measure
from automl_tl.proof.predictions import Predictions
from automl_tl.proof.shared_classes import Meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The challenger on all samples, in groups perhaps, and its meeting with the champion if there was one.

    ``alpha`` is the level of each one-sided comparison, not lowered by earlier readings, which would hide
    losses: to refuse is the safe side.
    """

    challenger: Predictions
    groups: Groups | None
    meeting: Meeting | None
    metric: str
    alpha: float
    seed: int


def class_parts(judged: Judged, *, classes: tuple[str, ...]) -> tuple[Part, ...]:
    """The recall of each class that occurs, and what of it was lost to the champion."""
    targets = judged.challenger.targets
    chosen = ((name, targets == place) for place, name in enumerate(classes))
    return tuple(_part(judged, name, rows, metric="accuracy") for name, rows in chosen if rows.any())


def slice_parts(judged: Judged, *, slices: Sequence[str | None]) -> tuple[Part, ...]:
    """The metric on each slice, ``slices`` naming each sample's, and what of it was lost to the champion."""
    of = np.array(["" if name is None else name for name in slices], dtype=object)
    names = sorted({name for name in slices if name is not None})
    return tuple(_part(judged, name, of == name, metric=judged.metric) for name in names)


def _part(judged: Judged, name: str, rows: NDArray[np.bool_], *, metric: str) -> Part:
    found = judged.challenger.of(rows)
    samples = len(found.targets)
    groups = part_of(judged.groups, rows)
    loss, surely = _loss(judged, rows, metric=metric)
    return Part(
        name=name,
        samples=samples,
        units=samples if groups is None else count_of(groups),
        value=measure(metric)(found.targets, found.probabilities),
        loss=loss,
        surely=surely,
    )


def _loss(judged: Judged, rows: NDArray[np.bool_], *, metric: str) -> tuple[float, float] | tuple[None, None]:
    """What the champion has more of on the samples that both know, and at least, one-sided; Nones else."""
    meeting = judged.meeting
    if meeting is None or not (rows & meeting.rows).any():
        return None, None
    here = rows[meeting.rows]
    ours, theirs = meeting.challenger.of(here), meeting.champion.of(here)
    value = measure(metric)
    gain = value(ours.targets, ours.probabilities) - value(theirs.targets, theirs.probabilities)
    interval = gain_interval(
        ours.targets,
        ours.probabilities,
        theirs.probabilities,
        metric=metric,
        alpha=2 * judged.alpha,
        seed=judged.seed,
        groups=part_of(meeting.groups, here),
    )
    return -gain, -interval.high
