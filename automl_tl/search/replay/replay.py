"""Replay the selection policy on tables of known results, leaving out one dataset at a time."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from automl_tl.search.replay.contender import (
    NO_PRIOR,
    NO_SCORES,
    ONE_EPOCH,
    POLICY,
    PRIOR,
    RANDOM,
    REGRET_AT,
    Showing,
    one_epoch_showing,
    plain_showings,
)
from automl_tl.search.replay.policy_run import policy_showing
from automl_tl.search.replay.results_table import ResultsTable

_RESAMPLES = 10_000

Showings = Mapping[str, Showing]  # by contender
Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean over datasets with the ends of its 95 % bootstrap interval over datasets."""

    mean: float
    low: float
    high: float


def replay(table: ResultsTable, *, within: float, ablations: bool = False) -> Mapping[str, Showings]:
    """Every contender on every dataset; good enough is what lies ``within`` so many points of the best.

    ``ablations``: the policy also without its prior (no other dataset is known), and without scores.
    """
    found: dict[str, dict[str, Showing]] = {}
    for dataset in table.datasets:
        others = [other for other in table.datasets if other is not dataset]
        showings = plain_showings(dataset, others, scores=table.scores, within=within)
        if len(table.ladder) > 1:
            last = table.ladder[-1]
            showings[ONE_EPOCH] = one_epoch_showing(dataset, last_epoch=last, within=within)
        follow = partial(policy_showing, dataset, ladder=table.ladder, within=within)
        policy = follow(others, scores=table.scores)
        found[dataset.name] = {POLICY: policy, **showings}
        if ablations:
            found[dataset.name][NO_PRIOR] = follow((), scores=table.scores)
            found[dataset.name][NO_SCORES] = follow(others, scores=())
    return found


def log_ratio(found: Sequence[Showings], *, over: str = PRIOR) -> Interval:
    """The mean of ln(cost of the policy ÷ cost of the other): below 0 where the policy is cheaper."""
    logs = np.array([math.log(s[POLICY].cost / s[over].cost) for s in found])
    generator = np.random.default_rng(0)
    means = logs[generator.integers(0, len(logs), (_RESAMPLES, len(logs)))].mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(mean=float(logs.mean()), low=float(low), high=float(high))


def as_json(found: Mapping[str, Showings]) -> Json:
    """One table's result, or that of several whose datasets are pooled.

    ``relative_cost`` is the cost over random order's, pooled geometrically; regrets and τ are plain means.
    """
    ratio = log_ratio(list(found.values()))
    return {
        "overall": _overall(list(found.values())),
        "datasets": {
            dataset: {name: _figures([showings], name) for name in showings}
            for dataset, showings in found.items()
        },
        "log_ratio_to_prior": {"mean": ratio.mean, "low": ratio.low, "high": ratio.high},
    }


def _overall(found: Sequence[Showings]) -> Json:
    """The contenders that took part on every dataset."""
    names = [name for name in found[0] if all(name in showings for showings in found)]
    return {name: _figures(found, name) for name in names}


def _figures(found: Sequence[Showings], name: str) -> Json:
    logs = [math.log(showings[name].cost / showings[RANDOM].cost) for showings in found]
    taus = [tau for showings in found if (tau := showings[name].tau) is not None]
    return {
        "relative_cost": math.exp(sum(logs) / len(logs)),
        "regret_at": {str(k): float(np.mean([s[name].regret_at[k] for s in found])) for k in REGRET_AT},
        "tau": float(np.mean(taus)) if taus else 0.0,
        **({"cost": found[0][name].cost, **found[0][name].detail} if len(found) == 1 else {}),
    }


def exercised(table: ResultsTable) -> tuple[str, ...]:
    """Which parts of the funnel a table exercises, one clause each."""
    parts = [f"prior from {len(table.datasets) - 1} other datasets"]
    if table.facts:
        parts.append(f"published facts ({', '.join(table.facts)})")
    if table.scores:
        paid = "paid for one by one" if table.scores_cost else "at no cost, so all are read first"
        parts.append(f"{len(table.scores)} scores {paid}")
    if len(table.ladder) > 1:
        parts.append(f"rungs {', '.join(str(epoch) for epoch in table.ladder)}")
    if table.has_configurations:
        parts.append("configurations searched together with models")
    return tuple(parts)
