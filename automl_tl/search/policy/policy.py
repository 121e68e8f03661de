"""The policy: what to do next with the time that is left, by chance of success a second.

An option is a success if its value at the end is within ``within`` points of the best that any option
reaches. With p its probability and c the seconds to its end, training it to the end succeeds at the rate p
/ c. Looking first, at a rung or by a score, for q seconds and going on only where it pays is worth the rate
λ that solves

    E[max(0, p′ − λ c′)] = λ q

with p′ the probability after the look and c′ the seconds that are left then (the reservation rate of
Weitzman's "Optimal search for the best alternative", 1979, and the index of Gittins for one look ahead).
The option with the greatest rate is next; for options that do not depend on each other this order has the
least expected cost. Chances come from draws of the joint posterior, smoothed by a normal: D = own gap −
best gap of the others + within.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from automl_tl.search.policy.belief import Belief
from automl_tl.search.policy.gaps import Floats
from automl_tl.search.policy.kinship import Numbers
from automl_tl.search.policy.option import Seen
from automl_tl.search.policy.posterior import Posterior, known, posterior
from automl_tl.search.policy.threads import on_one_thread

WITHIN = 0.5  # points
ENOUGH = 0.95  # probability that an option already trained is a success: then it is time to stop
_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_NODE_WEIGHTS = _NODE_WEIGHTS / _NODE_WEIGHTS.sum()
_SCORE_MARGIN = 1.2  # what a score is worth is itself known only roughly
_HALVINGS = 40
_NOWHERE = 1e3  # spreads below the best
_OVERHEAD = 0.2  # of what a success costs on average: cheap options save less than their price says


@dataclass(frozen=True, slots=True, kw_only=True)
class Train:
    """Train the option of that key until ``until_epoch`` in total."""

    key: str
    until_epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Measure the scores of the option of that key."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What is trained already is a success with ``probability``, or nothing is left."""

    probability: float


Advice = Train | Score | Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What one option promises now: its chance of success, the rate of its best next step, and that step.

    ``expected`` is its value in points relative to the best, ``doubt`` its standard deviation.
    """

    key: str
    chance: float
    rate: float
    advice: Train | Score
    expected: float
    doubt: float


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All open options, best rate first, and the chance that a trained one is a success already."""

    prospects: tuple[Prospect, ...]
    done: float

    def advice(self) -> Advice:
        """The next thing to do."""
        if not self.prospects or self.done >= ENOUGH:
            return Stop(probability=self.done)
        return self.prospects[0].advice


@on_one_thread
def view(belief: Belief, seen: Seen, *, within: float = WITHIN) -> View:
    """Every option that was not trained to the end, by what its next step promises a second."""
    after = posterior(belief, seen)
    ended = known(belief, seen)
    open_ = np.array([place for place in range(len(belief.options)) if place not in set(ended)], dtype=int)
    draws = after.draws()
    gaps = draws[:, : len(belief.options)]
    reach = within / after.spread
    done = float((gaps[:, ended].max(1) >= gaps.max(1) - reach).mean()) if ended else 0.0
    if not len(open_):
        return View(prospects=(), done=1.0)
    margins = gaps[:, open_] - _best_other(gaps, open_) + reach
    rates, steps, chances = _rates(belief, seen, after, draws=draws, margins=margins, open_=open_)
    deviations = np.sqrt(np.diag(after.covariance))
    found = [
        Prospect(
            key=belief.options[place].key,
            chance=float(chances[row]),
            rate=float(rates[row]),
            advice=_step(belief.options[place].key, int(steps[row])),
            expected=float(after.mean[place] * after.spread),
            doubt=float(deviations[place] * after.spread),
        )
        for row, place in enumerate(open_)
    ]
    return View(prospects=tuple(sorted(found, key=lambda p: (-p.rate, p.key))), done=done)


