"""Where work runs: one protocol for inline, Ray and tests."""

from concurrent.futures import Future
from typing import Protocol

from automl_tl.domain.work import Result, Work


class Worker(Protocol):
    """What the string ``automl_tl.wiring.worker:build`` builds inside each worker process."""

    def perform(self, work: Work) -> Result:
        """Carry the work out; raises what ``automl_tl.errors`` says, one string argument each."""


class Executor(Protocol):
    """Runs work on ``slots`` warm workers at once."""

    @property
    def slots(self) -> int:
        """How many works run at once; a further one waits."""

    @property
    def cards(self) -> int:
        """How many GPUs the workers share; 0 where Ray knows of none, or there is but one worker."""

    def submit(self, work: Work) -> Future[Result]:
        """Run it; the future raises the worker's error, or WorkerLost when the worker died or was killed."""

    def kill(self, future: Future[Result]) -> None:
        """End the worker that runs this work (it stopped making progress); its future raises WorkerLost.

        With the stacks of its threads as a note, where it still told them: where it hung.
        """

    def close(self) -> None:
        """Stop this runner's use of the workers; a pool that outlives jobs stays."""
