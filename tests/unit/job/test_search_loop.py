"""The search sees to wishes, deadlines and workers that hang."""

import time
from pathlib import Path

import pytest
from numbers_desk import NumbersDesk
from patience import WAIT_SECONDS

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.domain.job import Wish
from automl_tl.domain.trial import Trial, TrialState
from automl_tl.domain.work import Evaluate, Result, Work
from automl_tl.errors import JobFailed, OutOfTime, Stopped, TrialFailed, WorkerLost
from automl_tl.executors.progress import Progress
from automl_tl.job.desk import Cancelled, Paused, Yielded
from automl_tl.job.tracebacks import traceback_file
from automl_tl.settings import Settings
from automl_tl.store.base import Store


class HangingWorker(NumbersWorker):
    """Hangs at its first evaluation of trial 1 until it is told to stop; ``clock`` jumps meanwhile."""

    def __init__(self, store: Store, *, wish: Wish = Wish.NONE) -> None:
        self.evaluations: list[int] = []
        self.has_heard = False
        self._is_hanging = False
        self._store = store
        self._wish = wish

    def clock(self) -> float:
        """An hour later while the worker hangs."""
        return time.monotonic() + (3600.0 if self._is_hanging else 0.0)

    def perform(self, work: Work) -> Result:
        if isinstance(work, Evaluate):
            self.evaluations.append(work.trial)
            if self.evaluations.count(1) == 1 and work.trial == 1:
                self._hang(work)
        return super().perform(work)

    def _hang(self, work: Evaluate) -> None:
        assert work.progress is not None
        progress = Progress(Path(work.progress))
        if self._wish is Wish.NONE:
            self._is_hanging = True
        else:
            self._store.wish(self._store.jobs()[0].id, self._wish)
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.has_heard and time.monotonic() < deadline:
            self.has_heard = progress._map[24] != 0  # without telling a step, as what hangs
            time.sleep(0.005)
        self._is_hanging = False
        raise Stopped("told to stop")


@pytest.mark.parametrize(("wish", "raised"), [(Wish.CANCEL, Cancelled), (Wish.PAUSE, Paused)])
def test_a_wish_stops_running_work_within_a_poll_and_leaves_it_resumable(
    store: Store, settings: Settings, wish: Wish, raised: type[Stopped]
) -> None:
    worker = HangingWorker(store, wish=wish)
    job = NumbersDesk(store=store, settings=settings, worker=worker, threads=1)
    loop = job.loop()
    begun = time.monotonic()

    with pytest.raises(raised):
        loop.run()

    assert worker.has_heard
    assert time.monotonic() - begun < WAIT_SECONDS / 2
    assert [t.state for t in store.trials(job.lease.job) if t.number == 1] == [TrialState.RUNNING]


def test_a_stopping_daemon_stops_the_search(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=HangingWorker(store), threads=1)
    loop = job.loop()
    job.desk.stop.set()

    with pytest.raises(Stopped, match="the daemon is stopping"):
        loop.run()


def test_a_worker_without_progress_is_ended_and_its_work_repeated(store: Store, settings: Settings) -> None:
    worker = HangingWorker(store)
    job = NumbersDesk(store=store, settings=settings, worker=worker, threads=1, clock=worker.clock)

    job.loop().run()

    assert worker.has_heard
    trials = store.trials(job.lease.job)
    assert {t.number: t.attempts for t in trials if t.attempts} == {1: 1}
    assert not any(t.state is TrialState.FAILED for t in trials)
    assert trials[1].reports


class FailingWorker(NumbersWorker):
    """Raises what was said for a trial and a rung."""

    def __init__(self, failures: dict[tuple[int, int], TrialFailed]) -> None:
        self._failures = failures

    def perform(self, work: Work) -> Result:
        if isinstance(work, Evaluate) and (work.trial, work.until_epoch) in self._failures:
            raise self._failures[work.trial, work.until_epoch]
        return super().perform(work)


def test_a_trial_out_of_time_is_pruned_with_what_it_has_or_cancelled_with_nothing(
    store: Store, settings: Settings
) -> None:
    late = OutOfTime("the deadline passed")
    worker = FailingWorker({(0, 1): late, (1, 3): late})
    job = NumbersDesk(store=store, settings=settings, worker=worker)

    job.loop().run()

    trials = store.trials(job.lease.job)
    assert (trials[0].state, trials[0].reports) == (TrialState.CANCELLED, ())
    assert (trials[1].state, trials[1].epoch) == (TrialState.PRUNED, 1)
    assert not any(t.state is TrialState.FAILED for t in trials)


