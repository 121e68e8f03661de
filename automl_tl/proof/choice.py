"""Which finalists cannot be told from the best."""

import math
from collections.abc import Mapping, Sequence

from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.metric import Metric
from automl_tl.domain.work import Reading
from automl_tl.proof.clusters import numbered
from automl_tl.proof.intervals import gain_interval
from automl_tl.proof.predictions import read_predictions

_NEAR = 0.005  # half a point
_NEAR_SAMPLES = 1.5  # where so many are more than that
_ONE_ERROR = 0.3173  # the level at which a normal interval is one standard error to each side


def together(*, validation: float, retest: float, manifest: Manifest, metric: str) -> float:
    """A finalist's values on both splits as of one.

    Of log loss that on retest alone: only there the temperature counts, with which the model is served.
    """
    if metric == Metric.LOG_LOSS:
        return retest
    seen, fresh = _samples(manifest)
    return (seen * validation + fresh * retest) / max(1, seen + fresh)


def tied(
    readings: Sequence[Reading],
    *,
    values: Mapping[str, float],
    manifest: Manifest,
    metric: str,
    seed: int,
) -> tuple[Reading, ...]:
    """The best reading, and those that nothing tells from it.

    ``values`` are by name, see ``together``: who is best by all that was seen is best on average, however it
    came to be a finalist. Tied with it is who is at most half a point worse (or one sample, of few), and on
    retest loses by no more than one standard error of the paired gain (Breiman et al., Classification and
    Regression Trees, 1984); of log loss, which has no points, the second counts alone. All were read on
    retest and have their predictions.
    """
    best = max(readings, key=lambda reading: (values[reading.name], -int(reading.name)))
    near = max(_NEAR, _NEAR_SAMPLES / max(1, sum(_samples(manifest))))
    least = -math.inf if metric == Metric.LOG_LOSS else values[best.name] - near
    groups = numbered([manifest.samples[i].group for i in manifest.indices(Split.RETEST)])
    ours = read_predictions(best.predictions)

    def is_tied(reading: Reading) -> bool:
        if values[reading.name] < least:
            return False
        theirs = read_predictions(reading.predictions)
        interval = gain_interval(
            ours.targets,
            ours.probabilities,
            theirs.probabilities,
            metric=metric,
            alpha=_ONE_ERROR,
            seed=seed,
            groups=groups,
        )
        return interval.low <= 0

    return tuple(reading for reading in readings if reading is best or is_tied(reading))


def _samples(manifest: Manifest) -> tuple[int, int]:
    """Those of validation and of retest."""
    counts = manifest.counts()
    return counts.get(Split.VALIDATION, 0), counts.get(Split.RETEST, 0)
