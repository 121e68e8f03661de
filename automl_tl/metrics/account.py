"""What the events add up to: a function of the events table, taken up one event after another."""

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import Any

from automl_tl.domain.events import Event, EventKind
from automl_tl.domain.job import JobState
from automl_tl.domain.trial import TrialState
from automl_tl.metrics import catalogue as c
from automl_tl.metrics.figure import Source
from automl_tl.metrics.numbers import Numbers
from automl_tl.metrics.open_jobs import OpenJob, OpenJobs

MOST_NAMES = 200
_RULES = 1  # raise it when the same events are to be counted otherwise: then all are counted anew
_IDLE = frozenset(
    {
        EventKind.JOB_QUEUED,
        EventKind.JOB_REQUEUED,
        EventKind.JOB_PAUSED,
        EventKind.WORKER_LOST,
        EventKind.SCHEDULE_MISSED,
        EventKind.SCHEDULE_UNCHANGED,
    }
)
_COUNTED = {
    EventKind.CANDIDATE_SCORED: c.SCORED,
    EventKind.CANDIDATE_LEFT_OUT: c.LEFT_OUT,
    EventKind.WORKER_LOST: c.WORKERS_LOST,
    EventKind.TEST_OPENED: c.OPENINGS,
    EventKind.SCHEDULE_MISSED: c.MISSED,
    EventKind.SCHEDULE_UNCHANGED: c.UNCHANGED,
}
_OUTLAY = (
    (c.TRAINING_SECONDS, "training_seconds"),
    (c.PASSES_SAVED, "spared_passes"),
    (c.PASSES_SPENT, "frozen_passes"),
    (c.CACHE_HITS, "hits"),
    (c.CACHE_MISSES, "misses"),
    (c.CACHE_EVICTED, "evicted_bytes"),
)

_log = logging.getLogger(__name__)


