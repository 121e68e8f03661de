"""What the phases of one running job share."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from automl_tl.domain.job import Job, Lease, Wish
from automl_tl.domain.space import Space
from automl_tl.domain.work import Evaluate, Result, Work
from automl_tl.errors import Stopped, WorkerLost
from automl_tl.executors.base import Executor
from automl_tl.job.stalling import is_stalled
from automl_tl.job.tracebacks import keep_traceback, stage_file
from automl_tl.search.base import Strategy
from automl_tl.settings import Home, Settings
from automl_tl.store.base import Store

POLL_SECONDS = 0.5
COARSE = 5
"""Times as long as an evaluation other work may be silent: its steps are a classifier's fit, a net's load."""


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
        """Run one work to its end, again when its worker was lost or stalled, while wishes are obeyed."""
        for attempt in range(1, self.settings.attempts_per_trial + 1):
            future = self.begin(work)
            try:
                self.await_all({future: work})
                return future.result()
            except WorkerLost as loss:
                what = type(work).__name__.lower()
                keep_traceback(stage_file(self.folder, what), loss)
                if attempt == self.settings.attempts_per_trial:
                    raise WorkerLost(f"the work {what} was lost {attempt} times: {loss}") from loss
        raise AssertionError("unreachable")

    def begin(self, work: Work) -> Future[Result]:
        """Submit it; what an earlier attempt told is void."""
        if work.progress is not None:
            Path(work.progress).unlink(missing_ok=True)
        return self.executor.submit(work)

    def progress(self, work: str) -> str:
        """The file through which a work of the job tells its steps."""
        return str(self.folder / "progress" / work)

    def is_stalled(self, progress: Path) -> bool:
        """Whether the work behind this file told no step for longer than the settings bear."""
        return is_stalled(progress, now=self.clock(), most_seconds=self.settings.stall_seconds)

    def await_all(self, works: Mapping[Future[Result], Work]) -> None:
        """Wait for all of them, and end those that stall; a wish ends the waiting by its exception."""
        pending = set(works)
        while pending:
            self.obey()
            _, pending = wait(pending, timeout=POLL_SECONDS)
            for future in pending:
                if self._has_stalled(works[future]) and not future.done():
                    self.executor.kill(future)

    def _has_stalled(self, work: Work) -> bool:
        if work.progress is None:
            return False
        most = self.settings.stall_seconds * (1 if isinstance(work, Evaluate) else COARSE)
        return is_stalled(Path(work.progress), now=self.clock(), most_seconds=most)
