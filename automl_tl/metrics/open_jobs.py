"""Jobs that have not ended, as far as their events told."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from automl_tl.domain.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJob:
    """One of them; times are seconds since the epoch. ``rungs`` counts the reports of each trial."""

    tenant: str = ""
    name: str = ""
    queued: float | None = None
    started: float | None = None
    phase: str | None = None
    entered: float = 0.0
    budget_seconds: float | None = None
    spent_seconds: float = 0.0
    best: float | None = None
    rungs: Mapping[str, int] = field(default_factory=dict)


class OpenJobs:
    """All of them, by id."""

    def __init__(self) -> None:
        self._jobs: dict[str, OpenJob] = {}

    def of(self, event: Event) -> OpenJob:
        """The event's job as it was before."""
        return self._jobs.get(event.job or "", OpenJob(tenant=event.tenant))

    def keep(self, event: Event, **known: Any) -> OpenJob:
        """What the event tells of its job."""
        job = replace(self.of(event), **known)
        if event.job is not None:
            self._jobs[event.job] = job
        return job

    def end(self, event: Event) -> None:
        """The event's job has ended."""
        self._jobs.pop(event.job or "", None)

    def oldest_wait(self, now: float) -> float:
        """Seconds that the job has waited that has waited longest, 0 where none waits."""
        queued = [job.queued for job in self._jobs.values() if job.queued is not None]
        return max(0.0, now - min(queued)) if queued else 0.0

    def state(self) -> dict[str, object]:
        """All of it as JSON values."""
        return {id: asdict(job) for id, job in self._jobs.items()}

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> "OpenJobs":
        """The jobs whose state that was; raises TypeError for another shape."""
        jobs = cls()
        jobs._jobs = {id: OpenJob(**job) for id, job in state.items()}
        return jobs