class Account:
    """Everything that was counted up to the event ``last``.

    Jobs never are labels; names are, the ``MOST_NAMES`` that something was last heard of.
    """

    def __init__(self) -> None:
        self.last = 0
        self.numbers = Numbers()
        self.jobs = OpenJobs()
        self.moved: set[tuple[str, str]] = set()
        """Tenants and names whose champion may be another since this was last emptied."""
        self._names: dict[tuple[str, str], None] = {}  # the latest comes last

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """The tenants and names that have figures of their own."""
        return tuple(self._names)

    def take(self, event: Event) -> None:
        """Count one event; an odd one is logged, and the rest goes on."""
        self.last = event.id
        try:
            self._count(event)
        except (KeyError, TypeError, ValueError, AttributeError):
            _log.exception("event not counted", extra={"event": event.id, "kind": event.kind})

    def state(self) -> dict[str, object]:
        """All of it as JSON values."""
        return {
            "rules": rules(),
            "numbers": self.numbers.state(),
            "jobs": self.jobs.state(),
            "names": [list(name) for name in self._names],
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any], *, last: int) -> "Account":
        """The account whose state that was; a new one where it was counted by other rules, or is odd."""
        account = cls()
        try:
            if state["rules"] != rules():
                return account
            account.numbers = Numbers.restored(state["numbers"])
            account.jobs = OpenJobs.restored(state["jobs"])
            account._names = dict.fromkeys((tenant, name) for tenant, name in state["names"])
        except (KeyError, TypeError, ValueError):
            _log.exception("what was counted cannot be read, and is counted anew")
            return cls()
        account.last = last
        account.moved = set(account._names)  # what was known of champions is read again
        return account

    def _count(self, event: Event) -> None:
        kind, data = event.kind, event.data
        if event.job is not None and kind not in _IDLE:
            self.numbers.put(c.PROGRESS, event.time)
        if kind in _COUNTED:
            self.numbers.count(_COUNTED[kind])
        elif kind is EventKind.TRIAL_REPORTED:
            self._count_report(event)
        elif kind is EventKind.TRIAL_ENDED:
            self._count_ends(event)
        elif kind is EventKind.DECIDED:
            self.numbers.count(c.DECISIONS, str(data["outcome"]))
        elif kind is EventKind.PROMOTED:
            self.numbers.count(c.PROMOTIONS, str(data["kind"]))
            self._hear_of(event.tenant, str(data["name"]))
            self.moved.add((event.tenant, str(data["name"])))
        elif kind in (EventKind.JOB_QUEUED, EventKind.JOB_REQUEUED):
            self._leave(event)
            budget = data.get("budget_seconds") or self.jobs.of(event).budget_seconds
            self.jobs.keep(event, name=str(data["name"]), queued=event.time, budget_seconds=budget)
        elif kind is EventKind.JOB_STARTED:
            self._begin(event)
        elif kind is EventKind.PHASE_ENTERED:
            self._leave_phase(event.time, self.jobs.of(event))
            self.jobs.keep(event, phase=str(data["phase"]), entered=event.time)
        elif kind is EventKind.JOB_PAUSED:
            self._leave(event)
        elif kind is EventKind.JOB_FINISHED:
            self._finish(event)

    def _count_report(self, event: Event) -> None:
        data: Mapping[str, Any] = event.data
        job, number, value = self.jobs.of(event), str(data["number"]), data["value"]
        rung = job.rungs.get(number, 0) + 1
        is_best = value is not None and (job.best is None or value > job.best)
        self.jobs.keep(event, rungs={**job.rungs, number: rung}, best=value if is_best else job.best)
        self.numbers.count(c.EVALUATIONS, _rung(rung))
        self.numbers.count(c.EVALUATION_SECONDS, by=float(data["seconds"]))
        outlay = data.get("outlay")
        if outlay is not None:
            self.numbers.count(c.SAMPLES, by=outlay["samples"] * outlay["epochs"])
            for figure, key in _OUTLAY:
                self.numbers.count(figure, by=float(outlay[key]))

    def _count_ends(self, event: Event) -> None:
        data: Mapping[str, Any] = event.data
        self.numbers.count(c.TRIALS, str(data["state"]), by=len(data["numbers"]))
        if data["state"] == TrialState.PRUNED:
            rungs = self.jobs.of(event).rungs
            for number in data["numbers"]:
                self.numbers.count(c.PRUNES, _rung(rungs.get(str(number), 1)))

    def _begin(self, event: Event) -> None:
        job = self.jobs.of(event)
        if job.queued is not None:
            self.numbers.observe(c.QUEUE_WAIT, max(0.0, event.time - job.queued))
        elif job.started is not None:  # it had a runner, which told nobody of its end
            self.numbers.count(c.RESTARTS)
        started = event.time if job.started is None else job.started
        # When its last phase was cut off is not known: that stay is not counted.
        self.jobs.keep(event, name=str(event.data["name"]), queued=None, started=started, phase=None)

    def _finish(self, event: Event) -> None:
        job, state, name = self._leave(event), str(event.data["state"]), str(event.data["name"])
        self.jobs.end(event)
        self.numbers.count(c.FINISHED, state)
        if state == JobState.SUCCEEDED:
            self._hear_of(event.tenant, name)
            self.numbers.put(c.SUCCESS, event.time, event.tenant, name)
            if job.best is not None:
                self.numbers.put(c.BEST, float(job.best), event.tenant, name)
        if job.started is not None:
            self.numbers.observe(c.JOB_DURATION, max(0.0, event.time - job.started))
            if job.budget_seconds:
                self.numbers.observe(c.BUDGET_USE, job.spent_seconds / job.budget_seconds)

    def _leave(self, event: Event) -> OpenJob:
        """The job waits or has ended; a runner that handed it back says how long it had it."""
        job, seconds = self.jobs.of(event), float(str(event.data.get("seconds") or 0.0))
        self._leave_phase(event.time, job)
        self.numbers.count(c.JOB_SECONDS, by=seconds)
        return self.jobs.keep(event, phase=None, queued=None, spent_seconds=job.spent_seconds + seconds)

    def _leave_phase(self, time: float, job: OpenJob) -> None:
        if job.phase is not None:
            self.numbers.observe(c.PHASE_DURATION, max(0.0, time - job.entered), job.phase)

    def _hear_of(self, tenant: str, name: str) -> None:
        """The name has figures; the one that was silent longest loses its own where there are too many."""
        self._names.pop((tenant, name), None)
        self._names[tenant, name] = None
        if len(self._names) > MOST_NAMES:
            silent = next(iter(self._names))
            del self._names[silent]
            for figure in (c.BEST, c.SUCCESS):
                self.numbers.drop(figure, *silent)


def rules() -> str:
    """What an account's state depends on beside the events."""
    figures = [(f.name, f.labels, f.buckets) for f in c.FIGURES if f.source is Source.EVENTS]
    return hashlib.sha256(json.dumps([_RULES, figures]).encode()).hexdigest()[:16]


def _rung(number: int) -> str:
    return str(number) if number < c.MOST_RUNGS else f"{c.MOST_RUNGS}+"