def shortlist(found: View, *, most: int) -> tuple[str, ...]:
    """The ``most`` options to begin with, by rate; the last of them is exploratory.

    The exploratory pick is the one of the others that could be best if things go well: expected + 2 · doubt.
    """
    keys = [prospect.key for prospect in found.prospects]
    if len(keys) <= most:
        return tuple(keys)
    others = found.prospects[max(0, most - 1) :]
    explored = max(others, key=lambda p: (p.expected + 2 * p.doubt, p.key))
    return (*keys[: max(0, most - 1)], explored.key)


def _step(key: str, until_epoch: int) -> Train | Score:
    return Train(key=key, until_epoch=until_epoch) if until_epoch else Score(key=key)


def _best_other(gaps: Floats, open_: Numbers) -> Floats:
    """The best gap of all other options, [DRAWS, open]; far below where there is no other."""
    if gaps.shape[1] == 1:
        return np.full_like(gaps, -_NOWHERE)
    two = np.partition(gaps, -2, axis=1)[:, -2:]
    own = gaps[:, open_]
    return np.asarray(np.where(own == two[:, 1:], two[:, :1], two[:, 1:]))


def _rates(
    belief: Belief, seen: Seen, after: Posterior, *, draws: Floats, margins: Floats, open_: Numbers
) -> tuple[Floats, Floats, Floats]:
    """Each open option's best rate, the epoch its step leads to (0: score it), and its chance."""
    center, deviation = margins.mean(0), margins.std(0) + 1e-9
    chances = ndtr(center / deviation)
    options = [belief.options[place] for place in open_]
    at = np.array(
        [min(seen.reached[o.key].epoch, belief.last_epoch) if o.key in seen.reached else 0 for o in options]
    )
    whole = np.array([option.seconds for option in options])
    whole = whole + _OVERHEAD * float(chances @ whole) / max(float(chances.sum()), 1e-300)
    left = whole * (1 - at / belief.last_epoch)
    rates, steps = chances / left, np.full(len(open_), belief.last_epoch)
    for place, rung in enumerate(belief.rungs.values(), start=len(belief.options)):
        looked = rung.slope * draws[:, open_] + draws[:, [place]] + draws[:, [-1]]
        told = _told(margins - center, looked - looked.mean(0), noise=rung.noise, deviation=deviation)
        now = whole * (rung.epoch - at) / belief.last_epoch
        found = _looking(center, deviation, told, now=now, later=left - now)
        better = (rung.epoch > at) & (found > rates)
        rates, steps = np.where(better, found, rates), np.where(better, rung.epoch, steps)
    wanted = after.score_variance[open_]
    cost = np.array([option.score_seconds for option in options])
    told = np.minimum(wanted / deviation**2, 0.999)
    is_had = np.isfinite(cost)
    found = _looking(center, deviation, told, now=np.where(is_had, cost, whole), later=left)
    better = is_had & (wanted > 0) & (at == 0) & (found > _SCORE_MARGIN * rates)
    return np.where(better, found, rates), np.where(better, 0, steps), chances


def _told(margins: Floats, looked: Floats, *, noise: float, deviation: Floats) -> Floats:
    """The share of each margin's variance that the look takes away; both are centred draws."""
    shared = (margins * looked).mean(0)
    return np.asarray(np.minimum(shared**2 / ((looked**2).mean(0) + noise) / deviation**2, 0.999))


def _looking(center: Floats, deviation: Floats, told: Floats, *, now: Floats, later: Floats) -> Floats:
    """The rate λ of looking first, by halving: it costs ``now``, then ``later`` where one goes on."""
    after = (center / deviation)[:, None] + np.sqrt(told)[:, None] * _NODES
    chances = ndtr(after / np.sqrt(1 - told)[:, None])
    now, later = np.maximum(now, 0.0), np.maximum(later, 1e-300)
    low, high = np.zeros(len(center)), 1 / np.maximum(now, later)  # no chance is above 1
    for _ in range(_HALVINGS):
        rate = (low + high) / 2
        gain = np.maximum(chances - (rate * later)[:, None], 0.0) @ _NODE_WEIGHTS
        is_worth = gain > rate * now
        low, high = np.where(is_worth, rate, low), np.where(is_worth, high, rate)
    return low
