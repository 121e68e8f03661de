"""How an evaluation tells its steps, and learns that it should end."""

import time
from collections.abc import Callable
from pathlib import Path

from automl_tl.errors import Stopped
from automl_tl.executors.progress import Progress


class DeadlinePassed(Exception):
    """The evaluation's time is over; caught within it, so that its last whole epoch counts."""


class Pace:
    """Steps of one evaluation on their way to the runner; ``clock`` is monotonic seconds."""

    def __init__(
        self,
        *,
        progress: str | None,
        deadline_seconds: float | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._progress = Progress(Path(progress)) if progress else None
        self._clock = clock
        self._start = clock()
        self._end = None if deadline_seconds is None else self._start + deadline_seconds
        self.done = 0
        self.total = 0

    @property
    def seconds(self) -> float:
        """Since the evaluation began."""
        return self._clock() - self._start

    @property
    def has_deadline(self) -> bool:
        """Whether time is bounded."""
        return self._end is not None

    def has(self, seconds: float) -> bool:
        """Whether that much time is left."""
        return self._end is None or self._clock() + seconds <= self._end

    def step(self) -> None:
        """One more training step is done; raises as ``alive`` does."""
        self.done += 1
        self.alive()

    def alive(self) -> None:
        """Work goes on; raises Stopped when the runner wishes so, DeadlinePassed when time is over."""
        self.show()
        if not self.has(0.0):
            raise DeadlinePassed

    def show(self) -> None:
        """Work goes on, deadline or not: what is left must be finished; raises Stopped."""
        if self._progress is not None and self._progress.tell(done=self.done, total=self.total):
            raise Stopped(f"stopped on request after {self.done} of {self.total} steps")

    def close(self) -> None:
        """Unmap the progress file."""
        if self._progress is not None:
            self._progress.close()
