"""Jobs are claimed, run in processes, tried again, handed back: the scheduler with very small runners."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from patience import WAIT_SECONDS, until

from automl_tl.daemon import scheduler as scheduling_of
from automl_tl.daemon.scheduler import Scheduler
from automl_tl.domain.job import Job, JobState, Lease, Wish
from automl_tl.settings import Settings
from automl_tl.store.base import Store

FINISH = """
import sys
from automl_tl.domain.job import JobState, Lease
from automl_tl.store.sql import open_store
home, job, holder, fence = sys.argv[1:]
store = open_store(home + "/store.sqlite3")
lease = Lease(job=job, holder=holder, fence=int(fence))
store.finish(lease, JobState.SUCCEEDED, spent_seconds=0.0, outcome={})
"""


def shell(script: str) -> Callable[[Lease], Sequence[str]]:
    return lambda lease: ["sh", "-c", script]


@contextmanager
def scheduling(
    store: Store, settings: Settings, command: Callable[[Lease], Sequence[str]]
) -> Iterator[Scheduler]:
    scheduler = Scheduler(store, settings, command=command)
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.stop_now()
        scheduler.join(WAIT_SECONDS)
        assert not scheduler.running


def test_job_is_claimed_and_run_to_its_end(
    store: Store, settings: Settings, queue: Callable[..., Job]
) -> None:
    job = queue()

    def command(lease: Lease) -> Sequence[str]:
        said = [str(settings.folders.root), lease.job, lease.holder, str(lease.fence)]
        return [sys.executable, "-c", FINISH, *said]

    with scheduling(store, settings, command):
        until(lambda: store.job(job.id).state is JobState.SUCCEEDED)

    assert store.job(job.id).attempts == 1


def test_job_queued_later_is_seen_by_its_event(
    store: Store, settings: Settings, queue: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling_of, "LOOK_SECONDS", 3600.0)  # else it would look after two seconds anyhow
    claims: list[object] = []

    def claim(**terms: object) -> Lease | None:
        claims.append(type(store).claim(store, **terms))  # type: ignore[arg-type]
        return claims[-1]  # type: ignore[return-value]

    monkeypatch.setattr(store, "claim", claim)
    with scheduling(store, settings, shell("sleep 600")) as scheduler:
        until(lambda: claims == [None], what="a look that finds nothing")

        job = queue()

        until(lambda: scheduler.running == (job.id,), what="the job's runner")


def test_crashing_runner_is_tried_again_and_given_up(
    store: Store, settings: Settings, queue: Callable[..., Job]
) -> None:
    job = queue()

    with scheduling(store, settings, shell("echo went wrong; kill -SEGV $$")):
        until(lambda: store.job(job.id).state is JobState.FAILED)

    failed = store.job(job.id)
    assert failed.attempts == settings.attempts_per_job
    assert failed.failure is not None
    assert "ended 3 times, at last with SIGSEGV" in failed.failure
    assert "went wrong" in failed.failure
    assert (settings.folders.job(job.id) / "log.txt").read_text().count("went wrong") == 3


def test_stopping_asks_first_and_hands_the_job_back_uncounted(
    store: Store, settings: Settings, queue: Callable[..., Job], tmp_path: Path
) -> None:
    job = queue()
    script = f"trap 'touch {tmp_path}/asked; exit 75' TERM; touch {tmp_path}/up; while :; do sleep 0.05; done"
    patient = settings.model_copy(update={"stop_seconds": WAIT_SECONDS})
    with scheduling(store, patient, shell(script)) as scheduler:
        until((tmp_path / "up").exists)

        scheduler.stop()
        scheduler.join(WAIT_SECONDS)

        assert (tmp_path / "asked").exists()
        assert store.job(job.id).state is JobState.QUEUED
        assert store.job(job.id).attempts == 0


def test_runner_that_does_not_stop_in_time_is_killed(
    store: Store, settings: Settings, queue: Callable[..., Job], tmp_path: Path
) -> None:
    job = queue()
    script = f"trap '' TERM; echo $$ > {tmp_path}/pid; while :; do sleep 0.05; done"
    with scheduling(store, settings, shell(script)) as scheduler:
        until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())

        scheduler.stop()
        scheduler.join(WAIT_SECONDS)

    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))
    assert store.job(job.id).state is JobState.QUEUED


@pytest.mark.parametrize(
    ("wish", "state"), [(Wish.CANCEL, JobState.CANCELLED), (Wish.PAUSE, JobState.PAUSED)]
)
def test_runner_that_does_not_hear_a_wish_is_ended(
    store: Store, settings: Settings, queue: Callable[..., Job], wish: Wish, state: JobState
) -> None:
    job = queue()
    hasty = settings.model_copy(update={"stop_seconds": 0.1, "lease_seconds": 0.5})
    with scheduling(store, hasty, shell("trap '' TERM; while :; do sleep 0.05; done")) as scheduler:
        until(lambda: scheduler.running)

        store.wish(job.id, wish)

        until(lambda: store.job(job.id).state is state)


def test_no_more_jobs_run_than_the_settings_say(
    store: Store, settings: Settings, queue: Callable[..., Job]
) -> None:
    jobs = [queue(priority=priority) for priority in (0, 5, 3)]
    two = settings.model_copy(update={"running_jobs": 2})

    with scheduling(store, two, shell("sleep 600")) as scheduler:
        until(lambda: len(scheduler.running) == 2)
        time.sleep(0.3)

        assert scheduler.running == (jobs[1].id, jobs[2].id)
        assert store.job(jobs[0].id).state is JobState.QUEUED


def test_a_place_that_comes_free_is_taken_at_once(
    store: Store, settings: Settings, queue: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling_of, "LOOK_SECONDS", 3600.0)  # else it would look after two seconds anyhow
    first, second = queue(priority=1), queue()
    gate = settings.folders.root / "may end"

    def command(lease: Lease) -> Sequence[str]:
        said = [str(settings.folders.root), lease.job, lease.holder, str(lease.fence)]
        wait = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.02)\n"
        # Its end is told before its process goes, so that the event is seen while the place is still taken.
        return [sys.executable, "-c", f"{FINISH}\n{wait}", *said]

    with scheduling(store, settings.model_copy(update={"running_jobs": 1}), command) as scheduler:
        until(lambda: store.job(first.id).state is JobState.SUCCEEDED)
        until(
            lambda: scheduler._seen_event == store.last_event(),
            what="a look at the end, while the place is taken",
        )
        gate.touch()
        until(lambda: store.job(second.id).state is JobState.SUCCEEDED)


def test_runner_whose_lease_was_lost_is_ended_and_harms_nothing(
    store: Store, settings: Settings, queue: Callable[..., Job]
) -> None:
    job = queue()
    with scheduling(store, settings, shell("sleep 600")) as scheduler:
        until(lambda: scheduler.running)
        (holder,) = store.holders()

        def steal() -> Lease | None:  # unless a heartbeat comes in between
            store.expire(holder=holder)
            return store.claim(holder="elsewhere:1:2.0", lease_seconds=600.0)

        until(steal, what="another holder")
        until(lambda: not scheduler.running, what="the runner's end")

    assert store.holders() == ("elsewhere:1:2.0",)
    assert store.job(job.id).state is JobState.RUNNING


def test_a_big_job_gives_way_to_an_urgent_one_and_goes_on_later(
    store: Store, settings: Settings, queue: Callable[..., Job], tmp_path: Path
) -> None:
    big = queue()
    script = f"while [ ! -e {tmp_path}/rung ]; do sleep 0.05; done; rm {tmp_path}/rung; exit 75"
    with scheduling(store, settings, shell(script)) as scheduler:
        until(lambda: scheduler.running == (big.id,), what="the big job")

        urgent = queue(priority=1)
        until(lambda: store.job(big.id).wish is Wish.YIELD, what="the big job to be asked")
        (tmp_path / "rung").touch()

        until(lambda: scheduler.running == (urgent.id,), what="the urgent job")
        waits = store.job(big.id)
        assert (waits.state, waits.wish, waits.attempts) == (JobState.QUEUED, Wish.NONE, 0)
