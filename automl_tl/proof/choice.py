"""Which finalists cannot be told from the best."""

from collections.abc import Mapping, Sequence

from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.work import Reading
from automl_tl.proof.clusters import numbered
from automl_tl.proof.intervals import gain_interval
from automl_tl.proof.predictions import read_predictions

_NEAR = 0.005  # half a point
_ONE_ERROR = 0.3173  # the level at which a normal interval is one standard error to each side


def tied(
    readings: Sequence[Reading],
    *,
    values: Mapping[str, float],
    manifest: Manifest,
    metric: str,
    seed: int,
) -> tuple[Reading, ...]:
    """The best reading, and those that nothing tells from it.

    ``values`` are by name, those on validation and retest taken together: who is best by all that was seen is
    best on average, however it came to be a finalist. Tied with it is who is at most half a point worse, and
    on retest loses by no more than one standard error of the paired gain (Breiman et al., Classification and
    Regression Trees, 1984). All were read on retest and have their predictions.
    """
    best = max(readings, key=lambda reading: (values[reading.name], -int(reading.name)))
    groups = numbered([manifest.samples[i].group for i in manifest.indices(Split.RETEST)])
    ours = read_predictions(best.predictions)

    def is_tied(reading: Reading) -> bool:
        if values[reading.name] < values[best.name] - _NEAR:
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
