"""Every figure there is; the operators' page lists them, rules and dashboards use each."""

from collections.abc import Iterable

from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import JobState, Phase
from automl_tl.domain.promotion import PromotionKind
from automl_tl.domain.trial import MOVES
from automl_tl.metrics.figure import Figure, Kind, Source

MOST_RUNGS = 6  # the rungs 1, 3, 9, 27, 81 and all beyond
_LONG = (10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)
_WAIT = (0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 43200)
_PHASE = (0.1, 1, 5, 15, 60, 300, 900, 3600, 14400, 43200)
_ANSWER = (0.005, 0.025, 0.1, 0.5, 2.5, 10, 60)
_ACCESS = (0.0005, 0.002, 0.005, 0.02, 0.1, 0.5, 2.5, 15)
_SHARE = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.5)


def _each(values: Iterable[object]) -> tuple[tuple[str, ...], ...]:
    return tuple((str(value),) for value in values)


def _counted(name: str, text: str, *labels: str, known: tuple[tuple[str, ...], ...] = ()) -> Figure:
    return Figure(
        name=f"{name}_total",
        kind=Kind.COUNTER,
        source=Source.EVENTS,
        text=text,
        labels=labels,
        known=known,
    )


def _seen(name: str, source: Source, text: str, *labels: str) -> Figure:
    return Figure(name=name, kind=Kind.GAUGE, source=source, text=text, labels=labels)


def _spread(name: str, text: str, buckets: tuple[float, ...], source: Source = Source.EVENTS) -> Figure:
    return Figure(name=name, kind=Kind.HISTOGRAM, source=source, text=text, buckets=buckets)


_RUNGS = _each((*range(1, MOST_RUNGS), f"{MOST_RUNGS}+"))
_ENDS = _each(state for state, onward in MOVES.items() if not onward)

# Jobs
JOBS = _seen("jobs", Source.ROWS, "Jobs by state.", "state")
QUEUE_OLDEST = _seen(
    "queue_oldest_wait_seconds",
    Source.EVENTS,
    "How long the job has waited that has waited longest; 0: none waits.",
)
QUEUE_WAIT = _spread("queue_wait_seconds", "From the queue to the claim.", _WAIT)
FINISHED = _counted(
    "jobs_finished",
    "Jobs that ended, by final state.",
    "state",
    known=_each(s for s in JobState if s.is_final),
)
JOB_DURATION = _spread("job_duration_seconds", "From a job's first claim to its end.", _LONG)
PHASE_DURATION = Figure(
    name="phase_duration_seconds",
    kind=Kind.HISTOGRAM,
    source=Source.EVENTS,
    text="Each stay of a job in a phase.",
    labels=("phase",),
    known=_each(Phase),
    buckets=_PHASE,
)
JOB_SECONDS = _counted("job_seconds", "Seconds that runners held jobs: what the machine was busy for.")
BUDGET_USE = _spread("budget_use_ratio", "Share of its time budget that a job had used at its end.", _SHARE)
PROGRESS = _seen(
    "last_progress_timestamp_seconds",
    Source.EVENTS,
    "When work of any job last got on: seconds since the epoch.",
)
RESTARTS = _counted("runner_restarts", "Runners that were started anew for a job whose runner had died.")
WORKERS_LOST = _counted("workers_lost", "Evaluations repeated, for their worker died or made no progress.")

# Searches
SCORED = _counted("candidates_scored", "Candidates that were opened and measured.")
LEFT_OUT = _counted("candidates_left_out", "Candidates that were left out with a reason.")
TRIALS = _counted("trials", "Trials that ended, by outcome.", "outcome", known=_ENDS)
EVALUATIONS = _counted(
    "evaluations", "Reports, by the trial's how manieth rung it was.", "rung", known=_RUNGS
)
PRUNES = _counted("prunes", "Trials pruned, by the rung after which they were.", "rung", known=_RUNGS)
EVALUATION_SECONDS = _counted("evaluation_seconds", "Seconds that workers spent on evaluations.")
SAMPLES = _counted("training_samples", "Samples trained on, each as often as it was.")
TRAINING_SECONDS = _counted(
    "training_seconds", "Seconds of that training alone, without opening and reading."
)
PASSES_SAVED = _counted(
    "forward_passes_saved", "Passes of a whole backbone that were read from kept activations, not computed."
)
PASSES_SPENT = _counted(
    "forward_passes_spent", "Passes of a whole backbone made so that activations are kept."
)
CACHE_HITS = _counted("cache_hits", "Samples of evaluations whose activations were kept from before.")
CACHE_MISSES = _counted("cache_misses", "Samples of evaluations whose activations were not there.")
CACHE_EVICTED = _counted("cache_evicted_bytes", "Bytes of activations that made room for others.")

