from simulated_search import MACS, STAGES, SimulatedSearch, space

from automl_tl.domain.budget import Budget
from automl_tl.search.keep import KEPT, Keep
from automl_tl.search.prior_only import PriorOnly


def test_each_candidate_at_each_depth_trains_one_epoch_and_the_best_go_on() -> None:
    search = SimulatedSearch(Keep(), space(), Budget(), slots=2)

    reason = search.run()

    trials = tuple(search.trials.values())
    pairs = {(t.configuration.candidate, t.configuration.freeze_depth) for t in trials}
    assert pairs == {(candidate, depth) for candidate in MACS for depth in range(STAGES + 1)}
    by_first = sorted(trials, key=lambda trial: -trial.reports[0].value)
    assert {t.number for t in trials if t.epoch == space().max_epochs} == {t.number for t in by_first[:KEPT]}
    assert all(len(t.reports) == 1 for t in by_first[KEPT:])
    assert "best 3 after one epoch" in reason


def test_nothing_is_begun_after_the_budget() -> None:
    search = SimulatedSearch(Keep(), space(), Budget(seconds=20.0))

    search.run()

    assert 0 < len(search.trials) < len(MACS) * (STAGES + 1)


def test_by_the_prior_alone_each_default_recipe_goes_straight_to_the_end() -> None:
    search = SimulatedSearch(PriorOnly(), space(), Budget())

    reason = search.run()

    trials = list(search.trials.values())
    assert [t.configuration.candidate for t in trials] == ["small", "middle", "large"]
    assert all([r.epoch for r in t.reports] == [space().max_epochs] for t in trials)
    assert "every default recipe" in reason
