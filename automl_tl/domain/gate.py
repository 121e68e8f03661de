"""The rule that promotes a challenger, keeps the champion or refuses, and says why."""

import math
from dataclasses import dataclass
from enum import StrEnum

BASELINES = ("majority", "cheap", "scratch")
_WORDS = {
    "majority": "majority",
    "cheap": "the cheap classifier on pixels",
    "scratch": "the same network from scratch",
}


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
class Proof:
    """One reading of the sealed test: the ``opening``-th of the name, the ``reading``-th of its samples.

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
    reading: int = 1

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


def decide(proof: Proof, policy: GatePolicy) -> Decision:
    """Promote what is proven better, keep the champion where that is not proven, refuse what breaks a floor.

    The floors: the baseline ``must_beat`` has to be beaten provenly, and no baseline may be provenly better.
    Without a champion nothing else is asked; with one, the paired gain over it has to exceed ``min_gain``
    with its whole interval.
    """
    facts = _facts(proof)
    for name in BASELINES:
        gain = proof.gain_over(name)
        if gain is not None and gain.interval.high < 0:
            return _decided(Outcome.REFUSE, f"refused, for {_WORDS[name]} is provenly better", facts)
    floor = proof.gain_over(policy.must_beat)
    if floor is None:
        why = f"refused, for {_WORDS[policy.must_beat]}, which has to be beaten, was not read"
        return _decided(Outcome.REFUSE, why, facts)
    if floor.interval.low <= 0:
        why = f"refused, for it is not proven better than {_WORDS[policy.must_beat]}"
        return _decided(Outcome.REFUSE, why, facts)
    champion = proof.gain_over("champion")
    if champion is None:
        return _decided(Outcome.PROMOTE, "there was no champion", facts)
    wanted = f" by more than {policy.min_gain:g}" if policy.min_gain else ""
    if champion.interval.low > policy.min_gain:
        return _decided(Outcome.PROMOTE, f"proven better than {_champion(proof)}{wanted}", facts)
    why = f"not proven better than {_champion(proof)}{wanted}, which stays"
    least = policy.min_gain + champion.provable
    return _decided(Outcome.KEEP, f"{why}; a gain of about {least:.3f} could be proven here", facts)


def held_back(decision: Decision, why: str) -> Decision:
    """What becomes of a decision while a person holds the name: nothing is promoted."""
    if decision.outcome is not Outcome.PROMOTE:
        return decision
    return Decision(outcome=Outcome.KEEP, reason=f"{decision.reason}; kept out, for the name is held ({why})")


def _decided(outcome: Outcome, why: str, facts: str) -> Decision:
    return Decision(outcome=outcome, reason=f"{facts}; {why}")


def _facts(proof: Proof) -> str:
    """``accuracy 0.986 on 360 sealed samples beats majority 0.100 (gain +0.886, 95 % interval …); …``."""
    others = [name for name in ("champion", *BASELINES) if proof.gain_over(name) is not None]
    compared = "; ".join(_comparison(proof, name, is_first=name == others[0]) for name in others)
    metric = "negated log_loss" if proof.metric == "log_loss" else proof.metric
    value = f"{metric} {proof.values['challenger']:.3f} on {proof.samples} sealed samples{_read_again(proof)}"
    return f"{value} {compared}".rstrip()


def _read_again(proof: Proof) -> str:
    if proof.reading == 1:
        return ""
    return f" (reading {proof.reading} of them, so at level {proof.alpha:.2g})"


def _comparison(proof: Proof, other: str, *, is_first: bool) -> str:
    gain = proof.gain_over(other)
    assert gain is not None
    name = _champion(proof) if other == "champion" else _WORDS[other]
    value = f" {proof.values[other]:.3f}" if other in proof.values else ""
    level = f"{100 * (1 - proof.alpha):.3g} % interval " if is_first else ""
    interval = f"{level}{gain.interval.low:+.3f} to {gain.interval.high:+.3f}"
    return f"{_relation(gain)} {name}{value} (gain {gain.mean:+.3f}, {interval})"


def _relation(gain: Gain) -> str:
    if gain.interval.low > 0:
        return "beats"
    return "loses to" if gain.interval.high < 0 else "ties with"


def _champion(proof: Proof) -> str:
    return "the champion" if proof.champion_version is None else f"champion version {proof.champion_version}"