def test_a_search_in_which_nothing_was_in_time_says_so(store: Store, settings: Settings) -> None:
    failures: dict[tuple[int, int], TrialFailed] = {(n, 1): OutOfTime("too late") for n in range(9)}
    job = NumbersDesk(store=store, settings=settings, worker=FailingWorker(failures))

    with pytest.raises(JobFailed, match="the budget is too small"):
        job.loop().run()


class CountingWorker(NumbersWorker):
    """Counts the checkpoints on disk, the one it has just written included."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def perform(self, work: Work) -> Result:
        result = super().perform(work)
        if isinstance(work, Evaluate):
            self.seen.append(len(list(Path(work.into).parent.iterdir())))
        return result


def test_checkpoints_on_disk_are_few_during_the_search_however_many_trials_it_has(
    store: Store, settings: Settings
) -> None:
    worker = CountingWorker()
    job = NumbersDesk(store=store, settings=settings, worker=worker, trials=150)

    job.loop().run()

    # Those that wait at the rungs 1 and 3 (24 each, and a slow starter for each of the five depths), the six
    # best that ended, the one that runs, and the one it goes on from.
    assert max(worker.seen) <= 2 * (24 + 5) + 6 + 2
    assert len(list((job.desk.folder / "checkpoints").iterdir())) <= 6


def test_a_finished_search_is_not_searched_again(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings)
    reason = job.loop().run()
    before = store.trials(job.lease.job)

    job.desk = job.again()

    assert job.loop().run() == reason
    assert store.trials(job.lease.job) == before


class PoisonedWorker(NumbersWorker):
    """One trial meets a defect, or its worker dies, each time it is tried; ``clock`` is a second further."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def perform(self, work: Work) -> Result:
        if isinstance(work, Evaluate) and work.trial == 1:
            raise self._error
        return super().perform(work)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (RuntimeError("mat1 and mat2"), "RuntimeError: mat1 and mat2"),
        (WorkerLost("killed"), "its worker was lost 3 times: killed"),
    ],
)
def test_a_poisoned_trial_fails_alone_and_its_traceback_is_kept(
    store: Store, settings: Settings, error: Exception, failure: str
) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=PoisonedWorker(error))

    job.loop().run()

    failed = {t.number: t.failure for t in store.trials(job.lease.job) if t.state is TrialState.FAILED}
    assert failed == {1: failure}
    kept = traceback_file(job.desk.folder, 1).read_text()
    assert "in perform" in kept and str(error) in kept


class UrgentNews(NumbersWorker):
    """During its fourth evaluation a more urgent job comes; each takes a second of ``clock``."""

    def __init__(self, store: Store) -> None:
        self.evaluations = 0
        self._store = store

    def clock(self) -> float:
        return float(self.evaluations)

    def perform(self, work: Work) -> Result:
        if isinstance(work, Evaluate):
            self.evaluations += 1
            if self.evaluations == 4:
                assert self._store.ask_to_yield(self._store.jobs()[0].id)
        return super().perform(work)


def test_a_search_gives_way_at_a_rung_and_goes_on_as_if_it_had_not(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    unbroken = NumbersDesk(store=store, settings=settings)
    unbroken.loop().run()
    worker = UrgentNews(store)
    job = NumbersDesk(store=store, settings=settings, worker=worker, clock=worker.clock)

    with pytest.raises(Yielded):
        job.loop().run()

    assert worker.evaluations == 4
    assert not any(t.state is TrialState.RUNNING for t in store.trials(job.lease.job))
    store.requeue(job.lease, spent_seconds=4, reason="it gave way")
    lease = store.claim(holder="test", lease_seconds=600, job=job.lease.job)
    assert lease is not None
    job.lease = lease
    job.desk = job.again()
    job.loop().run()
    assert [_told(t) for t in store.trials(job.lease.job)] == [
        _told(t) for t in store.trials(unbroken.lease.job)
    ]


def _told(trial: Trial) -> tuple[object, ...]:
    return trial.configuration, trial.state, [(r.epoch, r.value) for r in trial.reports]
