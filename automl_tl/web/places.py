"""Where waiting jobs stand in the queue, and when they will start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automl_tl.domain.expectation import Place, places
from automl_tl.domain.job import Job, JobState
from automl_tl.settings import Settings
from automl_tl.store.base import Store

ANSWERED_AT_ONCE = 50  # a submission into a longer queue is answered without its place: it takes longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Foretells the queue as this daemon would run it."""

    store: Store
    settings: Settings

    def of(self, jobs: Sequence[Job], *, most: int | None = None) -> Mapping[str, Place]:
        """By id, those of these jobs that wait; empty where more than ``most`` do."""
        if not any(job.state is JobState.QUEUED for job in jobs):
            return {}
        queue = self.store.queue(quota=self.settings.quota, most=most)
        if queue is None:
            return {}
        return places(queue, slots=self.settings.running_jobs, now=self.store.now())
