"""The strategy ``tune``: real Ray Tune, with evaluations that only compute numbers."""

import threading
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from numbers_job import NAME

from automl_tl.bench.numbers import SPACE
from automl_tl.bench.overhead import warm_executor
from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import DEFAULT_TENANT, JobRequest, JobState, Strategy
from automl_tl.domain.trial import TrialState
from automl_tl.executors.base import Executor
from automl_tl.job.desk import Desk
from automl_tl.job.runner import Runner
from automl_tl.job.study import Study
from automl_tl.job.tune_search import TuneSearch
from automl_tl.search.funnel import Funnel
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.store.sql import SqlStore, open_store
from automl_tl.wiring.adapters import plan_of
from automl_tl.wiring.runner import workshop_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]
BUILDER = "automl_tl.bench.numbers:build"
RUNGS = (1, 3, 9)


@pytest.fixture(scope="module")
def settings(ray_home: Settings) -> Settings:
    return Settings(home=ray_home.home, registry="folder", workers=2)


@pytest.fixture(scope="module")
def executor(settings: Settings) -> Iterator[Executor]:
    with warm_executor("ray", settings) as warm:
        yield warm


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(tmp_path / "store.sqlite3")
    yield opened
    opened.close()


def tuned(settings: Settings, desk: Desk, study: Study) -> TuneSearch:
    from automl_tl.executors.tune import run_tune

    run = partial(run_tune, plan_of(settings, builder=BUILDER), cores=2)
    return TuneSearch(desk, study, workshop=workshop_of(run))


class Reported(threading.Event):
    """Set once so many trials have reported."""

    def __init__(self, store: SqlStore, job: str, *, trials: int) -> None:
        super().__init__()
        self._store, self._job, self._trials = store, job, trials

    def is_set(self) -> bool:
        return sum(bool(trial.reports) for trial in self._store.trials(self._job)) >= self._trials


def attempt(
    store: SqlStore, settings: Settings, executor: Executor, *, stop: threading.Event | None = None
) -> JobState:
    """Run the job on a clock that moves a second at each look, so that each step of Tune hears wishes."""
    seconds = count()
    lease = store.claim(holder="test", lease_seconds=600)
    assert lease is not None
    return Runner(
        store=store,
        executor=executor,
        settings=settings,
        read_space=lambda text, root: read_space(text, root=root),
        strategy=lambda job: Funnel(),
        search=partial(tuned, settings),
        reconcile=lambda: None,
        stop=stop or threading.Event(),
        clock=lambda: float(next(seconds)),
    ).run(lease, claimed=0.0)


def submitted(store: SqlStore, settings: Settings, *, trials: int) -> str:
    request = JobRequest(
        name=NAME,
        dataset=DatasetSource(path=str(settings.home)),
        space=SPACE,
        budget=Budget(trials=trials),
        strategy=Strategy.TUNE,
    )
    return store.add_job(request, tenant=DEFAULT_TENANT).id


def test_tune_searches_defaults_first_and_every_trial_is_a_row(
    store: SqlStore, settings: Settings, executor: Executor
) -> None:
    job = submitted(store, settings, trials=12)

    state = attempt(store, settings, executor)

    assert state is JobState.SUCCEEDED
    trials = sorted(store.trials(job), key=lambda trial: trial.number)
    assert [trial.number for trial in trials] == list(range(12))
    assert [trial.origin for trial in trials[:4]] == ["default", "default", "probe", "probe"]
    assert {trial.origin for trial in trials[4:]} == {"sampler"}
    assert {trial.configuration.candidate for trial in trials[:2]} == {"alpha", "beta"}
    assert {trial.configuration.batch_size for trial in trials[:4]} == {None}
    assert {trial.configuration.batch_size for trial in trials[4:]} & {16, 32, 64, 128}
    for trial in trials:
        assert tuple(report.epoch for report in trial.reports) == RUNGS[: len(trial.reports)]
        assert trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
    assert 0 < sum(1 for trial in trials if trial.epoch == RUNGS[-1]) < 12  # ASHA stopped some
    assert store.decision(job) is not None
    assert not (settings.folders.job(job) / "tune").exists()


def test_an_interrupted_search_by_tune_goes_on_with_what_it_knows(
    store: SqlStore, settings: Settings, executor: Executor
) -> None:
    job = submitted(store, settings, trials=24)

    stopped = attempt(store, settings, executor, stop=Reported(store, job, trials=5))

    before = {trial.number: trial for trial in store.trials(job)}
    assert stopped is store.job(job).state is JobState.QUEUED and 5 <= len(before) < 24

    state = attempt(store, settings, executor)

    after = {trial.number: trial for trial in store.trials(job)}
    assert state is JobState.SUCCEEDED and len(after) == 24
    for number, trial in before.items():
        assert after[number].reports == trial.reports
        assert after[number].configuration == trial.configuration
    assert [t.origin for t in after.values()].count("default") == 2  # not tried a second time
