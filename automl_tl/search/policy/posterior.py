"""What is believed of every option once something was seen of it on this dataset: exact Gaussian
conditioning.

The state has M gaps at the end (scores included), one offset a rung, and the level of the dataset's best
above the best value seen. A value at the end is gap + level; one at a rung is slope · gap + offset + level
+ noise.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from automl_tl.search.policy.belief import Belief, score_table, standardised
from automl_tl.search.policy.gaps import Floats, clipped
from automl_tl.search.policy.kinship import DATASET, JITTER
from automl_tl.search.policy.option import Reached, Seen

DRAWS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """Mean [S] and covariance [S, S] of the state, S = M + rungs + 1; ``spread`` is a gap's unit in points.

    ``score_variance`` [M] is the part of an option's variance that scoring it would take away.
    """

    mean: Floats
    covariance: Floats
    spread: float
    score_variance: Floats

    def draws(self) -> Floats:
        """``DRAWS`` draws of the state, [DRAWS, S]; always the same for the same posterior."""
        size = len(self.mean)
        least = 1e-9 * max(1.0, float(np.trace(self.covariance)) / size)
        root = np.linalg.cholesky(self.covariance + least * np.eye(size))
        normal = np.random.default_rng(0).standard_normal((DRAWS, size))
        return self.mean + normal @ root.T


def posterior(belief: Belief, seen: Seen) -> Posterior:
    """The belief after everything that was seen."""
    mean, covariance, score_variance = _state(belief, seen.scores)
    spread = math.exp(belief.log_spread)
    places = {option.key: place for place, option in enumerate(belief.options)}
    reached = {places[key]: at for key, at in seen.reached.items() if key in places}
    if not reached:
        return Posterior(mean=mean, covariance=covariance, spread=spread, score_variance=score_variance)
    look, noise = _observation(belief, reached, size=len(mean))
    inner = look @ covariance @ look.T + np.diag(noise)
    values = np.array([at.value for at in reached.values()])
    gain = np.linalg.solve(inner, look @ covariance).T
    surprise = clipped((values - values.max()) / spread) - look @ mean
    after = covariance - gain @ look @ covariance
    return Posterior(
        mean=mean + gain @ surprise,
        covariance=(after + after.T) / 2,
        spread=spread,
        score_variance=score_variance,
    )


def _state(belief: Belief, measured: Mapping[str, Mapping[str, float]]) -> tuple[Floats, Floats, Floats]:
    """Mean and covariance of the state before any value, and each option's variance for want of scores."""
    count, rungs = len(belief.options), list(belief.rungs.values())
    table = score_table([measured.get(option.key, {}) for option in belief.options], belief.scores)
    worth = belief.covariance[count:, count:] + np.outer(belief.mean[count:], belief.mean[count:])
    unscored = ~np.isfinite(table).any(1)
    variance = np.where(unscored, float((worth * belief.score_covariance).sum()), 0.0)
    onto = np.hstack([np.eye(count), _scaled(belief, table)])
    size = count + len(rungs) + 1
    mean, covariance = np.zeros(size), np.zeros((size, size))
    mean[:count] = onto @ belief.mean
    covariance[:count, :count] = onto @ belief.covariance @ onto.T + np.diag(variance)
    for place, rung in enumerate(rungs, start=count):
        mean[place] = rung.offset
        covariance[place, place] = rung.offset_variance
    covariance[-1, -1] = DATASET
    return mean, covariance, variance


def _scaled(belief: Belief, table: Floats) -> Floats:
    """Measured scores [M, J] on the past's scale; what was not measured is taken as usual for its option.

    Those measured so far are a choice, the promising ones first; so their mean and deviation are set to
    what is expected of just these. Of a few the own scale is not known well, so they are drawn to the
    usual.
    """
    scaled = belief.usual_scores.copy()
    for column in range(table.shape[1]):
        known = np.flatnonzero(np.isfinite(table[:, column]))
        usual = belief.usual_scores[known, column]
        if not len(known) or np.ptp(table[known, column]) == 0:
            continue
        deviation = math.sqrt(float(usual.var()) + float(belief.score_covariance[column, column]))
        own = standardised(table[known, column][:, None])[:, 0]
        trust = len(known) / (len(known) + 2.0)
        scaled[known, column] = usual + trust * (float(usual.mean()) + deviation * own - usual)
    return scaled


def _observation(belief: Belief, reached: Mapping[int, Reached], *, size: int) -> tuple[Floats, Floats]:
    """How each value looks at the state, [n, S], and its noise, [n].

    An epoch between rungs counts as the lower.
    """
    look, noise = np.zeros((len(reached), size)), np.full(len(reached), JITTER)
    look[:, -1] = 1.0
    rungs = list(belief.rungs)
    for row, (place, at) in enumerate(reached.items()):
        look[row, place] = 1.0
        if at.epoch >= belief.last_epoch or not rungs:
            continue
        epoch = max((rung for rung in rungs if rung <= at.epoch), default=rungs[0])
        look[row, place] = belief.rungs[epoch].slope
        look[row, len(belief.options) + rungs.index(epoch)] = 1.0
        noise[row] = belief.rungs[epoch].noise
    return look, noise


def known(belief: Belief, seen: Seen) -> Sequence[int]:
    """The places of the options that were trained to the end."""
    ends = {key for key, at in seen.reached.items() if at.epoch >= belief.last_epoch}
    return [place for place, option in enumerate(belief.options) if option.key in ends]
