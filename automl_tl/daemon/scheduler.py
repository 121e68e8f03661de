"""Claims jobs and runs each in a process of its own; the jobs outlive both."""

import logging
import signal
import threading
import time

from automl_tl.daemon.job_process import Command, JobProcess, runner_command
from automl_tl.daemon.lease import Heartbeat, expire_dead, holder_id
from automl_tl.daemon.timekeeper import Timekeeper
from automl_tl.data.listing import listing
from automl_tl.domain.giving_way import who_gives_way
from automl_tl.domain.job import JobState, Lease
from automl_tl.errors import AutomlError, LeaseLost
from automl_tl.settings import Settings
from automl_tl.store.base import Store

logger = logging.getLogger(__name__)

STOPPED = 75  # EX_TEMPFAIL: a runner that stopped on request
TICK_SECONDS = 0.1
ASK_SECONDS = 0.5  # how often to look for urgent jobs while all slots are taken and events come
LOOK_SECONDS = 2.0  # how often to look for leases that ran out, whatever the events say


class Scheduler:
    """A thread that keeps ``settings.running_jobs`` runners busy.

    Runners die with this thread (``die_with_parent``), so it lasts until the last of them has ended.
    """

    def __init__(self, store: Store, settings: Settings, *, command: Command | None = None) -> None:
        self._store = store
        self._settings = settings
        self._command = command or runner_command(settings.folders)
        self._running: list[JobProcess] = []
        self._claims = 0
        self._seen_event = -1
        self._looked = -LOOK_SECONDS
        self._asked = -ASK_SECONDS
        self._turned = time.monotonic()
        self._timekeeper, self._kept_time = Timekeeper(store, look=listing), -LOOK_SECONDS
        self._stopping = threading.Event()
        self._now = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    @property
    def running(self) -> tuple[str, ...]:
        """The jobs that run now."""
        return tuple(job.lease.job for job in self._running)

    @property
    def is_alive(self) -> bool:
        """Whether jobs are claimed."""
        return self._thread.is_alive() and not self._stopping.is_set()

    @property
    def stalled_seconds(self) -> float:
        """How long ago its loop last came round: much more than a tick where a call of it hangs."""
        return time.monotonic() - self._turned

    def start(self) -> None:
        """Begin to claim."""
        self._thread.start()

    def stop(self) -> None:
        """Claim no more, and ask the runners to stop; those that do not in time are ended."""
        self._stopping.set()

    def stop_now(self) -> None:
        """End the runners at once."""
        self._now.set()
        self._stopping.set()

    def join(self, timeout: float | None = None) -> None:
        """Wait until every runner has ended and every lease is handed back."""
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            self._guarded_tick(claim=True)
        deadline = time.monotonic() + self._settings.stop_seconds
        while self._running:
            for job in list(self._running):
                if self._now.is_set() or time.monotonic() > deadline:
                    job.kill()
                else:
                    job.ask()
            self._guarded_tick(claim=False)
            self._now.wait(TICK_SECONDS)
        self._timekeeper.join(TICK_SECONDS)  # one that still looks at a dataset has written nothing yet
        logger.info("scheduler stopped")

    def _guarded_tick(self, *, claim: bool) -> None:
        self._turned = time.monotonic()
        try:
            self._reap()
            self._obey()
            if claim:
                self._keep_time()
                self._look()
        except AutomlError as error:
            logger.warning("scheduler waits: %s", error)
        except Exception:  # the loop of jobs must not die of one
            logger.exception("scheduler met an unexpected error")

    def _keep_time(self) -> None:
        now = time.monotonic()
        if now - self._kept_time >= LOOK_SECONDS:
            self._kept_time = now
            self._timekeeper.tick()

    def _look(self) -> None:
        """Claim when something happened, and every two seconds for leases that ran out unseen."""
        now, is_full = time.monotonic(), len(self._running) >= self._settings.running_jobs
        if is_full and now - self._asked < ASK_SECONDS:
            return
        event, self._asked = self._store.last_event(), now
        if event == self._seen_event and now - self._looked < LOOK_SECONDS:
            return
        if now - self._looked >= LOOK_SECONDS:
            expire_dead(self._store)
            self._looked = now
        while len(self._running) < self._settings.running_jobs and self._claim():
            pass
        self._make_room()
        self._seen_event = event

    def _make_room(self) -> None:
        """Ask a running job to give way, where one that waits is more urgent and cannot begin beside it."""
        if not self._running:
            return
        queue = self._store.front(quota=self._settings.quota)
        job = who_gives_way(queue, mine=self.running, slots=self._settings.running_jobs)
        if job is not None and self._store.ask_to_yield(job):
            logger.info("job %s was asked to give way to a more urgent one", job)

    def _claim(self) -> bool:
        self._claims += 1
        # A holder of its own for each claim: the lease of one dead runner can then be expired alone.
        holder = holder_id(str(self._claims))
        settings = self._settings
        lease = self._store.claim(holder=holder, lease_seconds=settings.lease_seconds, quota=settings.quota)
        if lease is None:
            return False
        heartbeat = Heartbeat(self._store, lease, lease_seconds=self._settings.lease_seconds)
        log = self._settings.folders.job(lease.job) / "log.txt"
        job = JobProcess.start(lease, command=self._command, log=log, heartbeat=heartbeat)
        self._running.append(job)
        logger.info("job %s started as process %d", lease.job, job.process.pid)
        return True

    def _reap(self) -> None:
        for job in list(self._running):
            if job.heartbeat.lost.is_set():
                job.kill()
            code = job.exit_code()
            if code is not None:
                job.heartbeat.stop()
                self._bury(job, code)
                self._running.remove(job)
                self._seen_event = -1  # its last event may have been seen while its place was still taken

    def _obey(self) -> None:
        """A runner hears a person's wish by itself; one that does not is asked, then ended."""
        for job in self._running:
            if not job.heartbeat.wish.is_a_persons:
                continue
            job.wished = job.wished or time.monotonic()
            waited = time.monotonic() - job.wished
            if waited > 2 * self._settings.stop_seconds:
                logger.warning("job %s did not hear, and was ended", job.lease.job)
                job.kill()
            elif waited > self._settings.stop_seconds:
                job.ask()

    def _bury(self, job: JobProcess, code: int) -> None:
        """See to the job of a runner that has ended; what the runner wrote itself stands."""
        logger.info("job %s left its process with code %d", job.lease.job, code)
        try:
            known = self._store.job(job.lease.job)
            if known.state is not JobState.RUNNING:
                return
            if code == STOPPED or self._stopping.is_set() or known.wish.is_a_persons:
                reason = "stopped on request"
                self._store.requeue(job.lease, spent_seconds=job.seconds, reason=reason)
            elif known.attempts < self._settings.attempts_per_job:
                self._retry(job.lease, code)
            else:
                self._give_up(job, code, attempts=known.attempts)
        except LeaseLost as lost:
            logger.info("job %s is with another holder: %s", job.lease.job, lost)

    def _retry(self, lease: Lease, code: int) -> None:
        """Not handed back: the next claim of a lease that ran out counts as one more attempt."""
        logger.warning("runner of job %s ended with %s; it is tried again", lease.job, _name(code))
        self._store.expire(holder=lease.holder)
        self._looked = -LOOK_SECONDS

    def _give_up(self, job: JobProcess, code: int, *, attempts: int) -> None:
        failure = f"its runner ended {attempts} times, at last with {_name(code)}; its log ends:\n"
        self._store.finish(
            job.lease, JobState.FAILED, spent_seconds=job.seconds, failure=failure + job.last_words()
        )


def _name(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
