"""Prediction and evaluation with the registry's versions."""

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from automl_tl.domain.export import ExportTerms
from automl_tl.domain.gate import Opening, granted
from automl_tl.domain.prediction import EvaluationTerms, Input, PredictionTerms, Sealed
from automl_tl.domain.promotion import ModelLine
from automl_tl.errors import RequestError
from automl_tl.model.artifact import EXAMPLE
from automl_tl.proof.calibration import calibration_error
from automl_tl.proof.intervals import value_interval
from automl_tl.proof.metrics import measure
from automl_tl.proof.shares import wilson
from automl_tl.registry.base import Registry
from automl_tl.registry.names import checked, line_of
from automl_tl.serving.evaluate import Yardstick, evaluate, known_part
from automl_tl.serving.export import export
from automl_tl.serving.labelled import Labelled, read_labelled
from automl_tl.serving.load import Served, ServedModels
from automl_tl.serving.predict import predict

_ALPHA = 0.05


class Ledger(Protocol):
    """What an evaluation asks of the store."""

    def model(self, *, tenant: str, name: str) -> ModelLine:
        """One name, whose metric its first job fixed; raises NotFound."""

    def sealed(self, *, tenant: str, name: str, samples: Sequence[str]) -> frozenset[str]:
        """Which of these samples are sealed for the name."""

    def open_for_evaluation(self, *, tenant: str, name: str, digest: str, samples: Sequence[str]) -> Opening:
        """Count one opening, and one reading of each sample."""


class ModelsService:
    """What the models process does for the supervisor; its calls may come from several threads at once.

    Names are the registry's: ``NAME`` of the default tenant, ``TENANT.NAME`` of others.
    """

    def __init__(self, registry: Registry, *, ledger: Ledger) -> None:
        self._registry = registry
        self._served = ServedModels(registry)
        self._ledger = ledger
        self._exporting = threading.Lock()  # torch's exporter has state of its own, and takes much memory

    def predict(
        self, name: str, *, inputs: Sequence[Input], terms: PredictionTerms
    ) -> list[dict[str, object]]:
        """One answer an input, in their order, each with the version that gave it.

        Raises NotFound, RequestError (an input cannot be read, where the terms stop there).
        """
        served = self._served.get(checked(name), alias=terms.alias)
        return [{**prediction} for prediction in predict(served, inputs, terms=terms)]

    def try_out(self, name: str, *, version: int) -> None:
        """See that a version loads and predicts its own example.

        Raises NotFound, OperatorError where its files are damaged or its predictions are no probabilities.
        """
        served = self._served.get(checked(name), alias=str(version))
        example = self._registry.fetch(name, version) / EXAMPLE
        if example.is_file():
            list(predict(served, [example], terms=PredictionTerms()))

    def export(self, name: str, *, to: Path, terms: ExportTerms) -> dict[str, object]:
        """Write a version into ``to``, a new or empty folder, one at a time; what was written and found.

        Raises NotFound, Conflict, RequestError (it cannot be exported), OperatorError.
        """
        with self._exporting:
            return export(self._registry, name=checked(name), to=to, terms=terms)

    def evaluate(self, name: str, *, dataset: Path, terms: EvaluationTerms) -> dict[str, object]:
        """What ``serving.evaluate`` finds, with ``unknown_labels`` and ``sealed``.

        Sealed samples are counted as read before they are. Raises NotFound, RequestError.
        """
        tenant, line = line_of(name)
        served = self._served.get(name, alias=terms.alias)
        metric = self._ledger.model(tenant=tenant, name=line).metric
        found = read_labelled(dataset, input_column=terms.input_column, label_column=terms.label_column)
        part = known_part(served, found)
        part, seal = self._unsealed(name, served, part, handling=terms.sealed)
        known = frozenset(served.predictor.spec.classes)
        unknown = {label: count for label, count in found.counts().items() if label not in known}
        measured = evaluate(served, part, terms=terms, yardstick=_yardstick(metric))
        return {**measured, "unknown_labels": unknown, "sealed": seal}

    def _unsealed(
        self, name: str, served: Served, part: Labelled, *, handling: Sealed
    ) -> tuple[Labelled, dict[str, object] | None]:
        """What may be read now, and what that means for the sealed test; None where none of it is sealed."""
        tenant, line = line_of(name)
        sealed = self._ledger.sealed(tenant=tenant, name=line, samples=part.sha256)
        if not sealed:
            return part, None
        count = sum(sha256 in sealed for sha256 in part.sha256)
        if handling is Sealed.LEAVE_OUT:
            rest = part.without(sealed)
            if not rest.inputs:
                raise RequestError(f"all {count} samples are of the sealed test of {name}: nothing is left")
            return rest, {"samples": count, "opening": None}
        opening = self._ledger.open_for_evaluation(
            tenant=tenant, name=line, digest=served.digest, samples=sorted(sealed)
        )
        return part, {
            "samples": count,
            "opening": opening.number,
            "reading": opening.reading,
            "next_level": granted(1.0, reading=opening.reading + 1),
        }


def _yardstick(metric: str) -> Yardstick:
    return Yardstick(
        metric=metric,
        value=measure(metric),
        interval=partial(value_interval, metric=metric, alpha=_ALPHA, seed=0),
        calibration=calibration_error,
        share=lambda hits, samples, alpha: wilson(hits, samples, alpha=alpha),
        alpha=_ALPHA,
    )
