"""What a search by Tune writes down, with a Tune of a few lines in its place."""

from collections.abc import Callable
from pathlib import Path

import pytest
from numbers_desk import NumbersDesk

from automl_tl.domain.trial import Report, TrialState
from automl_tl.errors import Stopped
from automl_tl.executors.tune_plan import Listener, TunePlan
from automl_tl.job.study import Study
from automl_tl.job.tune_search import TuneSearch, Workshop
from automl_tl.search.opening import openings
from automl_tl.search.outlook import most_trials
from automl_tl.settings import Settings
from automl_tl.store.base import Store


def tuned(job: NumbersDesk, run: Callable[[TunePlan, Listener], None]) -> tuple[TuneSearch, Study]:
    job.loop()
    workshop = Workshop(run=run, openings=openings, most_trials=most_trials)
    return TuneSearch(job.desk, job.study, workshop=workshop), job.study


def report(folder: Path, *, epoch: int) -> Report:
    return Report(
        epoch=epoch, value=0.7, loss=0.3, checkpoint=str(folder / "c"), seconds=1.0, multiply_adds=1
    )


def test_a_trial_that_ran_out_of_time_has_not_failed(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings)

    def run(plan: TunePlan, listener: Listener) -> None:
        for number, point in enumerate(plan.first[:3]):
            listener.begun(number, point)
        listener.reported(0, report(job.desk.folder, epoch=1))
        listener.failed(0, "the deadline passed", is_late=True)
        listener.failed(1, "the deadline passed", is_late=True)
        listener.failed(2, "the loss was no number", is_late=False)

    search, study = tuned(job, run)
    search.run()

    states = [trial.state for trial in study.trials]
    assert states == [TrialState.PRUNED, TrialState.CANCELLED, TrialState.FAILED]


def test_a_trial_that_was_stopped_on_purpose_has_not_failed(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = NumbersDesk(store=store, settings=settings)
    monkeypatch.setattr("automl_tl.job.tune_search.POLL_SECONDS", 0.0)

    def run(plan: TunePlan, listener: Listener) -> None:
        listener.begun(0, plan.first[0])
        job.desk.stop.set()
        assert listener.wants_stop()
        listener.failed(0, "stopped on request", is_late=False)

    search, study = tuned(job, run)
    with pytest.raises(Stopped):
        search.run()

    assert study.trial(0).state is TrialState.RUNNING  # whoever goes on ends it as interrupted
