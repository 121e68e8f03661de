"""The models of a home, through its daemon where one runs, else in the calling process."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from automl_tl.champions.steering import Steering
from automl_tl.client.address import key_of
from automl_tl.client.client import Client
from automl_tl.client.served import BATCH
from automl_tl.daemon.intake import batches_as_they_come
from automl_tl.domain.audit import Deed
from automl_tl.domain.export import ExportFormat, ExportTerms
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.moment import moment_of
from automl_tl.domain.prediction import EvaluationTerms, Input, OnError, PredictionTerms, Written
from automl_tl.errors import NoDaemon
from automl_tl.job.card_shelf import CardKind, job_card, model_card
from automl_tl.settings import Settings
from automl_tl.web.base import ModelsClient
from automl_tl.web.model_view import line_json, model_json
from automl_tl.wiring.adapters import store_of
from automl_tl.wiring.person import person

Json = dict[str, Any]


class Door(Protocol):
    """What a person asks of models; raises NotFound, RequestError, TransientError."""

    def models(self) -> Json:
        """Every name and its champion."""

    def model(self, name: str, *, at: str | None = None) -> Json:
        """One name, with versions and promotions, and with ``at`` who was champion then."""

    def card(self, name: str, *, kind: str = "md") -> str:
        """The model card of ``NAME``, ``NAME@VERSION`` or ``NAME@ALIAS``."""

    def job_card(self, id: str, *, kind: str = "md") -> str:
        """The model card of a job's challenger."""

    def promote(self, name: str, *, version: int, reason: str) -> Json:
        """Make a version champion whatever the gate said."""

    def rollback(self, name: str, *, reason: str) -> Json:
        """Give the name back to the champion before, and hold it."""

    def hold(self, name: str, *, reason: str) -> Json:
        """Let nothing be promoted by itself."""

    def unhold(self, name: str) -> Json:
        """Let the gate promote again."""

    def delete(self, name: str, *, version: int | None, reason: str) -> Json:
        """Delete a version, or with None all of the name's."""

    def forget(self, samples: Iterable[str], *, dataset_name: str | None, who: str) -> Json:
        """Forget samples, each an absolute path or a sha256."""

    def usage(self) -> Json:
        """What the home's bytes are for."""

    def collect(self, *, dry_run: bool) -> Json:
        """Free what nobody needs any more, or only say so."""

    def predict_each(
        self, name: str, inputs: Iterable[str | Input], *, alias: str, abstain_below: float
    ) -> Iterator[Json]:
        """One answer an input, in order, while they come; one that cannot be answered has ``error``."""

    def evaluate(self, name: str, dataset: Path, *, terms: EvaluationTerms) -> Json:
        """The name's metric on a labelled dataset."""

    def export(self, name: str, *, to: Path, form: str, alias: str, tolerance: float) -> Json:
        """Write a version's files into ``to``, a new or empty folder on this machine."""


