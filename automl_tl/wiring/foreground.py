"""The process of ``automl-tl run``: one job in the foreground, beside a daemon or without one."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from automl_tl.daemon.lease import Heartbeat, holder_id
from automl_tl.domain.job import DEFAULT_TENANT, Job, JobState, Lease, Wish
from automl_tl.errors import Interrupted, LeaseLost
from automl_tl.search.base import Strategy
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web.submission import read_submission
from automl_tl.wiring.adapters import store_of
from automl_tl.wiring.logs import LineFormatter
from automl_tl.wiring.runner import run_job

Tell = Callable[[Iterable[Mapping[str, Any]]], None]
_POLL_SECONDS = 0.2


def quietly(events: Iterable[Mapping[str, Any]]) -> None:
    """Hear a job's events to their end and say nothing."""
    for _ in events:
        continue


def run_here(
    submission: Mapping[str, object],
    settings: Settings,
    *,
    tell: Tell,
    strategy: Callable[[Job], Strategy] | None = None,
) -> dict[str, object]:
    """Run one job to its end and give its outcome; ``tell`` is handed the job's events as they come.

    ``strategy`` decides in place of the one that the job asks for.

    Raises RequestError before anything is stored, Interrupted after the job was paused.
    """
    claimed = time.monotonic()
    request = read_submission(submission, settings=settings)
    store = store_of(settings)
    try:
        lease = store.begin_job(
            request, tenant=DEFAULT_TENANT, holder=holder_id(), lease_seconds=settings.lease_seconds
        )
        work = partial(run_job, store, lease, settings, claimed=claimed, of_daemon=False, strategy=strategy)
        return _run(store, lease, settings, tell=tell, carry_out=work)
    finally:
        store.close()


def _run(
    store: Store, lease: Lease, settings: Settings, *, tell: Tell, carry_out: Callable[[], object]
) -> dict[str, object]:
    done = threading.Event()
    failures: list[Exception] = []

    def work() -> None:
        try:
            carry_out()
        except Exception as error:  # noqa: BLE001  # raised again by the thread that waits
            failures.append(error)
        finally:
            done.set()

    worker = threading.Thread(target=work, name=f"runner {lease.job}")
    with (
        _logged(settings.folders.job(lease.job) / "log.txt"),
        Heartbeat(store, lease, lease_seconds=settings.lease_seconds),
        _interruptible(store, lease.job) as asked,
    ):
        worker.start()
        tell(_events(store, lease.job, done))
        worker.join()
    if asked.is_set():
        raise Interrupted(_how_to_go_on(store, lease.job))
    if failures:
        raise failures[0]
    job = store.job(lease.job)
    if job.outcome is None:
        raise LeaseLost(f"{job.id} is {job.state}; it was taken over or stopped before it ended")
    return {**job.outcome, "state": str(job.state)}


def _how_to_go_on(store: Store, id: str) -> str:
    state = store.job(id).state
    if state is not JobState.PAUSED:
        return f"job {id} is {state}"
    return f"job {id} is paused and keeps what it has; a daemon goes on with it: automl-tl jobs resume {id}"


class _LogFile(logging.FileHandler):
    """A log is lost where the disk is full; nothing else is lost by it, nor is a traceback written."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the library calls it so
        """Say nothing: what fails next says it."""


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """What is logged goes to the job's log, as it does in a runner process; the terminal is for the story."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = _LogFile(path)
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()


@contextmanager
def _interruptible(store: Store, job: str) -> Iterator[threading.Event]:
    """Ctrl-C and SIGTERM pause the job, so that nothing is lost and a daemon can resume it."""
    asked = threading.Event()

    def pause(signum: int, frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        if store.job(job).state is JobState.RUNNING:
            store.wish(job, Wish.PAUSE)

    before = {number: signal.signal(number, pause) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _events(store: Store, job: str, done: threading.Event) -> Iterator[Mapping[str, Any]]:
    after = 0
    while True:
        last = done.is_set()
        for event in store.events(after=after, job=job):
            after = event.id
            yield {"id": event.id, "kind": str(event.kind), "time": event.time, "data": event.data}
        if last:
            return
        done.wait(_POLL_SECONDS)
