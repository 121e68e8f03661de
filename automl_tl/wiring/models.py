"""The models process: registry, reconciler, prediction; it may import what is heavy."""

import argparse
import signal
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from automl_tl import heap
from automl_tl.champions.deleting import delete_name, delete_version
from automl_tl.champions.models_client import models_socket
from automl_tl.champions.reconcile_loop import ReconcileLoop
from automl_tl.champions.reconciler import reconcile
from automl_tl.daemon.parent import die_with_parent
from automl_tl.domain.export import ExportTerms
from automl_tl.domain.prediction import EvaluationTerms, Input, PredictionTerms
from automl_tl.filelock import FileLock
from automl_tl.job.cards import papers
from automl_tl.registry.base import Registry
from automl_tl.registry.names import line_of
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.upkeep.upkeep import Upkeep
from automl_tl.web.models_app import build_models_app
from automl_tl.web.server import serve_socket
from automl_tl.wiring.adapters import reconcile_turn, registry_of, store_of
from automl_tl.wiring.logs import log_to_stderr

if TYPE_CHECKING:
    from automl_tl.champions.models_service import ModelsService


class Models:
    """The models of one home, in this process; the registry is opened when it is first wanted.

    It takes calls from several threads, for the daemon's models process and where no daemon runs.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._registry: Registry | None = None
        self._service: ModelsService | None = None
        self._lock = threading.Lock()

    def registry(self) -> Registry:
        """The home's registry; raises RegistryUnavailable."""
        with self._lock:
            if self._registry is None:
                self._registry = registry_of(self._settings)
            return self._registry

    def warm(self) -> int:
        """Open the registry before it is wanted, and see what somebody did there by hand meanwhile."""
        self.registry()
        return self.reconcile()

    def reconcile(self) -> int:
        """Bring the registry in line, while no other process of this home does; the count of changes."""
        if self._registry is None and not self._is_wanted():
            return 0
        changes = reconcile(
            self._store,
            self.registry(),
            turn=reconcile_turn(self._settings),
            papers=partial(papers, self._store, self._settings),
        )
        if not changes:
            return 0
        changes += self._upkeep().outgrow()
        heap.trim()  # what registering and deleting took
        return changes

    def predict(
        self, name: str, *, inputs: Sequence[Input], terms: PredictionTerms
    ) -> list[dict[str, object]]:
        """In order of the inputs; raises NotFound, RequestError."""
        return self._serving().predict(name, inputs=inputs, terms=terms)

    def evaluate(self, name: str, *, dataset: Path, terms: EvaluationTerms) -> dict[str, object]:
        """The name's metric on a labelled dataset; raises NotFound, RequestError."""
        return self._serving().evaluate(name, dataset=dataset, terms=terms)

    def export(self, name: str, *, to: Path, terms: ExportTerms) -> dict[str, object]:
        """Write a version's files into ``to``; raises NotFound, Conflict, RequestError, OperatorError."""
        return self._serving().export(name, to=to, terms=terms)

    def try_out(self, name: str, *, version: int) -> None:
        """See that a version loads and predicts; raises NotFound, OperatorError."""
        self._serving().try_out(name, version=version)

    def usage(self) -> dict[str, object]:
        """What the home's bytes are for; raises RegistryUnavailable."""
        return self._upkeep().usage()

    def collect(self, *, dry_run: bool) -> dict[str, object]:
        """Free what nobody needs any more, or with ``dry_run`` only say so; raises RegistryUnavailable."""
        return self._upkeep().collect(dry_run=dry_run)

    def delete(self, name: str, *, version: int | None, reason: str) -> None:
        """Delete a version, or with None all of the name's; raises NotFound, Conflict."""
        registry = self.registry()
        tenant, own = line_of(name)
        line = {"tenant": tenant, "name": own, "reason": reason}
        with FileLock(reconcile_turn(self._settings)).exclusive():
            if version is None:
                delete_name(self._store, registry, **line)
            else:
                delete_version(self._store, registry, version=version, **line)

    def forget(
        self, samples: Sequence[str], *, tenant: str, dataset_name: str | None, who: str
    ) -> dict[str, object]:
        """Forget samples named by path or sha256; raises RequestError, Conflict."""
        from automl_tl.upkeep.forgetting import Forgetting  # torch: seconds, and only to forget

        registry = self.registry()
        with FileLock(reconcile_turn(self._settings)).exclusive():
            forgetting = Forgetting(self._store, self._settings, registry, tenant=tenant)
            return forgetting.forget(samples, dataset_name=dataset_name, who=who)

    def _upkeep(self) -> Upkeep:
        return Upkeep(self._store, self._settings, self.registry, turn=reconcile_turn(self._settings))

    def _serving(self) -> "ModelsService":
        from automl_tl.champions.models_service import ModelsService  # torch: seconds, and only to predict

        registry = self.registry()
        with self._lock:
            if self._service is None:
                self._service = ModelsService(registry, ledger=self._store)
            return self._service

    def _is_wanted(self) -> bool:
        """Whether anything was decided yet: a fresh home needs no registry."""
        return bool(self._store.unregistered()) or any(line.move for line in self._store.models())


def main() -> None:
    """``python -m automl_tl.wiring.models --home DIR``: started by the supervisor, dies with it."""
    die_with_parent()
    heap.share_one_arena()
    parser = argparse.ArgumentParser(prog="automl-tl models process")
    parser.add_argument("--home", required=True, type=Path)
    settings = Settings(home=parser.parse_args().home)
    log_to_stderr()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the supervisor's to handle
    serve_models(settings, stop)


def serve_models(settings: Settings, stop: threading.Event) -> None:
    """Reconcile, predict and evaluate until ``stop`` is set."""
    store = store_of(settings)
    models = Models(store, settings)
    loop = ReconcileLoop(store, models.reconcile)
    loop.start()
    try:
        path = models_socket(settings.folders)
        upkeep = {"warm": models.warm, "reconcile": models.reconcile}
        serve_socket(build_models_app(models, upkeep=upkeep), path=path, started=lambda: None, stop=stop)
    finally:
        loop.stop()
        store.close()


if __name__ == "__main__":
    main()
