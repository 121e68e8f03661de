"""One job with an evaluator that only computes numbers, on a real store, runner and folder registry."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl_tl.bench.numbers import SPACE, NumbersWorker
from automl_tl.champions.reconciler import reconcile
from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import DEFAULT_TENANT, ExecutorKind, JobRequest, JobState
from automl_tl.domain.work import Evaluate, Result, Work
from automl_tl.executors.base import Executor
from automl_tl.executors.inline import InlineExecutor
from automl_tl.job.runner import Runner
from automl_tl.registry.folder import FolderRegistry
from automl_tl.search.funnel import Funnel
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.store.sql import open_store

NAME = "numbers"


class Killed(BaseException):
    """The process died here."""


WRITES = frozenset(
    (
        *("enter", "freeze", "measure", "propose", "start", "settle", "end", "repeat"),
        *("take_turn", "open_test", "decide", "register", "project", "finish", "requeue"),
    )
)


class MortalStore:
    """A real store whose process dies right after its n-th write."""

    def __init__(self, store: Any, *, dies_after: int | None = None) -> None:
        self._store = store
        self._left = dies_after
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name not in WRITES:
            return method

        def write(*args: Any, **kwargs: Any) -> Any:
            result = method(*args, **kwargs)
            self.writes += 1
            if self._left is not None and self.writes >= self._left:
                raise Killed
            return result

        return write


class MortalWorker(NumbersWorker):
    """Its process dies at its n-th evaluation, before or after the work is done."""

    def __init__(self, *, dies_at: int | None = None, after: bool = False) -> None:
        self.evaluations = 0
        self._dies_at = dies_at
        self._after = after

    def perform(self, work: Work) -> Result:
        if not isinstance(work, Evaluate):
            return super().perform(work)
        self.evaluations += 1
        if self.evaluations == self._dies_at and not self._after:
            raise Killed
        result = super().perform(work)
        if self.evaluations == self._dies_at:
            raise Killed
        return result


@dataclass
class NumbersHome:
    """A home with one submitted job."""

    root: Path
    budget: Budget = Budget(trials=7)
    empty: Path | None = None  # a migrated store to copy, for whoever makes dozens of homes

    def __post_init__(self) -> None:
        self.settings = Settings(home=self.root, registry="folder")
        self.root.mkdir(parents=True, exist_ok=True)
        if self.empty is not None:
            shutil.copy(self.empty, self.settings.folders.store)
        self.store = open_store(self.root / "store.sqlite3")
        self.registry = FolderRegistry(self.root / "registry")
        self.job = self.store.add_job(self.request(), tenant=DEFAULT_TENANT).id

    def request(self) -> JobRequest:
        return JobRequest(
            name=NAME,
            dataset=DatasetSource(path=str(self.root)),
            space=SPACE,
            budget=self.budget,
            executor=ExecutorKind.INLINE,
        )

    def attempt(
        self, *, store: Any = None, worker: NumbersWorker | None = None, executor: Executor | None = None
    ) -> JobState:
        """Claim and run the job in a process of its own, as it were; Killed passes through."""
        self.store.expire(holder="test")
        lease = self.store.claim(holder="test", lease_seconds=60)
        assert lease is not None
        store = store or self.store
        executor = executor or InlineExecutor(worker or NumbersWorker(), threads=0)
        runner = Runner(
            store=store,
            executor=executor,
            settings=self.settings,
            read_space=lambda text, root: read_space(text, root=root),
            strategy=lambda job: Funnel(),
            reconcile=lambda: reconcile(store, self.registry),
        )
        try:
            return runner.run(lease, claimed=time.monotonic())
        finally:
            executor.close()

    def canonical(self) -> dict[str, Any]:
        """What an unbroken run and a resumed one must agree on."""
        return canonical_rows(self.store, self.registry, job=self.job, name=NAME)


def canonical_rows(store: Any, registry: FolderRegistry, *, job: str, name: str) -> dict[str, Any]:
    """What an unbroken run and a resumed one must agree on: all but ids, clocks and tries."""
    trials = [
        (
            t.number,
            t.seed,
            t.configuration,
            str(t.state),
            tuple((r.epoch, r.value) for r in t.reports),
            t.origin,
        )
        for t in store.trials(job)
    ]
    decided = store.decision(job)
    assert decided is not None
    promotions = store.promotions(tenant=DEFAULT_TENANT, name=name)
    return {
        "trials": trials,
        "decision": (str(decided.decision.outcome), decided.decision.reason, decided.proof.values),
        "version": decided.version,
        "promotions": [(str(p.kind), p.version) for p in promotions],
        "registry": [(v.number, v.aliases) for v in registry.versions(name)],
        "openings": store.openings(tenant=DEFAULT_TENANT, name=name),
        "state": str(store.job(job).state),
        "measured": {(m.kind, m.key) for m in store.measurements(job)},
    }
