"""A whole search handed to Ray Tune: ``OptunaSearch`` and ASHA over our own evaluations, on warm actors.

Import it only once Ray is connected: Ray reads its environment when it is imported.
"""

import itertools
import logging
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.optuna import OptunaSearch

from automl_tl.domain.trial import Report, report_in
from automl_tl.errors import OutOfTime
from automl_tl.executors.ray_cards import cards_of, keep_to
from automl_tl.executors.ray_worker import WorkerPlan
from automl_tl.executors.tune_plan import Call, Listener, Parameter, TunePlan

_METRIC, _EPOCH, _REPORT = "value", "epoch", "report"
_ENVIRONMENT = {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # CSV, JSON and TensorBoard files of each trial
    "TUNE_GLOBAL_CHECKPOINT_S": str(10**9),  # what Tune would resume from; ours is the store
    "TUNE_DISABLE_AUTO_CALLBACK_SYNCER": "1",
    "RAY_AIR_NEW_OUTPUT": "0",
}


def run_tune(worker: WorkerPlan, plan: TunePlan, listener: Listener, *, cores: int) -> None:
    """Let Tune search until its trials or its seconds are spent, or the listener wants it to stop.

    ``worker`` is built once in each actor; the actors share ``cores``.
    """
    os.environ.update(_ENVIRONMENT)
    numbers = itertools.count(plan.number)
    try:
        tune.Tuner(
            tune.with_resources(
                tune.with_parameters(Evaluations, worker=worker, plan=plan),
                {"cpu": max(1, cores // plan.slots)},
            ),
            tune_config=tune.TuneConfig(
                search_alg=_searcher(plan),
                scheduler=ASHAScheduler(
                    time_attr=_EPOCH,
                    metric=_METRIC,
                    mode="max",
                    max_t=plan.rungs[-1],
                    grace_period=plan.rungs[0],
                    reduction_factor=3,
                ),
                num_samples=plan.trials,
                max_concurrent_trials=plan.slots,
                time_budget_s=plan.seconds,
                reuse_actors=True,
                trial_name_creator=lambda _: str(next(numbers)),
            ),
            run_config=tune.RunConfig(
                name="search",
                storage_path=str(plan.folder),
                callbacks=[_Told(listener)],
                stop=_Stop(listener),
                verbose=0,
                failure_config=tune.FailureConfig(max_failures=0),
            ),
        ).fit()
    finally:
        shutil.rmtree(plan.folder, ignore_errors=True)


class Evaluations(tune.Trainable):  # type: ignore[misc]
    """One trial at a time in a warm actor; a step is an evaluation up to the next rung."""

    def setup(self, config: dict[str, Any], *, worker: WorkerPlan, plan: TunePlan) -> None:
        """Build the worker, which imports everything heavy, once."""
        self._plan = plan
        if cards := cards_of(ray):  # our own idle workers have them reserved
            keep_to(os.getpid() % cards)
        self._worker = worker.build()
        self.reset_config(config)

    def reset_config(self, config: dict[str, Any]) -> bool:
        """Turn to another trial."""
        self._point = config
        self._report: Report | None = None
        return True

    def step(self) -> dict[str, Any]:
        """Evaluate up to the next rung; raises what the worker raises."""
        reached = 0 if self._report is None else self._report.epoch
        until = next(rung for rung in self._plan.rungs if rung > reached)
        call = Call(number=int(self.trial_name), point=self._point, until_epoch=until, report=self._report)
        report = self._worker.perform(self._plan.work(call))
        assert isinstance(report, Report)
        self._report = report
        is_last = until == self._plan.rungs[-1] or report.epoch < until
        return {_METRIC: report.value, _EPOCH: report.epoch, _REPORT: asdict(report), "done": is_last}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """The evaluation has written its own."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Nothing: trials are never moved between actors."""


class _Hearing:
    """Tune writes itself down with all that it was given; a listener stays out of that."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def __getstate__(self) -> dict[str, Any]:
        return {}


class _Told(_Hearing, tune.Callback):  # type: ignore[misc]
    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        self._listener.begun(int(str(trial)), dict(trial.config))

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        if _REPORT in result:
            self._listener.reported(int(str(trial)), report_in(result[_REPORT]))

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        self._listener.ended(int(str(trial)))

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        kind, reason = _told(trial)
        self._listener.failed(int(str(trial)), reason, is_late=kind.endswith(OutOfTime.__name__))


class _Stop(_Hearing, tune.Stopper):  # type: ignore[misc]
    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        return False

    def stop_all(self) -> bool:
        return self._listener.wants_stop()


def _searcher(plan: TunePlan) -> OptunaSearch:
    logging.getLogger("optuna").setLevel(logging.ERROR)  # what it says was chosen on purpose
    domains = {name: _domain(parameter) for name, parameter in plan.parameters.items()}
    searcher = OptunaSearch(
        space=OptunaSearch.convert_search_space(domains),
        metric=_METRIC,
        mode="max",
        points_to_evaluate=[dict(point) for point in plan.first],
        seed=plan.seed,
    )
    for point, value in plan.known:
        searcher.add_evaluated_point(dict(point), value)
    return searcher


def _domain(parameter: Parameter) -> Any:
    options = parameter.options or ((parameter.low,) if parameter.low == parameter.high else ())
    if options:
        return tune.choice(list(options))
    return (tune.loguniform if parameter.log else tune.uniform)(parameter.low, parameter.high)


def _told(trial: Any) -> tuple[str, str]:
    """The error's class and sentence: the last line of the traceback that Tune wrote as text."""
    try:
        last = Path(trial.error_file).read_text(errors="replace").strip().splitlines()[-1]
    except (OSError, TypeError, IndexError):
        return "", "the trial failed, and Ray Tune does not say why"
    kind, _, reason = last.partition(": ")
    return kind, reason or last
