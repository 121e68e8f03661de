"""What a search that Ray Tune makes is told, and who hears of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from automl_tl.domain.trial import Report
from automl_tl.domain.work import Evaluate

Point = Mapping[str, Any]
"""A value for each parameter, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One thing to search: one of ``options``, or a number from ``low`` to ``high``."""

    options: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One evaluation that Tune wants: trial ``number`` at ``point``, from ``report`` to ``until_epoch``."""

    number: int
    point: Point
    until_epoch: int
    report: Report | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TunePlan:
    """What Tune is told.

    ``first`` points are tried first, in order; ``known`` ones were tried before, with their value. Trials are
    numbered from ``number`` on. ``work`` makes a call into an evaluation, in the actor's process. ``folder``
    takes Tune's own notes, and is gone afterwards. ``seconds`` bounds the whole.
    """

    parameters: Mapping[str, Parameter]
    first: tuple[Point, ...]
    known: tuple[tuple[Point, float], ...]
    rungs: tuple[int, ...]
    number: int
    trials: int
    seconds: float | None
    seed: int
    slots: int
    work: Callable[[Call], Evaluate]
    folder: Path


class Listener(Protocol):
    """Hears of the search as it goes, in the process that asked for it; what it raises ends the search."""

    def begun(self, number: int, point: Point) -> None:
        """A trial begins."""

    def reported(self, number: int, report: Report) -> None:
        """A trial reached a rung."""

    def ended(self, number: int) -> None:
        """A trial reached the last rung, or others were better."""

    def failed(self, number: int, reason: str, *, is_late: bool) -> None:
        """A trial could not be trained; ``is_late``: only because its time was over."""

    def wants_stop(self) -> bool:
        """Whether the search has to end now; asked again and again."""


RunTune = Callable[[TunePlan, Listener], None]
