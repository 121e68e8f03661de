"""The rule that promotes a challenger, keeps the champion or refuses, and says why."""

from dataclasses import dataclass
from enum import StrEnum


class Policy(StrEnum):
    """What the gate wants proven."""

    BETTER = "better"
    NOT_WORSE = "not-worse"
    MANUAL = "manual"


class MustBeat(StrEnum):
    """The baseline that a challenger has to beat significantly."""

    MAJORITY = "majority"
    CHEAP = "cheap"
    SCRATCH = "scratch"


class Outcome(StrEnum):
    """What the gate decided."""

    PROMOTE = "promote"
    KEEP = "keep"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePolicy:
    """What a name asks of its challengers; ``min_gain`` is in the metric's unit, ``alpha`` a probability."""

    policy: Policy = Policy.BETTER
    min_gain: float = 0.0
    must_beat: MustBeat = MustBeat.MAJORITY
    alpha: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """The challenger's value minus another's on the same samples, with its paired interval."""

    over: str
    mean: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One reading of the sealed test.

    ``values`` maps ``challenger``, ``champion``, ``majority``, ``cheap``, ``scratch`` (those that were read)
    to their value; ``gains`` holds the challenger's gain over each of the others; ``alpha`` is the level
    this opening was granted, and the intervals' own.
    """

    metric: str
    samples: int
    opening: int
    alpha: float
    values: dict[str, float]
    intervals: dict[str, Interval]
    gains: tuple[Gain, ...]
    champion_version: int | None = None

    def gain_over(self, other: str) -> Gain | None:
        """The paired gain over ``other``, or None where it was not read."""
        return next((gain for gain in self.gains if gain.over == other), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided, in one sentence a person understands."""

    outcome: Outcome
    reason: str
