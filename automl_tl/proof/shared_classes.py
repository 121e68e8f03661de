"""Champion and challenger on what both know, where their classes differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.domain.gate import Common
from automl_tl.proof.clusters import Groups, part_of
from automl_tl.proof.predictions import Predictions
from automl_tl.proof.tallies import Probabilities

_FEWEST_CLASSES = 2  # with one there is nothing to tell apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """The predictions of both over the same samples and the classes named; ``rows`` [N] are those samples."""

    challenger: Predictions
    champion: Predictions
    classes: tuple[str, ...]
    groups: Groups | None
    rows: NDArray[np.bool_]


def meet(
    challenger: Predictions,
    champion: Predictions,
    *,
    classes: tuple[str, ...],
    known: Sequence[str],
    groups: Groups | None,
) -> tuple[Meeting | None, Common | None]:
    """Where the two can be compared, and what of the data that leaves out (None: nothing).

    ``classes`` are the challenger's and the columns of both, ``known`` the champion's. Where fewer than two
    are shared, or no sample is of one, the two cannot be compared and there is no meeting.
    """
    if set(classes) == set(known):
        rows = np.ones(len(challenger.targets), np.bool_)
        return _meeting(challenger, champion, classes=classes, rows=rows, groups=groups), None
    both = [place for place, name in enumerate(classes) if name in set(known)]
    rows = np.isin(challenger.targets, both)
    common = Common(
        classes=len(both),
        samples=int(rows.sum()),
        new=tuple(name for name in classes if name not in set(known)),
        lost=tuple(name for name in known if name not in set(classes)),
    )
    if len(both) < _FEWEST_CLASSES or not rows.any():
        return None, common
    ours, theirs = (_restricted(p, both=both, rows=rows) for p in (challenger, champion))
    shared = tuple(classes[place] for place in both)
    return _meeting(ours, theirs, classes=shared, rows=rows, groups=groups), common


def _meeting(
    challenger: Predictions,
    champion: Predictions,
    *,
    classes: tuple[str, ...],
    rows: NDArray[np.bool_],
    groups: Groups | None,
) -> Meeting:
    return Meeting(
        challenger=challenger, champion=champion, classes=classes, groups=part_of(groups, rows), rows=rows
    )


def _restricted(predictions: Predictions, *, both: list[int], rows: NDArray[np.bool_]) -> Predictions:
    """The samples of the common classes, with probabilities over these alone; even where all are 0."""
    place_of = np.full(predictions.probabilities.shape[1], -1)
    place_of[both] = np.arange(len(both))
    kept: Probabilities = predictions.probabilities[rows][:, both].astype(np.float64)
    total = kept.sum(axis=1, keepdims=True)
    even = np.full_like(kept, 1 / len(both))
    return Predictions(
        targets=place_of[predictions.targets[rows]].astype(np.int64),
        probabilities=np.divide(kept, total, out=even, where=total > 0),
    )
