"""What every worker process builds: one object that carries out each kind of work."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.describe import describe
from automl_tl.domain.candidate import Source
from automl_tl.domain.work import Appraise, Describe, Evaluate, Result, Score, Work
from automl_tl.proof.metrics import measure
from automl_tl.scores.labelled import label
from automl_tl.scores.panel import panel
from automl_tl.settings import Settings
from automl_tl.training.appraisal import appraise
from automl_tl.training.evaluation import evaluate
from automl_tl.training.scoring import score
from automl_tl.training.warming import warm_up
from automl_tl.wiring.slots import threads_of
from automl_tl.wiring.told import told
from automl_tl.zoo.any import AnyZoo
from automl_tl.zoo.base import Zoo
from automl_tl.zoo.champion import ChampionZoo, Saved


class TransferWorker:
    """Describes, scores, evaluates and proves in this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._zoo = zoo_of(settings)
        self._threads = threads_of(settings)

    def perform(self, work: Work) -> Result:
        """Carry the work out; raises what ``automl_tl.errors`` says, Stopped where that is wished."""
        if isinstance(work, Evaluate):  # which tells its steps itself
            return self._perform(work)
        with told(work.progress):
            return self._perform(work)

    def _perform(self, work: Work) -> Result:
        home = self._settings.folders
        if isinstance(work, Describe):
            return describe(
                work,
                datasets=home.datasets,
                manifests=home.manifests_of(work.tenant),
                unpacked_bytes=self._settings.unpacked_bytes,
                unreadable_share=self._settings.unreadable_share,
            )
        if isinstance(work, Score):
            return score(
                work,
                zoo=self._zoo,
                threads=self._threads,
                may_switch=self._settings.precision == "auto",
            )
        if isinstance(work, Appraise):
            return appraise(
                work,
                zoo=self._zoo,
                cache=home.cache,
                panel=_panel,
                threads=self._threads,
                activation_bytes=self._settings.activation_bytes,
            )
        if isinstance(work, Evaluate):
            return evaluate(
                work,
                zoo=self._zoo,
                cache=home.cache,
                measure=measure(work.metric),
                threads=self._threads,
                activation_bytes=self._settings.activation_bytes,
                activation_floats=np.float16 if self._settings.activation_dtype == "float16" else np.float32,
                activation_views=self._settings.activation_views,
            )
        from automl_tl.wiring.prove import Prover  # scikit-learn: seconds, and only the proof needs it

        return Prover(zoo=self._zoo, cache=Path(home.cache), threads=self._threads).prove(work)


def _panel(
    features: NDArray[np.float32], targets: NDArray[np.int64], source: NDArray[np.float32] | None
) -> dict[str, float]:
    return panel(label(features, targets), source=source)


def zoo_of(settings: Settings) -> Zoo:
    """Every zoo that candidates may come from."""
    champions = ChampionZoo(partial(_find_saved, settings))
    return AnyZoo({Source.CHAMPION: champions}, licences=settings.licences)


def _find_saved(settings: Settings, name: str, revision: str | None) -> Saved:
    from automl_tl.wiring.champions import find_saved  # the store's library: a third of a second

    return find_saved(settings, name, revision)


def build(settings: Settings) -> TransferWorker:
    """What an executor calls inside each worker process."""
    warm_up()
    return TransferWorker(settings)