# Models
BEST = _seen("best_value", Source.EVENTS, "Best validation value of a name's latest job.", "tenant", "name")
CHAMPION = _seen(
    "champion_value", Source.ROWS, "A name's champion's value on its sealed test.", "tenant", "name"
)
PROMOTED = _seen(
    "champion_timestamp_seconds",
    Source.ROWS,
    "When a name's champion became it: seconds since the epoch.",
    "tenant",
    "name",
)
SUCCESS = _seen(
    "last_success_timestamp_seconds",
    Source.EVENTS,
    "When a job of a name last succeeded: seconds since the epoch.",
    "tenant",
    "name",
)
OPENINGS = _counted("test_openings", "Openings of sealed tests.")
DECISIONS = _counted("gate_decisions", "What the gate decided.", "outcome", known=_each(Outcome))
PROMOTIONS = _counted(
    "promotions", "Moves of the alias champion, by kind.", "kind", known=_each(PromotionKind)
)

# Schedules
MISSED = _counted("schedules_missed", "Times that a schedule did not run when it should have.")
UNCHANGED = _counted(
    "schedules_unchanged", "Times that a schedule started no job, for its data had not changed."
)
SCHEDULE_SUCCESS = _seen(
    "schedule_last_success_timestamp_seconds",
    Source.ROWS,
    "When a schedule's job last succeeded, before the first time when it was made: seconds since the epoch.",
    "tenant",
    "schedule",
)
SCHEDULE_DUE = _seen(
    "schedule_due_timestamp_seconds",
    Source.ROWS,
    "When a schedule that is not paused runs next: seconds since the epoch.",
    "tenant",
    "schedule",
)

# The daemon and its machine
INFO = _seen("info", Source.PROCESS, "1, with the daemon's version.", "version")
BEHIND = _seen("events_behind", Source.PROCESS, "Events that are not counted yet.")
STORE_ACCESS = Figure(
    name="store_access_seconds",
    kind=Kind.HISTOGRAM,
    source=Source.PROCESS,
    text="Reads and writes of the store by this daemon, waiting for their turn included.",
    labels=("access",),
    known=_each(("read", "write")),
    buckets=_ACCESS,
)
REQUESTS = Figure(
    name="http_requests_total",
    kind=Kind.COUNTER,
    source=Source.PROCESS,
    text="HTTP requests answered.",
    labels=("method", "route", "status"),
)
ANSWERING = Figure(
    name="http_request_duration_seconds",
    kind=Kind.HISTOGRAM,
    source=Source.PROCESS,
    text="Until an HTTP answer began, by the part of the API.",
    labels=("room",),
    buckets=_ANSWER,
)
MEMORY = _seen("memory_bytes", Source.MACHINE, "Resident memory of the daemon's processes.", "process")
FREE_MEMORY = _seen(
    "machine_memory_free_bytes", Source.MACHINE, "What the machine, or its container, has left."
)
DISK_FREE = _seen("disk_free_bytes", Source.MACHINE, "Free on the home's disk.")
DISK_SIZE = _seen("disk_size_bytes", Source.MACHINE, "Size of the home's disk.")
CACHE_BYTES = _seen("cache_bytes", Source.MACHINE, "What lies in a cache.", "cache")
CACHE_LIMIT = _seen("cache_limit_bytes", Source.MACHINE, "What may lie in a cache.", "cache")
GPU_USED = _seen("gpu_memory_used_bytes", Source.MACHINE, "Memory in use of a GPU, whoever uses it.", "gpu")
GPU_SIZE = _seen("gpu_memory_size_bytes", Source.MACHINE, "Memory of a GPU.", "gpu")
GPU_BUSY = _seen(
    "gpu_busy_ratio", Source.MACHINE, "Share of the last moments in which a GPU computed.", "gpu"
)

FIGURES: tuple[Figure, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Figure))
