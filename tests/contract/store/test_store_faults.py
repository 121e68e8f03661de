"""Holders that are frozen, daemons that share, a server that goes away: what is lost and what is doubled."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from patience import WAIT_SECONDS, until
from postgres_server import away
from sqlalchemy import Connection
from store_values import TENANT, trial, wanted

from automl_tl.bench.numbers import SPACE, NumbersWorker
from automl_tl.champions.reconciler import reconcile
from automl_tl.daemon.scheduler import Scheduler
from automl_tl.domain.budget import Budget
from automl_tl.domain.events import EventKind
from automl_tl.domain.job import JobState, Lease
from automl_tl.domain.work import Evaluate, Result, Work
from automl_tl.errors import StoreUnavailable
from automl_tl.executors.inline import InlineExecutor
from automl_tl.job.runner import Runner
from automl_tl.registry.folder import FolderRegistry
from automl_tl.search.funnel import Funnel
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.store.engine import IDLE_SECONDS
from automl_tl.store.events import record
from automl_tl.store.sql import SqlStore, open_store
from automl_tl.wiring.adapters import reconcile_turn

HERE = Path(__file__).parent
TESTS = HERE.parents[1]
IDLE_TIMEOUT = "idle_in_transaction_session_timeout"


@contextmanager
def scheduling(*schedulers: Scheduler) -> Iterator[None]:
    for scheduler in schedulers:
        scheduler.start()
    try:
        yield
    finally:
        for scheduler in schedulers:
            scheduler.stop_now()
            scheduler.join(WAIT_SECONDS)


def test_a_holder_that_was_frozen_and_thawed_writes_nothing(shared_place: Path | str) -> None:
    store = open_store(shared_place)
    job = store.add_job(wanted(), tenant=TENANT).id
    frozen = subprocess.Popen(
        [sys.executable, str(HERE / "leased_process.py"), str(shared_place), "frozen"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(TESTS)])},
    )
    assert frozen.stdin is not None and frozen.stdout is not None
    frozen.stdin.write("\n")
    frozen.stdin.flush()
    assert frozen.stdout.readline() == "0\n"

    frozen.send_signal(signal.SIGSTOP)
    lease = store.claim(holder="heir", lease_seconds=600.0)
    assert lease is not None
    store.propose(lease, trial(1))
    frozen.send_signal(signal.SIGCONT)
    said, _ = frozen.communicate("\n\n", timeout=WAIT_SECONDS)

    assert said == "LeaseLost\nLeaseLost\n"
    assert [one.number for one in store.trials(job)] == [0, 1]
    proposed = [event for event in store.events(job=job) if event.kind is EventKind.TRIAL_PROPOSED]
    assert len(proposed) == 2
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=1)
    store.close()


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_a_transaction_that_was_frozen_holds_up_nobody(postgres_store: str) -> None:
    frozen, other = open_store(postgres_store), open_store(postgres_store)
    holds, thawed = threading.Event(), threading.Event()
    allowed, errors = list[str](), list[Exception]()

    def freeze() -> None:
        def change(connection: Connection) -> None:
            allowed.append(connection.exec_driver_sql(f"SHOW {IDLE_TIMEOUT}").scalar_one())
            record(connection, (EventKind.HELD, {}), tenant=TENANT, job=None)
            # It has waited long enough; the others are allowed as ever, for a busy machine may be slow.
            connection.exec_driver_sql(f"SET LOCAL {IDLE_TIMEOUT} TO '1ms'")
            holds.set()
            thawed.wait(WAIT_SECONDS)
            record(connection, (EventKind.UNHELD, {}), tenant=TENANT, job=None)

        try:
            frozen._database.write(change)
        except StoreUnavailable as error:
            errors.append(error)

    thread = threading.Thread(target=freeze)
    thread.start()
    holds.wait(WAIT_SECONDS)
    other.append(
        EventKind.FORGOTTEN, tenant=TENANT, job=None, data={}
    )  # waits for the one lock of all events
    thawed.set()
    thread.join(WAIT_SECONDS)

    assert allowed == [f"{IDLE_SECONDS:.0f}s"]
    assert [event.kind for event in other.events()] == [EventKind.FORGOTTEN]
    assert len(errors) == 1
    for store in (frozen, other):
        store.append(EventKind.FORGOTTEN, tenant=TENANT, job=None, data={})  # both go on
        store.close()


def test_two_daemons_share_the_queue_and_run_no_job_twice(shared_place: Path | str, tmp_path: Path) -> None:
    stores = [open_store(shared_place) for _ in range(2)]
    jobs = [stores[0].add_job(wanted(), tenant=TENANT).id for _ in range(8)]
    settings = Settings(home=tmp_path, running_jobs=2)

    def runner(store: SqlStore) -> object:
        def command(
            lease: Lease,
        ) -> Sequence[str]:  # at once, so that no process has to
            store.finish(lease, JobState.SUCCEEDED, spent_seconds=0.0, outcome={})
            return ["true"]

        return command

    with scheduling(*(Scheduler(s, settings, command=runner(s)) for s in stores)):  # type: ignore[arg-type]
        until(lambda: stores[0].count_jobs()[JobState.SUCCEEDED] == len(jobs), what="the end of all jobs")

    for kind in (EventKind.JOB_STARTED, EventKind.JOB_FINISHED):
        assert sorted(e.job or "" for e in stores[0].events() if e.kind is kind) == sorted(jobs)
    for store in stores:
        store.close()


class GatedWorker(NumbersWorker):
    """Writes down what it evaluates; the third evaluation waits until it may."""

    def __init__(self) -> None:
        self.evaluated: list[tuple[int, int]] = []
        self.waits, self.may = threading.Event(), threading.Event()

    def perform(self, work: Work) -> Result:
        if isinstance(work, Evaluate):
            self.evaluated.append((work.trial, work.until_epoch))
            if len(self.evaluated) == 3:
                self.waits.set()
                self.may.wait(WAIT_SECONDS)
        return super().perform(work)


class Runners:
    """Jobs run in threads; the process that the scheduler starts for one ends as its thread did."""

    def __init__(self, place: str, settings: Settings, worker: GatedWorker) -> None:
        self._place, self._settings, self._worker = place, settings, worker
        self.registry = FolderRegistry(settings.folders.registry)
        self.errors: list[Exception] = []

    def command(self, lease: Lease) -> Sequence[str]:
        status = self._settings.home / f"status-{lease.fence}"
        threading.Thread(target=self._run, args=(lease, status), daemon=True).start()
        return ["sh", "-c", f"while [ ! -s {status} ]; do sleep 0.05; done; exit $(cat {status})"]

    def _run(self, lease: Lease, status: Path) -> None:
        store = open_store(self._place)
        runner = Runner(
            store=store,
            executor=InlineExecutor(self._worker, threads=0),
            settings=self._settings,
            read_space=lambda text, root: read_space(text, root=root),
            strategy=lambda job: Funnel(),
            reconcile=lambda: reconcile(store, self.registry, turn=reconcile_turn(self._settings)),
        )
        try:
            runner.run(lease, claimed=time.monotonic())
            status.write_text("0")
        except StoreUnavailable as error:
            self.errors.append(error)
            status.write_text("1")
        store.close()


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_a_server_that_goes_away_amid_a_job_loses_and_doubles_nothing(
    postgres_store: str, tmp_path: Path
) -> None:
    store, settings, worker = open_store(postgres_store), Settings(home=tmp_path), GatedWorker()
    job = store.add_job(replace(wanted(), space=SPACE, budget=Budget(trials=3)), tenant=TENANT).id
    runners = Runners(postgres_store, settings, worker)

    with scheduling(Scheduler(store, settings, command=runners.command)):
        worker.waits.wait(WAIT_SECONDS)
        with away(postgres_store):
            worker.may.set()
            until(lambda: runners.errors, what="a runner without its store")
        until(lambda: store.job(job).state.is_final, what="the job's end")

    ended = store.job(job)
    assert (ended.state, ended.attempts) == (JobState.SUCCEEDED, 2), ended.failure
    evaluated = Counter(worker.evaluated)
    reported = [(trial.number, report.epoch) for trial in store.trials(job) for report in trial.reports]
    assert sorted(reported) == sorted(evaluated)  # none lost, none twice …
    assert max(evaluated.values()) == 2  # … and what was not on the server's disk yet was done again
    told = [event.kind for event in store.events(job=job)]
    for kind in (EventKind.JOB_FINISHED, EventKind.DECIDED, EventKind.TEST_OPENED):
        assert told.count(kind) == 1
    assert store.openings(tenant=TENANT, name="digits") == 1
    assert len(runners.registry.versions("digits")) == 1
    store.close()
