"""Sees to schedules that are due, beside the loop of jobs: looking at a dataset may take a while."""

import logging
import threading
from dataclasses import replace

from automl_tl.daemon.scheduled import scheduled_request
from automl_tl.daemon.timetable import turn_of
from automl_tl.domain.day import day_of
from automl_tl.domain.job import JobRequest
from automl_tl.domain.schedule import Ending, Schedule, Slot, Taken
from automl_tl.errors import RequestError, TransientError
from automl_tl.job.unchanged import Look, look_of, same_look
from automl_tl.store.base import Store

logger = logging.getLogger(__name__)


class Timekeeper:
    """Takes the occurrences that are due; any number of daemons may, for the store lets one of them.

    ``look`` tells what a dataset looks like from outside.
    """

    def __init__(self, store: Store, *, look: Look) -> None:
        self._store = store
        self._look = look
        self._thread: threading.Thread | None = None

    def tick(self) -> None:
        """One look at the index; where something is due, and nobody sees to it yet, a thread does."""
        if self._thread is not None and self._thread.is_alive():
            return
        due = self._store.due_schedules()
        if due:
            self._thread = threading.Thread(target=self._see_to, args=(due,), name="schedules", daemon=True)
            self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        """Wait for what is being seen to."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _see_to(self, due: tuple[Schedule, ...]) -> None:
        now = self._store.now()  # of all: one whose data take long to look at makes the others no later
        for schedule in due:
            try:
                self._take(schedule, now=now)
            except TransientError as error:
                logger.warning("schedule %s waits: %s", schedule.name, error)
            except Exception:  # one schedule must not stop the others
                logger.exception("schedule %s met an unexpected error", schedule.name)

    def _take(self, schedule: Schedule, *, now: float) -> None:
        turn = turn_of(schedule, now=now)
        if turn.taken is None:
            assert turn.after is not None
            self._store.put_off(schedule, due=turn.after.due)
            return
        taken = self._decided(schedule, turn.taken)
        request = scheduled_request(self._store, schedule) if taken.ending is None else None
        try:
            self._write(schedule, taken, request=request, after=turn.after)
        except RequestError as refusal:  # not tonight either; the next night is another
            self._write(schedule, _ended(taken, Ending.REFUSED, str(refusal)), request=None, after=turn.after)

    def _decided(self, schedule: Schedule, taken: Taken) -> Taken:
        """Whether a job is started, once the run before and the data were looked at."""
        if taken.ending is not None:
            return _ended(taken, taken.ending, "no daemon was running at its time")
        running = self._store.open_run(schedule.id)
        if running is not None:
            return _ended(
                taken, Ending.OVERLAP, f"job {running.id} of it has not ended: it is {running.state}"
            )
        listing = look_of(self._store, schedule, self._look)
        same = same_look(self._store, schedule, listing)
        if same is not None:
            why = f"nothing was written to the data since job {same.id} ({day_of(same.created)})"
            return _ended(taken, Ending.UNCHANGED, why, listing=listing)
        late = "no daemon was running at its time: made up for now" if taken.is_late else None
        return replace(taken, why=late, listing=listing)

    def _write(
        self, schedule: Schedule, taken: Taken, *, request: JobRequest | None, after: Slot | None
    ) -> None:
        kept = self._store.take_occurrence(schedule, taken, request=request, after=after)
        if kept is not None:
            logger.info("schedule %s: %s", schedule.name, kept.job or f"{kept.ending}, {kept.why}")


def _ended(taken: Taken, ending: Ending, why: str, *, listing: str | None = None) -> Taken:
    return replace(taken, ending=ending, why=why, listing=listing)
