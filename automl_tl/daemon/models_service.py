"""Prediction and evaluation with the registry's versions."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.prediction import PredictionTerms
from automl_tl.model.artifact import EXAMPLE
from automl_tl.proof.intervals import value_interval
from automl_tl.proof.metrics import measure
from automl_tl.registry.base import Registry
from automl_tl.registry.names import registered_name
from automl_tl.serving.evaluate import evaluate, read_labelled
from automl_tl.serving.load import ServedModels
from automl_tl.serving.predict import predict

_ALPHA = 0.05


class ModelsService:
    """What the models process does for the supervisor; its calls may come from several threads at once.

    ``metric`` gives the metric that a name's first job fixed, and raises NotFound.
    """

    def __init__(self, registry: Registry, *, metric: Callable[[str], str]) -> None:
        self._registry = registry
        self._served = ServedModels(registry)
        self._metric = metric

    def predict(
        self, name: str, *, inputs: Sequence[Path], terms: PredictionTerms
    ) -> list[dict[str, object]]:
        """One answer an input, in their order, each with the version that gave it.

        Raises NotFound, RequestError (an input cannot be read, where the terms stop there).
        """
        served = self._served.get(registered_name(DEFAULT_TENANT, name), alias=terms.alias)
        return [{**prediction} for prediction in predict(served, inputs, terms=terms)]

    def try_out(self, name: str, *, version: int) -> None:
        """See that a version loads and predicts its own example.

        Raises NotFound, OperatorError where its files are damaged or its predictions are no probabilities.
        """
        registered = registered_name(DEFAULT_TENANT, name)
        served = self._served.get(registered, alias=str(version))
        example = self._registry.fetch(registered, version) / EXAMPLE
        if example.is_file():
            list(predict(served, [example], terms=PredictionTerms()))

    def evaluate(self, name: str, *, alias: str, dataset: Path) -> dict[str, object]:
        """``metric``, ``value``, its 95 % ``interval``, ``samples``; raises NotFound, RequestError."""
        served = self._served.get(registered_name(DEFAULT_TENANT, name), alias=alias)
        metric = self._metric(name)
        found = evaluate(
            served.predictor,
            read_labelled(dataset),
            metric=metric,
            measure=measure(metric),
            interval=partial(value_interval, metric=metric, alpha=_ALPHA, seed=0),
        )
        return {**found}
