"""Prometheus collectors, fed by the events table and the store's counts."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from automl_tl.domain.events import Event, EventKind
from automl_tl.errors import AutomlError
from automl_tl.store.base import Store

MAX_NAMES = 200
PAGE = 1000
JOB_SECONDS = (10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)
WAIT_SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 43200)
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A job that has not ended, as far as its events told."""

    name: str | None = None
    queued: float | None = None
    started: float | None = None
    best: float | None = None


class Metrics:
    """The daemon's figures in a registry of their own.

    Everything but the requests is a function of the events table, so a restart of the daemon resets nothing.
    Jobs never are labels; names are, the ``MAX_NAMES`` latest of them.
    """

    content_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._last = 0
        self._open: dict[str, _Open] = {}
        self._names: OrderedDict[str, None] = OrderedDict()
        self.registry = registry = CollectorRegistry()

        def count(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"automl_tl_{name}_total", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"automl_tl_{name}", text, labels, registry=registry)

        def seconds(name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
            return Histogram(f"automl_tl_{name}_seconds", text, labels, buckets=buckets, registry=registry)

        self._jobs = gauge("jobs", "Jobs by state.", "state")
        self._finished = count("jobs_finished", "Jobs that ended, by final state.", "state")
        self._duration = seconds("job_duration", "From a job's first claim to its end.", JOB_SECONDS)
        self._wait = seconds("queue_wait", "From the queue to the claim.", WAIT_SECONDS)
        self._trials = count("trials", "Trials that ended, by outcome.", "outcome")
        self._reports = count("reports", "Evaluations that reported.")
        self._lost = count("workers_lost", "Workers that died or stopped making progress.")
        self._best = gauge("best_score", "Best validation value of a name's latest job.", "name")
        self._openings = count("test_openings", "Openings of sealed tests.")
        self._decisions = count("gate_decisions", "What the gate decided.", "outcome")
        self._requests = count("http_requests", "HTTP requests answered.", "method", "route", "status")
        self._answering = seconds(
            "http_request_duration", "Until an HTTP answer began.", REQUEST_SECONDS, "route"
        )

    def observe_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(method=method, route=route, status=str(status)).inc()
        self._answering.labels(route=route).observe(seconds)

    def refresh(self) -> None:
        """Take up the events since the last call, and count the jobs; an error is logged, never raised."""
        with self._lock:
            try:
                while events := self._store.events(after=self._last, limit=PAGE):
                    for event in events:
                        self._take(event)
                        self._last = event.id
                for state, count in self._store.count_jobs().items():
                    self._jobs.labels(state=str(state)).set(count)
            except AutomlError as error:
                _log.warning("metrics not refreshed: %s", error)

    def _take(self, event: Event) -> None:
        try:
            self._count(event)
        except (KeyError, TypeError, ValueError):  # one odd row must not stop the rest
            _log.exception("event not counted", extra={"event": event.id, "kind": event.kind})

    def _count(self, event: Event) -> None:
        data = event.data
        if event.kind is EventKind.TRIAL_REPORTED:
            self._reports.inc()
            self._see_value(event)
        elif event.kind is EventKind.TRIAL_ENDED:
            numbers = data["numbers"]
            if not isinstance(numbers, list):
                raise TypeError(f"numbers of ended trials: expected a list, found {numbers!r}")
            self._trials.labels(outcome=str(data["state"])).inc(len(numbers))
        elif event.kind is EventKind.WORKER_LOST:
            self._lost.inc()
        elif event.kind is EventKind.TEST_OPENED:
            self._openings.inc()
        elif event.kind is EventKind.DECIDED:
            self._decisions.labels(outcome=str(data["outcome"])).inc()
        else:
            self._follow_job(event)

    def _follow_job(self, event: Event) -> None:
        if event.job is None:
            return
        if event.kind in (EventKind.JOB_QUEUED, EventKind.JOB_REQUEUED):
            self._remember(event.job, queued=event.time)
        elif event.kind is EventKind.JOB_STARTED:
            job = self._remember(event.job, name=str(event.data["name"]), started=event.time)
            if job.queued is not None:
                self._wait.observe(max(0.0, event.time - job.queued))
        elif event.kind is EventKind.JOB_FINISHED:
            job = self._open.pop(event.job, _Open())
            self._finished.labels(state=str(event.data["state"])).inc()
            if job.started is not None:
                self._duration.observe(max(0.0, event.time - job.started))

    def _remember(self, id: str, **known: Any) -> "_Open":
        """What is known of a job that has not ended; a job counts its time from its first claim."""
        job = self._open.get(id, _Open())
        if job.started is not None:
            known.pop("started", None)
        self._open[id] = replace(job, **known)
        return self._open[id]

    def _see_value(self, event: Event) -> None:
        job = self._open.get(event.job or "", _Open())
        value = event.data["value"]
        if (
            job.name is None
            or not isinstance(value, int | float)
            or (job.best is not None and value <= job.best)
        ):
            return
        self._remember(event.job or "", best=float(value))
        self._names[job.name] = None
        self._names.move_to_end(job.name)
        if len(self._names) > MAX_NAMES:
            self._best.remove(self._names.popitem(last=False)[0])
        self._best.labels(name=job.name).set(value)

    def render(self) -> bytes:
        """Every figure in Prometheus' text format."""
        return generate_latest(self.registry)
