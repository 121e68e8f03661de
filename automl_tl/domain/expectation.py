"""When a waiting job will start, as far as budgets and past jobs tell."""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from statistics import median

from automl_tl.domain.queue import Queue, Standing, Took, Waiting
from automl_tl.domain.queue_order import Line

FORETOLD = 200  # places whose start is told; further ahead it would be a guess upon guesses
_NOMINAL_SECONDS = 600.0  # what an unknown job is taken to last; no start behind it is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job stands in the queue, 1 for the next; ``start`` in seconds since the epoch, None: unknown.

    ``waits_for``: what keeps its tenant's jobs from being begun just now, beside the jobs before it.
    """

    position: int
    start: float | None = None
    waits_for: str | None = None


def places(queue: Queue, *, slots: int, now: float) -> dict[str, Place]:
    """Every waiting job's place: the queue is played through by its own rule, on so many slots."""
    course = _Course(queue, slots=max(slots, 1, len(queue.running)), now=now)
    found: dict[str, Place] = {}
    while (job := course.next_job()) is not None:
        start = course.time if course.is_known and len(found) < FORETOLD else None
        found[job.job] = _place(job, queue.standing(job.tenant), position=len(found) + 1, start=start)
        course.begin(job)
    held = [job for job in queue.waiting if job.job not in found]
    for job in sorted(held, key=lambda w: (-w.priority, w.sequence)):
        found[job.job] = _place(job, queue.standing(job.tenant), position=len(found) + 1, start=None)
    return found


def lasts(queue: Queue, *, tenant: str, name: str, budget_seconds: float | None) -> float | None:
    """How many seconds such a job will take in all, by past ones of its name, else its tenant, else any.

    With a time budget: the share of it that they used, all of it where there is none; None: not known.
    """
    like = [took for took in queue.took if (took.budget_seconds is None) == (budget_seconds is None)]
    for is_kin in (
        lambda t: (t.tenant, t.name) == (tenant, name),
        lambda t: t.tenant == tenant,
        lambda t: True,
    ):
        if kin := [took for took in like if is_kin(took)]:
            return median(_amount(took) for took in kin) * (budget_seconds or 1.0)
    return budget_seconds


def _amount(took: Took) -> float:
    """Seconds, or the share of the budget."""
    return took.seconds if took.budget_seconds is None else took.seconds / took.budget_seconds


class _Course:
    """Time as it passes while jobs end and begin."""

    def __init__(self, queue: Queue, *, slots: int, now: float) -> None:
        self.time = now
        self.is_known = True  # until a job has to end of which nobody knows when
        self._queue = queue
        self._slots = slots
        self._line = Line(queue)
        self._lasts: dict[tuple[str, str, float | None], float | None] = {}
        self._ends = [
            self._end(r.tenant, self._seconds(r.tenant, r.name, r.budget_seconds), before=r.seconds)
            for r in queue.running
        ]
        heapify(self._ends)

    def next_job(self) -> Waiting | None:
        """The next that begins, once a slot and its tenant's quota allow; None: none ever may."""
        while len(self._ends) >= self._slots:
            self._pass()
        while (job := self._line.take()) is None and self._ends:
            self._pass()
        return job

    def begin(self, job: Waiting) -> None:
        """It takes a slot from now on."""
        seconds = self._seconds(job.tenant, job.name, job.budget_seconds)
        heappush(self._ends, self._end(job.tenant, seconds, before=0.0))

    def _pass(self) -> None:
        time, is_known, tenant = heappop(self._ends)
        self.time = max(self.time, time)
        self.is_known = self.is_known and is_known
        self._line.end(tenant)

    def _end(self, tenant: str, seconds: float | None, *, before: float) -> tuple[float, bool, str]:
        left = max(0.0, (_NOMINAL_SECONDS if seconds is None else seconds) - before)
        return self.time + left, seconds is not None, tenant

    def _seconds(self, tenant: str, name: str, budget_seconds: float | None) -> float | None:
        key = (tenant, name, budget_seconds)
        if key not in self._lasts:
            self._lasts[key] = lasts(self._queue, tenant=tenant, name=name, budget_seconds=budget_seconds)
        return self._lasts[key]


def _place(job: Waiting, standing: Standing, *, position: int, start: float | None) -> Place:
    return Place(position=position, start=start, waits_for=_held_back(standing))


def _held_back(standing: Standing) -> str | None:
    quota = standing.quota
    if standing.is_spent:
        return f"its tenant has used up its {quota.compute_seconds:.0f} s of compute in 24 hours"
    if standing.is_full:
        return f"its tenant runs {standing.running} jobs, and {quota.running_jobs} may at once"
    return None
