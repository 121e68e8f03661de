"""Scores are asked for only where candidates cannot all be probed, and put the best ones first."""

from dataclasses import replace

import pytest

from automl_tl.bench.numbers import _facts
from automl_tl.domain.budget import Budget
from automl_tl.search.appraisals import SCORING_SHARE, Sizes, order, wanted

FACTS = {
    id: replace(_facts(id), latency_seconds=seconds, multiply_adds=int(seconds * 1e6))
    for id, seconds in {"slow": 0.3, "quick": 0.01, "usual": 0.05}.items()
}
LARGE = Sizes(samples=10_000, subsample=500, slots=1)


@pytest.mark.parametrize(
    ("budget", "sizes"),
    [
        (Budget(), LARGE),
        (Budget(trials=3), LARGE),
        (Budget(seconds=10 * 3600), LARGE),
        (Budget(seconds=60), Sizes(samples=900, subsample=500, slots=1)),
    ],
)
def test_nothing_is_scored_where_probing_tells_more(budget: Budget, sizes: Sizes) -> None:
    assert wanted(FACTS, budget=budget, sizes=sizes) == ()


@pytest.mark.parametrize("budget", [Budget(trials=2), Budget(epochs=2)])
def test_fewer_trials_than_candidates_ask_for_all_scores(budget: Budget) -> None:
    assert wanted(FACTS, budget=budget, sizes=LARGE) == ("quick", "usual", "slow")


def test_scores_cost_a_small_part_of_the_time_the_cheapest_first() -> None:
    found = wanted(FACTS, budget=Budget(seconds=600), sizes=LARGE)

    assert found == ("quick", "usual")
    assert sum(500 * (FACTS[id].latency_seconds or 0) for id in found) <= SCORING_SHARE * 600


def test_the_best_scores_come_first_and_then_the_cheapest() -> None:
    scores = {
        "slow": {"logme": 0.9, "ridge": 0.8, "knn_5": 0.7},
        "usual": {"logme": 0.4, "ridge": 0.8, "knn_5": 0.2},
        "quick": {"logme": 0.5},
    }

    assert order(FACTS, scores) == ("slow", "usual", "quick")
    assert order(FACTS, {}) == ("quick", "usual", "slow")
