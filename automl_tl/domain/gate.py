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
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePolicy:
    """What a name asks of its challengers; ``alpha`` is a probability.

    ``min_gain`` (of policy ``better``) and ``margin`` (of ``not-worse``: the loss that is put up with) are in
    the metric's unit.
    """

    policy: Policy = Policy.BETTER
    min_gain: float = 0.0
    margin: float = 0.01
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
    this opening was granted, and the intervals' own. ``calibration`` is the challenger's expected calibration
    error, ``uncalibrated`` the same without its temperature.
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
    Without a champion nothing else is asked; with one, the whole interval of the paired gain over it has to
    lie above ``min_gain``, or with ``not-worse`` above ``-margin`` (non-inferiority). With ``manual`` the
    floors are all that is judged, and the rest waits for a person.
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
    if policy.policy is Policy.MANUAL:
        return _decided(Outcome.PENDING, "no floor is broken, and a person decides", facts)
    if champion is None:
        return _decided(Outcome.PROMOTE, "there was no champion", facts)
    wanted, least = _wanted(policy, _champion(proof))
    if champion.interval.low > least:
        return _decided(Outcome.PROMOTE, f"proven {wanted}", facts)
    why = f"not proven {wanted}, which stays; a gain of about {least + champion.provable:.3f} would have been"
    return _decided(Outcome.KEEP, why, facts)


def held_back(decision: Decision, why: str) -> Decision:
    """What becomes of a decision while a person holds the name: nothing is promoted."""
    if decision.outcome is not Outcome.PROMOTE:
        return decision
    return Decision(outcome=Outcome.KEEP, reason=f"{decision.reason}; kept out, for the name is held ({why})")


def _wanted(policy: GatePolicy, champion: str) -> tuple[str, float]:
    """What has to be proven, in words, and the gain that the whole interval has to exceed."""
    if policy.policy is Policy.NOT_WORSE:
        return f"to lose less than {policy.margin:g} to {champion}", -policy.margin
    more = f" by more than {policy.min_gain:g}" if policy.min_gain else ""
    return f"better than {champion}{more}", policy.min_gain


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
