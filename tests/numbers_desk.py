"""A leased job on a runner's desk: a real store and search, and a worker that only computes numbers."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automl_tl.bench.numbers import SPACE, NumbersWorker
from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import DatasetSource, Modality
from automl_tl.domain.job import DEFAULT_TENANT, ExecutorKind, JobRequest, Lease, Limits
from automl_tl.domain.promotion import Decided
from automl_tl.executors.base import Executor, Worker
from automl_tl.executors.inline import InlineExecutor
from automl_tl.job.checking import check
from automl_tl.job.desk import Desk
from automl_tl.job.proving import Proving
from automl_tl.job.readings import Readings
from automl_tl.job.retest import Retest
from automl_tl.job.scoring import score
from automl_tl.job.search_loop import SearchLoop
from automl_tl.job.shortlisting import shortlist
from automl_tl.job.study import Study
from automl_tl.search.funnel import Funnel
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings

NAME = "numbers"


@dataclass(kw_only=True)
class NumbersDesk:
    """One job of the name ``numbers``, begun when it is first asked for."""

    store: Any
    settings: Settings
    worker: Worker = field(default_factory=NumbersWorker)
    threads: int = 0
    executor: Executor | None = None  # in place of one around the worker
    trials: int = 5
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.monotonic
    space: str = SPACE

    def __post_init__(self) -> None:
        request = JobRequest(
            name=NAME,
            dataset=DatasetSource(path=str(self.settings.home)),
            space=self.space,
            budget=Budget(trials=self.trials),
            executor=ExecutorKind.INLINE,
            limits=self.limits,
        )
        self.lease: Lease = self.store.begin_job(
            request, tenant=DEFAULT_TENANT, holder="test", lease_seconds=600
        )
        self.desk = self.again()

    def again(self) -> Desk:
        """The same job on a fresh desk, as after a crash."""
        return Desk(
            store=self.store,
            executor=self.executor or InlineExecutor(self.worker, threads=self.threads),
            strategy=Funnel(),
            settings=self.settings,
            lease=self.lease,
            job=self.store.job(self.lease.job),
            space=read_space(self.space, root=Path()).reading(Modality.IMAGE),
            claimed=self.clock(),
            clock=self.clock,
        )

    def loop(self) -> SearchLoop:
        """Everything up to the search, which is ready to run."""
        _, path = check(self.desk)
        listed = shortlist(self.desk, score(self.desk, path), scores={})
        self.study = Study(self.desk, shortlist=listed, manifest=path)
        return SearchLoop(self.desk, self.study)

    def proving(self, *, bring_back: Callable[[], object] = lambda: None) -> Proving:
        """The proof of a desk whose job was searched."""
        manifest, path = check(self.desk)
        facts = score(self.desk, path)
        return Proving(self.desk, manifest=manifest, path=path, facts=facts, bring_back=bring_back)

    def retest(self) -> Retest:
        """The choice of a challenger among what was searched."""
        manifest, path = check(self.desk)
        readings = Readings(self.desk, path=path)
        return Retest(self.desk, readings, manifest=manifest, facts=score(self.desk, path))

    def decided(self) -> Decided:
        """Everything up to the decision."""
        self.loop().run()
        return self.proving().run(self.study.trials)
