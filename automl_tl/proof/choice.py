"""Which finalists retest cannot tell from the best."""

from collections.abc import Sequence

from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.work import Reading
from automl_tl.proof.clusters import numbered
from automl_tl.proof.intervals import gain_interval
from automl_tl.proof.predictions import read_predictions

_ONE_ERROR = 0.3173  # the level at which a normal interval is one standard error to each side


def tied(readings: Sequence[Reading], *, manifest: Manifest, metric: str, seed: int) -> tuple[Reading, ...]:
    """The best reading, and those that lose to it by no more than one standard error of the paired gain.

    The one-standard-error rule (Breiman et al., Classification and Regression Trees, 1984), on pairs. All
    were read on retest and have their predictions.
    """
    best = max(readings, key=lambda reading: (reading.value, -int(reading.name)))
    groups = numbered([manifest.samples[i].group for i in manifest.indices(Split.RETEST)])
    ours = read_predictions(best.predictions)

    def is_tied(reading: Reading) -> bool:
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