class LocalDoor:
    """Opens store and registry here."""

    def __init__(self, settings: Settings) -> None:
        self._store = store_of(settings)
        self._settings = settings

    def models(self) -> Json:
        """Every name and its champion."""
        return {"models": [model_json(line) for line in self._store.models(tenant=DEFAULT_TENANT)]}

    def model(self, name: str, *, at: str | None = None) -> Json:
        """One name, with versions and promotions, and with ``at`` who was champion then."""
        time = None if at is None else moment_of(at)
        return line_json(self._store, tenant=DEFAULT_TENANT, name=name, at=time)

    def card(self, name: str, *, kind: str = "md") -> str:
        """The model card of ``NAME``, ``NAME@VERSION`` or ``NAME@ALIAS``."""
        home = self._settings.folders
        return model_card(self._store, home, tenant=DEFAULT_TENANT, name=name, kind=CardKind(kind))

    def job_card(self, id: str, *, kind: str = "md") -> str:
        """The model card of a job's challenger."""
        return job_card(self._store, self._settings.folders, id, CardKind(kind))

    def promote(self, name: str, *, version: int, reason: str) -> Json:
        """Make a version champion whatever the gate said."""
        self._note("models promote", f"{name} {version}")
        return self._moved(name, lambda steering: steering.promote(name, version=version, reason=reason))

    def rollback(self, name: str, *, reason: str) -> Json:
        """Give the name back to the champion before, and hold it."""
        self._note("models rollback", name)
        return self._moved(name, lambda steering: steering.rollback(name, reason=reason))

    def hold(self, name: str, *, reason: str) -> Json:
        """Let nothing be promoted by itself."""
        self._note("models hold", name)
        self._store.hold(tenant=DEFAULT_TENANT, name=name, reason=reason)
        return self.model(name)

    def unhold(self, name: str) -> Json:
        """Let the gate promote again."""
        self._note("models unhold", name)
        self._store.hold(tenant=DEFAULT_TENANT, name=name, reason=None)
        return self.model(name)

    def delete(self, name: str, *, version: int | None, reason: str) -> Json:
        """Delete a version, or with None all of the name's."""
        self._note("models delete", f"{name} {version or 'all'}")
        self._models().delete(name, version=version, reason=reason)
        return self.model(name)

    def forget(self, samples: Iterable[str], *, dataset_name: str | None, who: str) -> Json:
        """Forget samples, each an absolute path or a sha256."""
        samples = list(samples)
        self._note("data forget", f"{len(samples)} samples of {dataset_name or 'every dataset-name'}")
        return self._models().forget(samples, tenant=DEFAULT_TENANT, dataset_name=dataset_name, who=who)

    def usage(self) -> Json:
        """What the home's bytes are for."""
        return self._models().usage()

    def collect(self, *, dry_run: bool) -> Json:
        """Free what nobody needs any more, or only say so."""
        if not dry_run:
            self._note("gc", str(self._settings.folders.root))
        return self._models().collect(dry_run=dry_run)

    def predict_each(
        self, name: str, inputs: Iterable[str | Input], *, alias: str, abstain_below: float
    ) -> Iterator[Json]:
        """One answer an input, in order, while they come; one that cannot be answered has ``error``."""
        models = self._models()
        terms = PredictionTerms(alias=alias, abstain_below=abstain_below, on_error=OnError.TELL)
        for batch in batches_as_they_come(inputs, most=BATCH):
            yield from models.predict(name, inputs=[_input(one) for one in batch], terms=terms)

    def evaluate(self, name: str, dataset: Path, *, terms: EvaluationTerms) -> Json:
        """The name's metric on a labelled dataset."""
        return self._models().evaluate(name, dataset=dataset, terms=terms)

    def export(self, name: str, *, to: Path, form: str, alias: str, tolerance: float) -> Json:
        """Write a version's files into ``to``, a new or empty folder on this machine."""
        terms = ExportTerms(form=ExportFormat(form), alias=alias, tolerance=tolerance)
        self._store.model(tenant=DEFAULT_TENANT, name=name)
        return self._models().export(name, to=to, terms=terms)

    def close(self) -> None:
        """Give the store back."""
        self._store.close()

    def _note(self, action: str, target: str) -> None:
        """The audit log has it before it is done, as it has what a daemon is asked."""
        self._store.note(Deed(tenant=DEFAULT_TENANT, who=person(), action=action, target=target))

    def _moved(self, name: str, move: Callable[[Steering], None]) -> Json:
        models = self._models()

        def try_out(name: str, version: int) -> None:
            models.try_out(name, version=version)

        move(Steering(self._store, tenant=DEFAULT_TENANT, try_out=try_out, look=models.reconcile))
        models.reconcile()
        return self.model(name)

    def _models(self) -> ModelsClient:
        from automl_tl.wiring.models import Models  # torch and MLflow: seconds, and only here

        return Models(self._store, self._settings)


def _input(given: str | Input) -> Input:
    return given if isinstance(given, Written) else Path(given)


@contextmanager
def models_door(settings: Settings) -> Iterator[Door]:
    """The daemon's door where one answers, else one of our own.

    Raises NoDaemon where one elsewhere, or a key, was named: those are for a daemon alone.
    """
    try:
        client = Client.of(settings)
        client.healthy()
    except NoDaemon:
        if settings.url is not None or key_of(settings) is not None:
            raise
        local = LocalDoor(settings)
        try:
            yield local
        finally:
            local.close()
    else:
        with client:
            yield client
