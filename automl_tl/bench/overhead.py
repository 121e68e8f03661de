"""``bench overhead``: what a trial costs beside its training."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from automl_tl.bench.numbers import SPACE
from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.events import EventKind
from automl_tl.domain.job import DEFAULT_TENANT, ExecutorKind, JobRequest
from automl_tl.domain.trial import Trial
from automl_tl.executors.base import Executor
from automl_tl.job.runner import Runner
from automl_tl.search.base import Context, Step, Strategy
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.adapters import executor_of, store_of
from automl_tl.wiring.runner import strategy_of

Timed = TypeVar("Timed")
_BUILDER = "automl_tl.bench.numbers:build"


class TimedStrategy:
    """A strategy with a stop-watch: seconds of each proposal and of each step."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self.proposals: list[float] = []
        self.steps: list[float] = []

    def step(self, context: Context) -> Step:
        """As the strategy."""
        return _timed(lambda: self._strategy.step(context), self.steps)

    def seconds_left(self, context: Context) -> float | None:
        """As the strategy."""
        return self._strategy.seconds_left(context)

    def propose(self, context: Context) -> Trial:
        """As the strategy."""
        return _timed(lambda: self._strategy.propose(context), self.proposals)


def run(*, trials: int, workers: int, executor: str = "ray") -> dict[str, Any]:
    """Search with a worker that only computes numbers, on warm workers; the durability is as shipped.

    Dispatch is the search's wall time less the sampler's: step, store, submit, answer, settle, events.
    """
    with temporary_folder("automl-tl-bench-") as folder:
        settings = Settings(home=Path(folder), registry="folder", workers=workers)
        store = store_of(settings)
        with warm_executor(executor, settings) as warm:
            search(store, settings, warm, trials=2 * workers)  # warms the workers
            job, strategy = search(store, settings, warm, trials=trials)
        wall = _search_seconds(store, job)
        evaluations = sum(len(trial.reports) for trial in store.trials(job))
        store.close()
    return _figures(strategy, wall=wall, evaluations=evaluations, trials=trials, workers=workers)


def _search_seconds(store: Store, job: str) -> float:
    """From the claim to the proof, less the check and the scores: what its own events say."""
    entered = {
        event.data["phase"]: event.time
        for event in store.events(job=job, limit=100_000)
        if event.kind is EventKind.PHASE_ENTERED
    }
    return entered["prove"] - entered["search"]


def _figures(
    strategy: TimedStrategy, *, wall: float, evaluations: int, trials: int, workers: int
) -> dict[str, Any]:
    sampler = sum(strategy.proposals)
    third = max(1, len(strategy.proposals) // 3)
    found = {
        "trials": trials,
        "evaluations": evaluations,
        "workers": workers,
        "wall_seconds": wall,
        "dispatch_milliseconds_per_trial": 1000 * (wall - sampler) / trials,
        "dispatch_milliseconds_per_evaluation": 1000 * (wall - sampler) / evaluations,
        "step_milliseconds_median": 1000 * statistics.median(strategy.steps),
        "sampler_milliseconds_median": 1000 * statistics.median(strategy.proposals),
        "sampler_milliseconds_median_last_third": 1000 * statistics.median(strategy.proposals[-third:]),
    }
    lines = [f"{key:<42} {value:>10.3f}" for key, value in found.items()]
    return {**found, "table": "\n".join(lines)}


def search(store: Store, settings: Settings, executor: Executor, *, trials: int) -> tuple[str, TimedStrategy]:
    """Run one job of so many trials as a runner does; its id, and the strategy with its times."""
    request = JobRequest(
        name="overhead",
        dataset=DatasetSource(path=str(settings.home)),
        space=SPACE,
        budget=Budget(trials=trials),
    )
    lease = store.begin_job(request, tenant=DEFAULT_TENANT, holder="bench", lease_seconds=3600)
    strategy = TimedStrategy(strategy_of(store.job(lease.job)))
    runner = Runner(
        store=store,
        executor=executor,
        settings=settings,
        read_space=lambda text, root: read_space(text, root=root),
        strategy=lambda job: strategy,
        reconcile=lambda: None,
    )
    runner.run(lease, claimed=time.monotonic())
    return lease.job, strategy


@contextmanager
def warm_executor(kind: str, settings: Settings, *, builder: str = _BUILDER) -> Iterator[Executor]:
    """Workers that only compute numbers; ``builder`` makes others."""
    executor = executor_of(ExecutorKind(kind), settings, keep_pool=False, builder=builder)
    try:
        yield executor
    finally:
        executor.close()


def _timed(act: Callable[[], Timed], into: list[float]) -> Timed:
    begun = time.perf_counter()
    try:
        return act()
    finally:
        into.append(time.perf_counter() - begun)
