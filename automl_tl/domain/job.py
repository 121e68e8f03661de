"""A job: one submitted dataset and its budget, from queue to decision."""

from dataclasses import dataclass, field
from enum import StrEnum

from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import DatasetSource

DEFAULT_TENANT = "default"


class JobState(StrEnum):
    """Where a job stands; the legal moves are in ``MOVES``."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing but a retry moves the job again."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.PAUSED, JobState.CANCELLED}),
    JobState.RUNNING: frozenset(
        {JobState.QUEUED, JobState.PAUSED, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.PAUSED: frozenset({JobState.QUEUED, JobState.CANCELLED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}


class Wish(StrEnum):
    """What was asked of a running job: by a person, or (``YIELD``) by the scheduler for a more urgent one.

    Its runner yields at the next rung, and sees to the others at once; ``DISCARD`` is a cancel that keeps
    nothing.
    """

    NONE = "none"
    CANCEL = "cancel"
    DISCARD = "discard"
    PAUSE = "pause"
    YIELD = "yield"

    @property
    def is_a_persons(self) -> bool:
        """Whether a person waits for it."""
        return self in (Wish.CANCEL, Wish.DISCARD, Wish.PAUSE)


class Phase(StrEnum):
    """Which part of its way a job is on."""

    CHECK = "check"
    SCORE = "score"
    SEARCH = "search"
    PROVE = "prove"
    PROMOTE = "promote"


class Strategy(StrEnum):
    """How a job is searched."""

    FUNNEL = "funnel"
    TUNE = "tune"


class ExecutorKind(StrEnum):
    """Where a job's work runs."""

    RAY = "ray"
    INLINE = "inline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a served model may cost at most; None: no limit. Latency is one sample's, on this machine."""

    latency_milliseconds: float | None = None
    size_megabytes: float | None = None
    parameters: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """What a person submits. ``space`` is the space's TOML text, read when the job was submitted, and
    ``space_root`` the folder that its relative paths start from. ``dataset_name`` empty: the name."""

    name: str
    dataset: DatasetSource
    space: str
    space_root: str = "."
    dataset_name: str = ""
    budget: Budget = Budget(seconds=600.0)
    metric: str = "accuracy"
    seed: int = 0
    priority: int = 0
    strategy: Strategy = Strategy.FUNNEL
    executor: ExecutorKind = ExecutorKind.RAY
    limits: Limits = Limits()
    reuse: bool = False  # an earlier job's answer will do, where data, space and code are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A durable job as the store knows it; times are seconds since the epoch, by the store's clock.

    ``started`` is the first claim, ``claimed`` the latest; ``spent_seconds`` counts the claims that ended.
    ``outcome`` holds the finished job's result, the JSON object that ``run --json`` prints. ``swept`` is when
    its checkpoints were let go: it cannot be tried again.
    """

    id: str
    tenant: str
    request: JobRequest
    state: JobState
    phase: Phase | None = None
    wish: Wish = Wish.NONE
    attempts: int = 0
    created: float = 0.0
    started: float | None = None
    claimed: float | None = None
    finished: float | None = None
    spent_seconds: float = 0.0
    manifest: str | None = None
    failure: str | None = None
    outcome: dict[str, object] | None = field(default=None)
    swept: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to run a job: who holds it, and the fence that stops a stale holder from writing."""

    job: str
    holder: str
    fence: int
