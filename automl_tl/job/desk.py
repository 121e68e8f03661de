"""What the phases of one running job share."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from automl_tl.domain.job import Job, Lease, Wish
from automl_tl.domain.space import Space
from automl_tl.domain.work import Evaluate, Result, Work
from automl_tl.errors import Stopped, WorkerLost
from automl_tl.executors.base import Executor
from automl_tl.job.stalling import is_stalled
from automl_tl.search.base import Strategy
from automl_tl.settings import Home, Settings
from automl_tl.store.base import Store

POLL_SECONDS = 0.5


class Cancelled(Stopped):
    """A person cancelled the job."""


class Paused(Stopped):
    """A person paused the job."""


class Discarded(Cancelled):
    """A person cancelled the job, and wants nothing of it."""


class Yielded(Stopped):
    """A more urgent job waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One job on its runner's desk; ``claimed`` is the monotonic second at which this claim began.

    ``baseline_seconds`` is what the proof's cheap baseline is thought to take.
    """

    store: Store
    executor: Executor
    strategy: Strategy
    settings: Settings
    lease: Lease
    job: Job
    space: Space
    claimed: float
    baseline_seconds: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic

    @property
    def home(self) -> Home:
        """The home's folders."""
        return self.settings.folders

    @property
    def folder(self) -> Path:
        """The job's folder."""
        return self.home.job(self.job.id)

    def seconds(self) -> float:
        """Wall time spent on this job so far, earlier claims included."""
        return self.job.spent_seconds + self.clock() - self.claimed

    def seconds_left(self) -> float | None:
        """What remains of the time budget, at least 0; None without one."""
        budget = self.job.request.budget.seconds
        return None if budget is None else max(0.0, budget - self.seconds())

    def obey(self) -> Wish:
        """Raise Cancelled, Paused or Stopped when a person or the stopping daemon wishes so.

        What is left to the caller is answered: YIELD is obeyed at the next rung.
        """
        if self.stop.is_set():
            raise Stopped("the daemon is stopping")
        wish = self.store.job(self.job.id).wish
        if wish is Wish.DISCARD:
            raise Discarded("cancelled and discarded by a person")
        if wish is Wish.CANCEL:
            raise Cancelled("cancelled by a person")
        if wish is Wish.PAUSE:
            raise Paused("paused by a person")
        return wish

    def carry_out(self, work: Work) -> Result:
        """Run one work to its end, again when its worker was lost or stalled, while wishes are obeyed.

        Only evaluations tell their steps: other work may take as long as it takes.
        """
        told = Path(work.progress) if isinstance(work, Evaluate) and work.progress is not None else None
        for attempt in range(1, self.settings.attempts_per_trial + 1):
            if told is not None:
                told.unlink(missing_ok=True)  # what an earlier attempt told is old
            future = self.executor.submit(work)
            try:
                self._await(future, told)
                return future.result()
            except WorkerLost:
                if attempt == self.settings.attempts_per_trial:
                    raise
        raise AssertionError("unreachable")

    def is_stalled(self, progress: Path) -> bool:
        """Whether the work behind this file told no step for longer than the settings bear."""
        return is_stalled(progress, now=self.clock(), most_seconds=self.settings.stall_seconds)

    def _await(self, future: Future[Result], told: Path | None) -> None:
        while not future.done():
            self.obey()
            wait([future], timeout=POLL_SECONDS)
            if told is not None and not future.done() and self.is_stalled(told):
                self.executor.kill(future)

    def await_all(self, futures: list[Future[Result]]) -> None:
        """Wait for all of them; a wish ends the waiting by its exception."""
        pending = set(futures)
        while pending:
            self.obey()
            _, pending = wait(pending, timeout=POLL_SECONDS)
