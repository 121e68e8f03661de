"""The orders in which contenders would train a dataset's options, and what each order costs.

Every contender but the policy is an order by some number, greater first, ties broken at random; what
depends on chance is averaged over many orders: costs geometrically, regrets and correlations plainly.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import rankdata, weightedtau

from automl_tl.search.policy.gaps import Floats
from automl_tl.search.policy.option import PastDataset

ORDERS = 256
REGRET_AT = (1, 3, 5, 10)
POLICY, RANDOM, PRIOR, ORACLE, ONE_EPOCH = "policy", "random", "prior", "oracle", "one_epoch"
NO_PRIOR, NO_SCORES = "policy_without_prior", "policy_without_scores"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """How a contender did on one dataset.

    ``cost`` is spent until a good enough option is trained to the end; ``regret_at`` maps k to the points
    that the best of the first k trained lies below the best; ``tau`` is the weighted Kendall correlation of
    what the contender expected before it trained anything, None where it expected the same of all.
    """

    cost: float
    regret_at: Mapping[int, float]
    tau: float | None
    detail: Mapping[str, int] = field(default_factory=dict)


def order_showing(dataset: PastDataset, order: Sequence[int], *, within: float, paid: float = 0.0) -> Showing:
    """Train in this order, each to the end; ``paid`` was spent before."""
    values = values_of(dataset)
    costs = np.array([dataset.outcomes[place].option.seconds for place in order])
    good = values[list(order)] >= values.max() - within - 1e-9
    return Showing(
        cost=paid + float(costs[: int(np.argmax(good)) + 1].sum()),
        regret_at=regrets(values, order),
        tau=None,
    )


def regrets(values: Floats, order: Sequence[int]) -> dict[int, float]:
    """Points below the best after 1, 3, 5 and 10 options."""
    return {k: float(values.max() - values[list(order[:k])].max()) for k in REGRET_AT}


def number_showing(
    dataset: PastDataset, numbers: Floats, *, within: float, paid: float = 0.0, orders: int = ORDERS
) -> Showing:
    """Order by ``numbers``, greater first; ties at random, so averaged over ``orders`` of them."""
    generator = np.random.default_rng(0)
    is_tied = len(set(numbers.tolist())) < len(numbers)
    found = [
        order_showing(
            dataset,
            np.lexsort((generator.random(len(numbers)), -numbers)).tolist(),
            within=within,
            paid=paid,
        )
        for _ in range(orders if is_tied else 1)
    ]
    return Showing(
        cost=math.exp(sum(math.log(showing.cost) for showing in found) / len(found)),
        regret_at={k: float(np.mean([showing.regret_at[k] for showing in found])) for k in REGRET_AT},
        tau=weighted_tau(numbers, values_of(dataset)),
    )


def weighted_tau(expected: Floats, values: Floats) -> float | None:
    """Weighted Kendall τ: +1 where the order is right, and the top counts most; None for constants."""
    if len(values) < 2 or np.ptp(expected) == 0 or np.ptp(values) == 0:
        return None
    return float(weightedtau(expected, values).statistic)


def mean_ranks(dataset: PastDataset, others: Sequence[PastDataset]) -> Floats:
    """The prior of the field: each option by its mean rank on the other datasets, as a share; greater is
    better.

    An option that was seen elsewhere (same model and configuration) has its own mean, else its model's; a
    model that was never seen stands in the middle.
    """
    of_option: dict[str, list[float]] = {}
    of_model: dict[str, list[float]] = {}
    for other in others:
        ranks = rankdata(values_of(other)) / len(other.outcomes)
        for outcome, rank in zip(other.outcomes, ranks, strict=True):
            of_option.setdefault(outcome.option.key, []).append(float(rank))
            of_model.setdefault(outcome.option.candidate, []).append(float(rank))
    # A configuration's name means something only where names come back.
    by_key = sum(len(ranks) for ranks in of_option.values()) > len(of_option)
    return np.array(
        [
            float(np.mean((of_option.get(o.key) if by_key else None) or of_model.get(o.candidate, [0.5])))
            for o in (outcome.option for outcome in dataset.outcomes)
        ]
    )


def plain_showings(
    dataset: PastDataset, others: Sequence[PastDataset], *, scores: Sequence[str], within: float
) -> dict[str, Showing]:
    """Every contender that is an order by numbers: random, the prior, each score, and the oracle.

    A score's order pays for scoring every option first; options that it does not know come last.
    """
    showings = {
        RANDOM: number_showing(dataset, np.zeros(len(dataset.outcomes)), within=within),
        PRIOR: number_showing(dataset, mean_ranks(dataset, others), within=within),
    }
    paid = sum(outcome.option.score_seconds for outcome in dataset.outcomes)
    for score in scores:
        numbers = np.array([outcome.scores.get(score, -math.inf) for outcome in dataset.outcomes])
        least = min((n for n in numbers.tolist() if math.isfinite(n)), default=0.0)
        known = np.where(np.isfinite(numbers), numbers, least - 1.0)
        showings[score] = number_showing(dataset, known, within=within, paid=paid)
    return {**showings, ORACLE: oracle_showing(dataset, within=within)}


def oracle_showing(dataset: PastDataset, *, within: float) -> Showing:
    """Train the cheapest option that is good enough, and nothing else; its expectation is the truth."""
    values = values_of(dataset)
    good = np.flatnonzero(values >= values.max() - within - 1e-9)
    cheapest = min(good.tolist(), key=lambda place: dataset.outcomes[place].option.seconds)
    found = order_showing(dataset, [cheapest], within=within)
    return Showing(cost=found.cost, regret_at=found.regret_at, tau=weighted_tau(values, values))


def one_epoch_showing(dataset: PastDataset, *, last_epoch: int, within: float) -> Showing:
    """One epoch of every option, then the best of that to the end, one after the other."""
    first = np.array([outcome.rungs[1] for outcome in dataset.outcomes])
    seconds = np.array([outcome.option.seconds for outcome in dataset.outcomes])
    order = np.argsort(-first, kind="stable").tolist()
    values = values_of(dataset)
    good = values[order] >= values.max() - within - 1e-9
    kept = seconds[order][: int(np.argmax(good)) + 1].sum() * (1 - 1 / last_epoch)
    return Showing(
        cost=float(seconds.sum() / last_epoch + kept),
        regret_at=regrets(values, order),
        tau=weighted_tau(first, values),
    )


def values_of(dataset: PastDataset) -> Floats:
    """The values at the end, in the table's order."""
    return np.array([outcome.value for outcome in dataset.outcomes], dtype=np.float64)
