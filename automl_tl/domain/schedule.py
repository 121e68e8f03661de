"""A schedule: a job that is submitted again and again, each time once, and only where its data changed."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from automl_tl.domain.job import JobRequest


class WhenMissed(StrEnum):
    """What is done about occurrences that went by while no daemon ran."""

    RUN_ONCE = "run-once"
    SKIP = "skip"


class WhenUnchanged(StrEnum):
    """What is done where the data are those of the last successful run."""

    SKIP = "skip"
    RUN = "run"


class Ending(StrEnum):
    """What became of an occurrence that started no job."""

    MISSED = "missed"
    OVERLAP = "overlap"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a schedule runs: five fields of cron by the clock of ``timezone``, less the ``blackouts``.

    Up to ``jitter_seconds`` are added to each occurrence, the same ones however often they are asked for.
    ``with_champion``: the name's champion is one of the candidates.
    """

    cron: str
    timezone: str = "UTC"
    jitter_seconds: float = 0.0
    when_missed: WhenMissed = WhenMissed.RUN_ONCE
    when_unchanged: WhenUnchanged = WhenUnchanged.SKIP
    blackouts: tuple[str, ...] = ()
    with_champion: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """An occurrence to come: the moment that its rule names, and when it is due (jitter, blackouts)."""

    occurrence: float
    due: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule as the store knows it; moments are seconds since the epoch, by the store's clock.

    ``slot`` is what comes next, None while it is paused or where nothing comes any more.
    """

    id: str
    tenant: str
    name: str
    rule: Rule
    request: JobRequest
    paused: bool = False
    slot: Slot | None = None
    created: float = 0.0
    last_success: float | None = None

    @property
    def key(self) -> str:
        """What its jitter is drawn by."""
        return f"{self.tenant}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was decided about a due occurrence: a job (``ending`` None), or none and ``why``.

    ``passed`` counts the occurrences before it that went by unseen; ``is_late``: it too was seen too late.
    ``listing`` is what the data looked like from outside.
    """

    occurrence: float
    passed: int = 0
    is_late: bool = False
    ending: Ending | None = None
    why: str | None = None
    listing: str | None = None

    @property
    def is_missed(self) -> bool:
        """Whether something did not run when it should have."""
        return self.is_late or self.passed > 0 or self.ending not in (None, Ending.UNCHANGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One line of a schedule's history, and its job where there is one; ``asked``: a person ran it now."""

    id: int
    schedule: str
    occurrence: float
    time: float
    asked: bool
    passed: int = 0
    ending: Ending | None = None
    why: str | None = None
    job: str | None = None
    listing: str | None = None


def jitter(rule: Rule, *, schedule: str, occurrence: float) -> float:
    """Seconds in [0, ``jitter_seconds``) that this occurrence of this schedule is put off."""
    drawn = hashlib.sha256(f"{schedule} {occurrence:.0f}".encode()).digest()[:8]
    return rule.jitter_seconds * int.from_bytes(drawn) / 2**64
