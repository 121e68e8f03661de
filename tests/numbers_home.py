"""A home in which jobs of numbers ran to their ends, with a real store, runner and folder registry."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl_tl.bench.numbers import SPACE, NumbersWorker
from automl_tl.champions.reconciler import reconcile
from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import DEFAULT_TENANT, ExecutorKind, JobRequest, JobState, Lease
from automl_tl.executors.inline import InlineExecutor
from automl_tl.job.runner import Runner
from automl_tl.registry.folder import FolderRegistry
from automl_tl.search.funnel import Funnel
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.upkeep.upkeep import Upkeep

NAME = "numbers"
LINE: dict[str, Any] = {"tenant": DEFAULT_TENANT, "name": NAME}


@dataclass(kw_only=True)
class NumbersHome:
    """Jobs of one name, run one after another; ``policy`` are settings."""

    store: Any
    settings: Settings
    trials: int = 3

    def __post_init__(self) -> None:
        self.registry = FolderRegistry(self.settings.folders.registry)
        self.turn = self.settings.folders.run / "reconcile.lock"

    def upkeep(self, **policy: object) -> Upkeep:
        settings = self.settings.model_copy(update=policy)
        return Upkeep(self.store, settings, lambda: self.registry, turn=self.turn)

    def begin(
        self, name: str = NAME, *, dataset: Path | None = None, space: str = SPACE, **more: object
    ) -> Lease:
        request = JobRequest(
            name=name,
            dataset=DatasetSource(path=str(dataset or self.settings.home)),
            space=space,
            budget=Budget(trials=self.trials),
            executor=ExecutorKind.INLINE,
            **more,  # type: ignore[arg-type]
        )
        lease: Lease = self.store.begin_job(request, tenant=DEFAULT_TENANT, holder="test", lease_seconds=600)
        return lease

    def run(
        self,
        lease: Lease | None = None,
        *,
        worker: Callable[[], NumbersWorker] = NumbersWorker,
        before_registry: Callable[[], object] = lambda: None,
    ) -> str:
        """One job to its end; its id. ``before_registry`` happens between its decision and the registry."""
        lease = lease or self.begin()
        runner = Runner(
            store=self.store,
            executor=InlineExecutor(worker(), threads=0),
            settings=self.settings,
            read_space=lambda text, root: read_space(text, root=root),
            strategy=lambda job: Funnel(),
            reconcile=lambda: self._reconcile(before_registry),
        )
        assert runner.run(lease, claimed=time.monotonic()) is JobState.SUCCEEDED
        return lease.job

    def _reconcile(self, before: Callable[[], object]) -> int:
        before()
        return reconcile(self.store, self.registry, turn=self.turn)

    def folder(self, job: str) -> Path:
        return self.settings.folders.job(job)

    def standing(self) -> list[int]:
        return [d.version for d in self.store.versions(**LINE) if d.version and d.gone is None]
