"""What goes wrong in one trial stays in that trial."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from numbers_job import NumbersHome

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.domain.job import ExecutorKind, JobState
from automl_tl.domain.trial import Report, TrialState
from automl_tl.domain.work import Evaluate, Result, Work
from automl_tl.errors import Diverged, OutOfMemory, TrialFailed
from automl_tl.settings import Settings
from automl_tl.wiring.adapters import executor_of

DEADLY_TRIAL = 3


class FailingWorker(NumbersWorker):
    """Some trials cannot be trained."""

    def __init__(self, failures: dict[int, TrialFailed]) -> None:
        self._failures = failures

    def perform(self, work: Work) -> Result:
        if isinstance(work, Evaluate) and work.trial in self._failures:
            raise self._failures[work.trial]
        return super().perform(work)


class ImpatientWorker(NumbersWorker):
    """Stops one epoch short of the last rung, the first time."""

    def __init__(self) -> None:
        self._stopped: set[int] = set()

    def perform(self, work: Work) -> Result:
        if not isinstance(work, Evaluate) or work.until_epoch < 9 or work.trial in self._stopped:
            return super().perform(work)
        self._stopped.add(work.trial)
        result = super().perform(work)
        assert isinstance(result, Report)
        return replace(result, epoch=8)


class DeadlyWorker(NumbersWorker):
    """Its process is killed at the first attempt at one trial."""

    def __init__(self, home: Path) -> None:
        self._mark = home / "was-killed"

    def perform(self, work: Work) -> Result:
        if isinstance(work, Evaluate) and work.trial == DEADLY_TRIAL and not self._mark.exists():
            self._mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().perform(work)


def build_deadly(settings: Settings) -> DeadlyWorker:
    return DeadlyWorker(settings.home)


def test_a_trial_that_diverges_or_runs_out_of_memory_fails_alone(tmp_path: Path) -> None:
    home = NumbersHome(tmp_path)
    failures = {1: Diverged("the loss was no longer a number"), 3: OutOfMemory("9 GB were wanted")}

    state = home.attempt(worker=FailingWorker(failures))

    trials = home.store.trials(home.job)
    assert state is JobState.SUCCEEDED
    assert {t.number: t.failure for t in trials if t.state is TrialState.FAILED} == {
        1: "the loss was no longer a number",
        3: "9 GB were wanted",
    }
    assert sum(bool(t.reports) for t in trials) == len(trials) - 2


def test_a_job_whose_every_trial_fails_says_the_most_common_reasons(tmp_path: Path) -> None:
    home = NumbersHome(tmp_path)
    failures = {number: OutOfMemory("9 GB were wanted") for number in range(50)}

    state = home.attempt(worker=FailingWorker(failures))

    job = home.store.job(home.job)
    assert state is JobState.FAILED
    assert job.failure is not None and "9 GB were wanted" in job.failure
    assert home.store.decision(home.job) is None


def test_a_trial_that_ran_out_of_time_before_its_rung_goes_on_without_losing_its_checkpoint(
    tmp_path: Path,
) -> None:
    home = NumbersHome(tmp_path)

    state = home.attempt(worker=ImpatientWorker())

    best = [t for t in home.store.trials(home.job) if t.state is TrialState.COMPLETE]
    assert state is JobState.SUCCEEDED
    assert any(len({r.epoch for r in t.reports} & {8, 9}) == 2 for t in best)
    for trial in best:
        assert trial.report is not None
        assert (home.settings.folders.job(home.job) / trial.report.checkpoint / "checkpoint.json").is_file()


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_a_killed_ray_worker_costs_one_repeated_evaluation(ray_home: Settings) -> None:
    home = NumbersHome(ray_home.home)
    settings = Settings(home=home.root, registry="folder", workers=2)
    executor = executor_of(ExecutorKind.RAY, settings, keep_pool=False, builder=f"{__name__}:build_deadly")

    state = home.attempt(executor=executor)

    trials = home.store.trials(home.job)
    assert state is JobState.SUCCEEDED
    assert {t.number: t.attempts for t in trials if t.attempts} == {DEADLY_TRIAL: 1}
    assert not any(t.state is TrialState.FAILED for t in trials)
