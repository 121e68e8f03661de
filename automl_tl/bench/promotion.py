"""``bench promotion``: from the end of the search to the promotion, step by step, on the demo's digits."""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automl_tl.daemon.runner import Runner
from automl_tl.domain.dataset import Split
from automl_tl.domain.job import DEFAULT_TENANT, ExecutorKind, JobState, Phase
from automl_tl.domain.work import Evaluate, Prove, Result, Work
from automl_tl.executors.base import Executor
from automl_tl.proof.digits import write_digits
from automl_tl.registry.base import Registry
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.web.submission import read_submission
from automl_tl.wiring.adapters import executor_of, registry_of, store_of
from automl_tl.wiring.promoter import OwnPromoter
from automl_tl.wiring.runner import strategy_of


@dataclass(slots=True)
class Watch:
    """When each call to a part began and ended, in seconds of one clock."""

    spans: list[tuple[str, float, float]] = field(default_factory=list)

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, remembered."""

        def watched(*arguments: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                self.spans.append((name, begun, time.perf_counter()))

        return watched

    def of(self, name: str) -> list[tuple[float, float]]:
        """Every span of that name."""
        return [(begun, ended) for called, begun, ended in self.spans if called == name]

    def seconds(self, name: str, *, since: float) -> float:
        """How long the calls of that name took that began after ``since``."""
        return sum(ended - begun for begun, ended in self.of(name) if begun >= since)


class Watched:
    """A part whose every method is remembered under ``PART.METHOD``."""

    def __init__(self, part: Any, watch: Watch, name: str) -> None:
        self._part = part
        self._watch = watch
        self._name = name

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._part, method)
        return self._watch.timed(f"{self._name}.{method}", found) if callable(found) else found


class WatchedExecutor:
    """An executor whose work is remembered from its submission to its result."""

    def __init__(self, executor: Executor, watch: Watch) -> None:
        self._executor = executor
        self._watch = watch

    @property
    def slots(self) -> int:
        """As the executor's."""
        return self._executor.slots

    def submit(self, work: Work) -> Future[Result]:
        """As the executor's."""
        begun = time.perf_counter()
        future = self._executor.submit(work)
        name = _called(work)
        future.add_done_callback(lambda _: self._watch.spans.append((name, begun, time.perf_counter())))
        return future

    def kill(self, future: Future[Result]) -> None:
        """As the executor's."""
        self._executor.kill(future)

    def close(self) -> None:
        """As the executor's."""
        self._executor.close()


def run(*, trials: int, executor: str) -> dict[str, Any]:
    """One real job on the digits, a registry never opened before; seconds and shares by step."""
    with tempfile.TemporaryDirectory(prefix="automl-tl-bench-") as folder:
        settings = Settings(home=Path(folder), registry="mlflow")
        watch = Watch()
        state = _run_job(settings, watch, trials=trials, executor=executor)
    if state is not JobState.SUCCEEDED:
        raise AssertionError(f"the job of the benchmark ended {state}")
    return _figures(watch)


def _run_job(settings: Settings, watch: Watch, *, trials: int, executor: str) -> JobState:
    dataset = write_digits(settings.home / "digits")
    said: dict[str, object] = {"dataset": str(dataset), "name": "digits", "space": "embedded"}
    said |= {"max_trials": trials, "executor": executor}
    plain = store_of(settings)
    store: Any = Watched(plain, watch, "store")

    def open_registry(settings: Settings) -> Registry:
        opened: Any = Watched(watch.timed("registry.open", registry_of)(settings), watch, "registry")
        found: Registry = opened
        return found

    promoter = OwnPromoter(store, settings, open_registry=open_registry)
    workers = executor_of(ExecutorKind(executor), settings, keep_pool=False)
    request = read_submission(said, settings=settings)
    lease = plain.begin_job(request, tenant=DEFAULT_TENANT, holder="bench", lease_seconds=3600)
    try:
        return Runner(
            store=store,
            executor=WatchedExecutor(workers, watch),
            settings=settings,
            read_space=lambda text, root: read_space(text, root=root),
            strategy=strategy_of,
            reconcile=watch.timed("reconcile", promoter.reconcile),
            warm_registry=promoter.warm,
        ).run(lease, claimed=time.monotonic())
    finally:
        workers.close()
        plain.close()


def _called(work: Work) -> str:
    if isinstance(work, Prove):
        return "retest" if work.split is Split.RETEST else "test reading"
    return "evaluate" if isinstance(work, Evaluate) else type(work).__name__


def _figures(watch: Watch) -> dict[str, Any]:
    """Steps do not overlap, but for the registry's opening, which runs beside the proof."""
    # check, score, search, prove, promote: each is entered once
    searched = watch.of("store.enter")[list(Phase).index(Phase.PROVE)][1]
    promoted = watch.of("store.finish")[-1][1]
    opened = watch.of("registry.open")[0][1]
    steps = {
        "retest": watch.seconds("retest", since=searched),
        "scratch baseline": watch.seconds("evaluate", since=searched),
        "opening write": watch.seconds("store.open_test", since=searched),
        "test reading": watch.seconds("test reading", since=searched),
        "proof figures": watch.of("store.decide")[0][0] - watch.of("test reading")[0][1],
        "decision write": watch.seconds("store.decide", since=searched),
        "registry waited for": max(0.0, opened - watch.of("reconcile")[0][0]),
        "register": watch.seconds("registry.register", since=searched),
        "alias": watch.seconds("registry.point", since=searched),
        "rest of reconciling": 0.0,
        "report and card": watch.of("store.finish")[-1][0] - watch.of("reconcile")[0][1],
        "end written": watch.seconds("store.finish", since=searched),
    }
    within = ("registry waited for", "register", "alias")
    steps["rest of reconciling"] = watch.seconds("reconcile", since=searched) - sum(steps[s] for s in within)
    total = promoted - searched
    steps["between the steps"] = total - sum(steps.values())
    beside = opened - watch.of("registry.open")[0][0]
    found = {"seconds": total, "steps": steps, "registry_opened_beside_seconds": beside}
    return {**found, "table": _table(steps, total=total, beside=beside)}


def _table(steps: dict[str, float], *, total: float, beside: float) -> str:
    lines = [f"{'step':<22} {'seconds':>8} {'share':>6}"]
    lines += [f"{step:<22} {seconds:>8.3f} {seconds / total:>6.1%}" for step, seconds in steps.items()]
    lines.append(f"{'search done → promoted':<22} {total:>8.3f} {1:>6.0%}")
    lines.append(f"registry opened beside the proof in {beside:.3f} s")
    return "\n".join(lines)
