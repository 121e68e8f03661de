"""What a trial promises: the improvement to expect of its next epochs, a second.

Errors (the metric's best − value) move by shares: from one rung to the next, the logarithm of a trial's error
changes by about as much as that of others did. So its error at a later rung is log-normal, and its expected
improvement on the incumbent (Mockus 1978) has a closed form, that of a put option (Black & Scholes 1973). A
trial's promise is the best ratio of improvement to seconds over the rungs it can reach: gain per cost, as in
Quick-Tune (Pineda Arango et al., arXiv 2306.03828), without a surrogate to train.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LEAST_ERROR = 1e-3
_FALL = 0.25  # of the log error while epochs triple, before this job has told its own
_FALL_SPREAD = 0.2
_START = 0.2  # log error of a fine-tuning's first epoch over its candidate's linear probe
_START_SPREAD = 0.3
_UNKNOWN = math.log(0.5)  # log error of a candidate of which nothing is known
_UNKNOWN_SPREAD = 0.7
_BELIEVED = 2  # so many trials of our own weigh as much as what was believed before


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A log error that is not known yet: ``mean`` and ``spread`` (standard deviation) of a normal."""

    mean: float
    spread: float

    def moved(self, by: "Guess") -> "Guess":
        """The sum of both, taken as independent."""
        return Guess(mean=self.mean + by.mean, spread=math.hypot(self.spread, by.spread))

    def agreed(self, other: "Guess") -> "Guess":
        """Both, each by its precision."""
        if self.spread <= 0 or other.spread <= 0:
            return self if self.spread <= other.spread else other
        own, others = self.spread**-2, other.spread**-2
        mean = (own * self.mean + others * other.mean) / (own + others)
        return Guess(mean=mean, spread=(own + others) ** -0.5)


UNKNOWN = Guess(mean=_UNKNOWN, spread=_UNKNOWN_SPREAD)


def log_error(value: float, *, best: float = 1.0) -> float:
    """Log of how far a value lies below the metric's best, at least a thousandth; +∞ of no number."""
    return math.log(max(_LEAST_ERROR, best - value)) if math.isfinite(value) else math.inf


def first_rung(found: Sequence[float]) -> Guess:
    """How the log error of a first rung compares with the candidate's linear probe; ``found``: seen here."""
    return _learnt(found, before=Guess(mean=_START, spread=_START_SPREAD))


def fall(found: Sequence[float], *, rungs: tuple[int, int]) -> Guess:
    """How the log error changes between two rungs, in epochs; ``found``: changes seen in this job."""
    tripled = math.log(rungs[1] / rungs[0]) / math.log(3)
    before = Guess(mean=-_FALL * tripled, spread=_FALL_SPREAD * math.sqrt(tripled))
    return _learnt(found, before=before)


def improvement(guess: Guess, *, incumbent: float) -> float:
    """Expected amount by which the error falls below that of the incumbent, whose log error is given."""
    threshold = math.exp(incumbent)
    if guess.spread <= 0:
        return max(0.0, threshold - math.exp(guess.mean))
    below = (incumbent - guess.mean) / guess.spread
    expected = math.exp(guess.mean + guess.spread**2 / 2)
    return threshold * _normal(below) - expected * _normal(below - guess.spread)


def promise(steps: Iterable[tuple[Guess, float]], *, incumbent: float) -> float:
    """The best ratio of improvement to cost over the rungs ahead: each a guess, and the cost until there."""
    return max((improvement(guess, incumbent=incumbent) / cost for guess, cost in steps), default=0.0)


def _learnt(found: Sequence[float], *, before: Guess) -> Guess:
    """What was believed before, corrected by what was found: mean and spread of the next such change."""
    weight = _BELIEVED + len(found)
    mean = (_BELIEVED * before.mean + sum(found)) / weight
    squares = _BELIEVED * before.spread**2 + sum((each - mean) ** 2 for each in found)
    return Guess(mean=mean, spread=max(before.spread, math.sqrt(squares / weight)))


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
