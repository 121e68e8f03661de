"""Where waiting jobs stand in the queue, and when they will start."""

import threading
import time
from collections.abc import Mapping, Sequence

from automl_tl.domain.expectation import Place, places
from automl_tl.domain.job import Job, JobState
from automl_tl.settings import Settings
from automl_tl.store.base import Store

ANSWERED_AT_ONCE = 50  # a submission into a longer queue is answered without its place: it takes longer
_LONG_SECONDS = 0.05  # what playing a queue through may take of a core each time it is asked for
_KEPT = 10  # what takes longer is kept so many times as long as it took


class Places:
    """Foretells the queue as this daemon would run it; may be asked from several threads at once."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._turn = threading.Lock()
        self._known: Mapping[str, Place] = {}
        self._good_until = 0.0

    def of(self, jobs: Sequence[Job], *, most: int | None = None) -> Mapping[str, Place]:
        """By id, those of these jobs that wait; empty where more than ``most`` do.

        Of a very long queue, what was found a moment ago.
        """
        if not any(job.state is JobState.QUEUED for job in jobs):
            return {}
        if most is not None:
            return self._played(most=most)
        with self._turn:
            if time.monotonic() >= self._good_until:
                begun = time.thread_time()
                self._known = self._played(most=None)
                took = time.thread_time() - begun
                self._good_until = time.monotonic() + (_KEPT * took if took > _LONG_SECONDS else 0.0)
            return self._known

    def _played(self, *, most: int | None) -> Mapping[str, Place]:
        queue = self._store.queue(quota=self._settings.quota, most=most)
        if queue is None:
            return {}
        return places(queue, slots=self._settings.running_jobs, now=self._store.now())
