"""What a job's events add up to, as the live view shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

_NONE: Mapping[int, "Course"] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One trial so far; ``until`` is the epoch that it is trained to right now, None while it waits."""

    candidate: str
    freeze_depth: int
    epoch: int = 0
    until: int | None = None
    begun: float = 0.0
    rungs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """A value that was the best when it came."""

    value: float
    trial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A job as its events tell it; ``after`` gives the board with one more heard.

    ``begun`` is when its present runner began, ``spent`` the seconds of those before.
    """

    name: str = ""
    phase: str = "waiting for a runner"
    begun: float | None = None
    spent: float = 0.0
    opened: int = 0
    left_out: int = 0
    lost: int = 0
    trials: Mapping[int, Course] = field(default_factory=lambda: _NONE)
    failed: int = 0
    bests: tuple[Best, ...] = ()

    def after(self, event: Mapping[str, Any]) -> "Board":
        """The board with that event heard; what it does not show changes nothing."""
        hear = _HEARD.get(event["kind"])
        return self if hear is None else hear(self, event["data"], float(event["time"]))

    def seconds(self, now: float) -> float:
        """How long it has worked."""
        return self.spent + (0.0 if self.begun is None else max(0.0, now - self.begun))

    @property
    def running(self) -> dict[int, Course]:
        """The trials that workers train right now, by number."""
        return {number: course for number, course in self.trials.items() if course.until is not None}

    @property
    def rungs(self) -> dict[int, int]:
        """How many trials have reported at each epoch, by epoch."""
        epochs = [epoch for course in self.trials.values() for epoch in course.rungs]
        return {epoch: epochs.count(epoch) for epoch in sorted(set(epochs))}

    @property
    def tried(self) -> int:
        """How many candidates have reported."""
        return len({course.candidate for course in self.trials.values() if course.rungs})

    def with_course(self, number: int, **facts: Any) -> "Board":
        """The board with those facts of one trial."""
        known = self.trials.get(number, Course(candidate="?", freeze_depth=0))
        return replace(self, trials={**self.trials, number: replace(known, **facts)})


def _queued(board: Board, data: Mapping[str, Any], time: float) -> Board:
    return replace(board, name=str(data["name"]))


def _started(board: Board, data: Mapping[str, Any], time: float) -> Board:
    return replace(board, begun=time, phase="starting")


def _stopped(board: Board, data: Mapping[str, Any], time: float) -> Board:
    idle = {number: replace(course, until=None) for number, course in board.trials.items()}
    return replace(
        board, begun=None, spent=board.seconds(time), trials=idle, phase=str(data.get("state", "waiting"))
    )


def _entered(board: Board, data: Mapping[str, Any], time: float) -> Board:
    return replace(board, phase=str(data["phase"]))


def _opened(board: Board, data: Mapping[str, Any], time: float) -> Board:
    return replace(board, opened=board.opened + 1)


def _left_out(board: Board, data: Mapping[str, Any], time: float) -> Board:
    return replace(board, left_out=board.left_out + 1)


def _proposed(board: Board, data: Mapping[str, Any], time: float) -> Board:
    chosen = data["configuration"]
    return board.with_course(
        data["number"], candidate=chosen["candidate"], freeze_depth=chosen["freeze_depth"]
    )


def _begun(board: Board, data: Mapping[str, Any], time: float) -> Board:
    return board.with_course(data["number"], until=data["until_epoch"], begun=time)


def _reported(board: Board, data: Mapping[str, Any], time: float) -> Board:
    number, value = int(data["number"]), float(data["value"])
    before = board.trials.get(number)
    rungs = (*(before.rungs if before else ()), int(data["epoch"]))
    found = board.with_course(number, epoch=data["epoch"], until=None, rungs=tuple(dict.fromkeys(rungs)))
    if board.bests and value <= board.bests[-1].value:
        return found
    return replace(found, bests=(*found.bests, Best(value=value, trial=number)))


def _ended(board: Board, data: Mapping[str, Any], time: float) -> Board:
    for number in data["numbers"]:
        board = board.with_course(number, until=None)
    is_failed = data["state"] == "failed"
    return replace(board, failed=board.failed + (len(data["numbers"]) if is_failed else 0))


def _lost(board: Board, data: Mapping[str, Any], time: float) -> Board:
    return replace(board, lost=board.lost + 1)


_HEARD = {
    "job queued": _queued,
    "job started": _started,
    "job requeued": _stopped,
    "job paused": _stopped,
    "job finished": _stopped,
    "phase entered": _entered,
    "candidate scored": _opened,
    "candidate left out": _left_out,
    "trial proposed": _proposed,
    "trial started": _begun,
    "trial reported": _reported,
    "trial ended": _ended,
    "worker lost": _lost,
}
