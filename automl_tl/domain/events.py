"""What happened, in order: the events table that pages, metrics and other daemons read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """One past-tense fact each."""

    JOB_QUEUED = "job queued"
    JOB_STARTED = "job started"
    JOB_REQUEUED = "job requeued"
    JOB_PAUSED = "job paused"
    JOB_FINISHED = "job finished"
    PHASE_ENTERED = "phase entered"
    DATA_CHECKED = "data checked"
    CANDIDATE_SCORED = "candidate scored"
    CANDIDATE_LEFT_OUT = "candidate left out"
    TRIAL_PROPOSED = "trial proposed"
    TRIAL_STARTED = "trial started"
    TRIAL_REPORTED = "trial reported"
    TRIAL_ENDED = "trial ended"
    WORKER_LOST = "worker lost"
    TEST_OPENED = "test opened"
    DECIDED = "decided"
    PROMOTED = "promoted"
    HELD = "held"
    UNHELD = "unheld"
    DELETED = "deleted"
    FORGOTTEN = "forgotten"
    SCHEDULE_MISSED = "schedule missed"
    SCHEDULE_UNCHANGED = "schedule unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event; ids rise in commit order, so a reader resumes after the last id it saw."""

    id: int
    kind: EventKind
    time: float
    tenant: str
    job: str | None
    data: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one reader of the events has counted up to the event ``last``, as JSON values."""

    last: int
    state: Mapping[str, object]
