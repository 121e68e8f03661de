"""What keeps schedules and their history."""

from typing import Protocol

from automl_tl.domain.job import Job, JobRequest
from automl_tl.domain.schedule import Occurrence, Rule, Schedule, Slot, Taken


class Schedules(Protocol):
    """Jobs that are submitted again and again, exactly one an occurrence however many daemons look."""

    def add_schedule(
        self, *, tenant: str, name: str, rule: Rule, request: JobRequest, slot: Slot
    ) -> Schedule:
        """Keep a new schedule; the same again is the same. Raises Conflict where another has that name."""

    def schedule(self, *, tenant: str, name: str) -> Schedule:
        """The schedule of that name; raises NotFound."""

    def schedules(self, *, tenant: str | None = None) -> tuple[Schedule, ...]:
        """All of them by name, each with its last success."""

    def due_schedules(self) -> tuple[Schedule, ...]:
        """Those whose slot is due by now, the longest due first; an index answers."""

    def take_occurrence(
        self, schedule: Schedule, taken: Taken, *, request: JobRequest | None, after: Slot | None
    ) -> Occurrence | None:
        """Write down what was decided about the slot that ``schedule`` shows, go on to the next, and queue
        the job where one is wanted: all in one transaction.

        None: another daemon took that slot, or it was paused or removed. Raises Conflict as ``add_job`` does.
        """

    def put_off(self, schedule: Schedule, *, due: float) -> None:
        """Look at the slot that ``schedule`` shows again at ``due``, unless it was taken meanwhile."""

    def run_now(self, schedule: Schedule, *, request: JobRequest) -> Occurrence:
        """Queue a job of the schedule besides its rule, because a person asked; raises Conflict."""

    def pause_schedule(self, *, tenant: str, name: str) -> Schedule:
        """Let nothing run by itself; raises NotFound."""

    def resume_schedule(self, *, tenant: str, name: str, slot: Slot | None) -> Schedule:
        """Go on with ``slot`` where it was paused; raises NotFound."""

    def remove_schedule(self, *, tenant: str, name: str) -> None:
        """Forget the schedule and its history; its jobs stay. Raises NotFound."""

    def occurrences(self, schedule: str, *, limit: int = 100) -> tuple[Occurrence, ...]:
        """The history of the schedule of that id, newest first."""

    def occurrence_of(self, job: str) -> Occurrence | None:
        """The occurrence that a job was started by, None where a person submitted it."""

    def open_run(self, schedule: str) -> Job | None:
        """The job of the schedule of that id that has not ended yet."""

    def last_success(self, schedule: str) -> tuple[Occurrence, Job] | None:
        """The latest occurrence whose job succeeded, and that job."""
