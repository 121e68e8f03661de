"""What the gate asks for, what it is shown, and what it answers; the rule is in ``judgement.py``."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from automl_tl.domain.floors import Figures, Floors

BASELINES = ("majority", "cheap", "scratch")


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
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePolicy:
    """What a name asks of its challengers; ``alpha`` is a probability.

    ``min_gain`` (of policy ``better``) and ``margin`` (of ``not-worse``: the loss that is put up with) are in
    the metric's unit; the floors hold for every policy.
    """

    policy: Policy = Policy.BETTER
    min_gain: float = 0.0
    margin: float = 0.01
    must_beat: MustBeat = MustBeat.MAJORITY
    alpha: float = 0.05
    floors: Floors = field(default_factory=Floors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One opening of a name's sealed test.

    ``number`` counts the name's openings; ``reading`` says how often the most-read of the test's samples has
    been read, this time included: 1 for a test of samples that were never read before.
    """

    number: int
    reading: int


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

    @property
    def provable(self) -> float:
        """The smallest gain that the same test could have proven: half of what its interval spans."""
        return (self.interval.high - self.interval.low) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What champion and challenger were compared on where their classes differ: those both know.

    ``challenger`` is the challenger's value there (the champion's stands among the proof's values), None
    where there was nothing to compare; ``new`` classes the champion never learnt, ``lost`` ones the data no
    longer have.
    """

    classes: int
    samples: int
    new: tuple[str, ...]
    lost: tuple[str, ...]
    challenger: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One reading of the sealed test: the ``opening``-th of the name, the ``reading``-th of its samples.

    ``values`` maps ``challenger``, ``champion``, ``majority``, ``cheap``, ``scratch`` (those that were read)
    to their value; ``gains`` holds the challenger's gain over each of the others; ``alpha`` is the level
    this opening was granted, and the intervals' own. ``calibration`` is the challenger's expected calibration
    error, ``uncalibrated`` the same without its temperature. ``groups`` is how many groups the samples came
    in (None: each on its own), ``common`` what the champion was compared on if not on everything, ``flaws``
    what was wrong with a contender's predictions, by its name.
    """

    metric: str
    samples: int
    opening: int
    alpha: float
    values: dict[str, float]
    intervals: dict[str, Interval]
    gains: tuple[Gain, ...]
    champion_version: int | None = None
    reading: int = 1
    calibration: float | None = None
    uncalibrated: float | None = None
    groups: int | None = None
    common: Common | None = None
    flaws: Mapping[str, str] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)

    def gain_over(self, other: str) -> Gain | None:
        """The paired gain over ``other``, or None where it was not read."""
        return next((gain for gain in self.gains if gain.over == other), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided, in one sentence a person understands."""

    outcome: Outcome
    reason: str


def granted(alpha: float, *, reading: int) -> float:
    """The level of a proof whose samples are read for the ``reading``-th time: α · 6 / (π² k²).

    Over ever so many readings of the same samples the levels sum to α, so that among all of a name's proofs
    on them the chance of one false promotion stays below it (Bonferroni over Basel's series).
    """
    return alpha * 6 / (math.pi * reading) ** 2
