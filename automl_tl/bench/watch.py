"""A stop-watch on the parts of a job: when each call to one began and ended."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from automl_tl.domain.dataset import Split
from automl_tl.domain.work import Prove, Result, Work
from automl_tl.executors.base import Executor


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One call, in seconds of ``time.perf_counter``."""

    name: str
    begun: float
    ended: float


@dataclass(slots=True)
class Watch:
    """Every call so far, in the order of their ends."""

    spans: list[Span] = field(default_factory=list)

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, remembered also where it raises."""

        def watched(*arguments: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                self.note(name, begun)

        return watched

    def note(self, name: str, begun: float) -> None:
        """What began then has ended now."""
        self.spans.append(Span(name=name, begun=begun, ended=time.perf_counter()))

    def of(self, name: str) -> list[Span]:
        """Every call of that name."""
        return [span for span in self.spans if span.name == name]

    def seconds(self, name: str, *, since: float) -> float:
        """How long the calls of that name took that began at ``since`` or later."""
        return sum(span.ended - span.begun for span in self.of(name) if span.begun >= since)


class Watched:
    """A part whose every method is remembered under ``PART.METHOD``."""

    def __init__(self, part: Any, watch: Watch, name: str) -> None:
        self._part = part
        self._watch = watch
        self._name = name

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._part, method)
        return self._watch.timed(f"{self._name}.{method}", found) if callable(found) else found


class WatchedExecutor:
    """An executor whose work is remembered from its submission to its result, under the work's kind.

    A Prove is remembered as ``Prove.SPLIT``.
    """

    def __init__(self, executor: Executor, watch: Watch) -> None:
        self._executor = executor
        self._watch = watch

    @property
    def slots(self) -> int:
        """As the executor's."""
        return self._executor.slots

    @property
    def cards(self) -> int:
        """As the executor's."""
        return self._executor.cards

    def submit(self, work: Work) -> Future[Result]:
        """As the executor's."""
        name = f"Prove.{Split(work.split)}" if isinstance(work, Prove) else type(work).__name__
        begun = time.perf_counter()
        future = self._executor.submit(work)
        future.add_done_callback(lambda _: self._watch.note(name, begun))
        return future

    def kill(self, future: Future[Result]) -> None:
        """As the executor's."""
        self._executor.kill(future)

    def close(self) -> None:
        """As the executor's."""
        self._executor.close()
