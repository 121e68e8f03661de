"""What the web asks of the other parts of the supervisor."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from automl_tl.domain.export import ExportTerms
from automl_tl.domain.prediction import EvaluationTerms, Input, PredictionTerms


class UpkeepClient(Protocol):
    """What is kept, and what is let go; raises TransientError where registry or models process is down."""

    def usage(self) -> dict[str, object]:
        """One object: ``bytes`` in all, ``kinds``, ``models`` by version, ``jobs`` by kind."""

    def collect(self, *, dry_run: bool) -> dict[str, object]:
        """One object: ``bytes`` and ``items`` that were freed, or with ``dry_run`` would be."""

    def delete(self, name: str, *, version: int | None, reason: str) -> None:
        """Delete a version, or with None all of the name's; raises NotFound, Conflict."""

    def forget(
        self, samples: Sequence[str], *, tenant: str, dataset_name: str | None, who: str
    ) -> dict[str, object]:
        """One object: how many ``samples`` and ``manifests``, the ``versions`` that saw them, ``advice``."""


class ModelsClient(UpkeepClient, Protocol):
    """Prediction with served models; the supervisor's one asks the models process.

    Names are the registry's: ``NAME`` of the default tenant, ``TENANT.NAME`` of others.
    All methods may be called from several threads at once. Raises NotFound (no such name or alias),
    RequestError (input that cannot be read), TransientError (the models process does not answer).
    """

    def predict(
        self, name: str, *, inputs: Sequence[Input], terms: PredictionTerms
    ) -> list[dict[str, object]]:
        """In order of the inputs: ``input`` (its path, or the text itself) and ``label``, ``guess``,
        ``probability``, ``abstained``, ``probabilities``, ``version``, ``digest``, or ``error`` (``title``,
        ``detail``)."""

    def export(self, name: str, *, to: Path, terms: ExportTerms) -> dict[str, object]:
        """Write a version into ``to``; ``name``, ``version``, ``format``, ``files`` and what was found.

        Raises RequestError (it cannot be exported), OperatorError too.
        """

    def try_out(self, name: str, *, version: int) -> None:
        """See that a version loads and predicts; raises NotFound, OperatorError."""

    def reconcile(self) -> int:
        """Point the registry's aliases as promoted, now; raises RegistryUnavailable."""

    def evaluate(self, name: str, *, dataset: Path, terms: EvaluationTerms) -> dict[str, object]:
        """One object: ``metric``, ``value``, ``interval`` (low, high), ``samples``, ``version``, ``classes``,
        ``confusion``, ``calibration_error``, ``unknown_labels``, ``absent_classes``, ``sealed``."""


class AttendedModels(ModelsClient, Protocol):
    """The same in a process of its own, which may be down."""

    def is_alive(self) -> bool:
        """Whether that process answers; never raises."""


class Metrics(Protocol):
    """What ``/metrics`` shows; no call raises."""

    def observe_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; ``route`` is a template such as ``/api/v1/jobs/{id}``."""

    def refresh(self) -> None:
        """Read what the store knows since the last call."""

    def render(self) -> bytes:
        """Every figure in the text format that Prometheus reads."""

    @property
    def content_type(self) -> str:
        """The media type of ``render``."""
