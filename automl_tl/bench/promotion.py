"""``bench promotion``: from the end of the search to the promotion, step by step, on the demo's digits."""

import time
from pathlib import Path
from typing import Any, Literal

from automl_tl.bench.watch import Watch, Watched, WatchedExecutor
from automl_tl.domain.job import DEFAULT_TENANT, ExecutorKind, JobState, Phase
from automl_tl.job.cards import keep_card, papers
from automl_tl.job.runner import Runner
from automl_tl.proof.digits import write_digits
from automl_tl.registry.base import Registry
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.web.submission import read_submission
from automl_tl.wiring.adapters import WORKER, executor_of, registry_of, store_of
from automl_tl.wiring.promoter import OwnPromoter
from automl_tl.wiring.runner import strategy_of

_REGISTRY_OPENS, _RECONCILE = "registry opens", "reconcile"
_STEPS = {
    "retest": "Prove.retest",
    "scratch baseline": "Evaluate",
    "opening written": "store.open_test",
    "test read": "Prove.test",
    "proof computed": None,
    "decision written": "store.decide",
    "registry waited for": None,
    "card for the registry": "papers",
    "version registered": "registry.register",
    "aliases moved": "registry.point",
    "other reconciling": None,
    "card in the folder": "card",
    "end written": "store.finish",
    "everything else": None,
}
"""In their order, with the call that each one is; None: what lies between calls. No step overlaps another."""


def run(
    *, trials: int, executor: str, registry: Literal["mlflow", "folder"] = "mlflow", builder: str = WORKER
) -> dict[str, Any]:
    """One real job on the digits with a registry never opened before: seconds by step, and a table.

    Raises AssertionError where the job does not end with a promotion.
    """
    watch = Watch()
    with temporary_folder("automl-tl-bench-") as folder:
        settings = Settings(home=Path(folder), registry=registry)
        _run_job(settings, watch, trials=trials, executor=executor, builder=builder)
    return _figures(watch)


def _run_job(settings: Settings, watch: Watch, *, trials: int, executor: str, builder: str) -> None:
    dataset = write_digits(settings.home / "digits")
    said = {"dataset": str(dataset), "name": "digits", "space": "embedded"}
    request = read_submission({**said, "max_trials": trials, "executor": executor}, settings=settings)
    store = store_of(settings)
    lease = store.begin_job(request, tenant=DEFAULT_TENANT, holder="bench", lease_seconds=3600)
    workers = executor_of(ExecutorKind(executor), settings, keep_pool=False, builder=builder)
    try:
        state = _runner(store, workers, settings, watch).run(lease, claimed=time.monotonic())
        moves = store.promotions(tenant=DEFAULT_TENANT, name="digits")
    finally:
        workers.close()
        store.close()
    if state is not JobState.SUCCEEDED or not moves:
        raise AssertionError(f"the benchmark's job ended {state} with {len(moves)} promotions")


def _runner(plain: Any, workers: Any, settings: Settings, watch: Watch) -> Runner:
    """As ``wiring.runner`` makes one for a job in the foreground, with a stop-watch on each part."""

    def open_registry(settings: Settings) -> Registry:
        opened = watch.timed(_REGISTRY_OPENS, registry_of)(settings)
        found: Any = Watched(opened, watch, "registry")
        return found  # type: ignore[no-any-return]  # it answers as the registry that it holds

    store: Any = Watched(plain, watch, "store")
    promoter = OwnPromoter(
        store, settings, open_registry=open_registry, papers_of=watch.timed("papers", papers)
    )
    return Runner(
        store=store,
        executor=WatchedExecutor(workers, watch),
        settings=settings,
        read_space=lambda text, root: read_space(text, root=root),
        strategy=strategy_of,
        reconcile=watch.timed(_RECONCILE, promoter.reconcile),
        warm_registry=promoter.warm,
        keep_card=watch.timed("card", keep_card),
    )


def _figures(watch: Watch) -> dict[str, Any]:
    # Each phase is entered once: check, score, search, prove, promote.
    searched = watch.of("store.enter")[list(Phase).index(Phase.PROVE)].ended
    total = watch.of("store.finish")[-1].ended - searched
    steps = {step: watch.seconds(name, since=searched) if name else 0.0 for step, name in _STEPS.items()}
    (opening,) = watch.of(_REGISTRY_OPENS)
    reconciled = watch.of(_RECONCILE)[-1]
    steps["proof computed"] = watch.of("store.decide")[-1].begun - watch.of("Prove.test")[-1].ended
    steps["registry waited for"] = max(0.0, opening.ended - reconciled.begun)
    within = ("registry waited for", "card for the registry", "version registered", "aliases moved")
    steps["other reconciling"] = reconciled.ended - reconciled.begun - sum(steps[step] for step in within)
    steps["everything else"] = total - sum(steps.values())
    beside = opening.ended - opening.begun
    found = {"seconds": total, "steps": steps, "registry_opening_seconds": beside}
    return {**found, "table": _table(steps, total=total, beside=beside)}


def _table(steps: dict[str, float], *, total: float, beside: float) -> str:
    lines = [f"{'step':<24} {'seconds':>8} {'share':>6}"]
    lines += [f"{step:<24} {seconds:>8.3f} {seconds / total:>6.1%}" for step, seconds in steps.items()]
    lines.append(f"{'search done to promoted':<24} {total:>8.3f} {1:>6.0%}")
    lines.append(f"The registry was opened beside the proof, in {beside:.3f} s.")
    return "\n".join(lines)
