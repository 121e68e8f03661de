"""The prior orders candidates by past jobs and published facts, and says why each stands where it does."""

from dataclasses import replace

import pytest
from simulated_search import MACS, STAGES, SimulatedSearch, facts, space

from automl_tl.domain.budget import Budget
from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.past import PastResult
from automl_tl.domain.space import Space
from automl_tl.domain.trial import Report
from automl_tl.search.appraisals import VOTERS
from automl_tl.search.base import Context
from automl_tl.search.funnel import Funnel
from automl_tl.search.opening import openings
from automl_tl.search.prior import belief_of, options_of, past_datasets, shortlist

VALUES = {"small": 0.71, "middle": 0.80, "large": 0.92}


def result(candidate: str, value: float, *, dataset: str, metric: str = "accuracy") -> PastResult:
    macs = facts()[candidate].multiply_adds if candidate in facts() else 100
    return PastResult(
        dataset_name=dataset,
        metric=metric,
        weights_sha256=candidate,
        parameters=macs,
        multiply_adds=macs,
        value=value,
        seconds=10.0,
    )


def past(values: dict[str, float] = VALUES, *, datasets: int = 5) -> list[PastResult]:
    return [result(id, v, dataset=f"past{n}") for n in range(datasets) for id, v in values.items()]


def begun(space_: Space, results: list[PastResult], *, name: str = "new") -> Context:
    belief = belief_of(space_, facts(), results, dataset_name=name)
    return Context(
        space=space_, facts=facts(), trials=(), seconds=0.0, budget=Budget(trials=9), seed=0, belief=belief
    )


def order(context: Context) -> list[str]:
    return [trial.configuration.candidate for trial in openings(context) if trial.origin == "default"]


def test_with_nothing_to_go_by_there_is_no_belief_and_the_cheapest_comes_first() -> None:
    context = begun(space(), [])

    assert context.belief is None
    assert order(context) == ["small", "middle", "large"]


def test_what_past_jobs_found_best_is_tried_first() -> None:
    assert order(begun(space(), past()))[0] == "large"
    assert order(begun(space(), past({"small": 0.92, "middle": 0.80, "large": 0.71})))[0] == "small"


def test_of_equals_the_cheaper_is_tried_first() -> None:
    assert order(begun(space(), past(dict.fromkeys(VALUES, 0.9))))[0] == "small"


def test_the_last_night_on_the_same_dataset_counts_most() -> None:
    last_night = [result(id, v, dataset="mine") for id, v in zip(VALUES, (0.7, 0.95, 0.8), strict=True)]

    assert order(begun(space(), last_night + past(), name="mine"))[0] == "middle"


def test_published_accuracy_is_enough_to_go_by() -> None:
    published = {"small": 0.50, "middle": 0.85, "large": 0.60}
    candidates = tuple(replace(c, upstream_accuracy=published[c.id]) for c in space().candidates)
    equal = {id: replace(facts()["small"], candidate=id, weights_sha256=id) for id in MACS}
    context = replace(begun(space(candidates=candidates), []), facts=equal)
    belief = belief_of(context.space, equal, [], dataset_name="new")

    assert context.belief is not None
    assert order(replace(context, belief=belief)) == ["middle", "large", "small"]


def test_every_opening_trial_is_there_whatever_the_order() -> None:
    def trials(context: Context) -> set[tuple[str, str, int]]:
        found = openings(context)
        return {(t.origin, t.configuration.candidate, t.configuration.freeze_depth) for t in found}

    with_prior, without = begun(space(), past()), begun(space(), [])

    assert trials(with_prior) == trials(without)
    assert [t.origin for t in openings(with_prior)] == ["default"] * 3 + ["probe"] * 3
    assert {t.configuration.freeze_depth for t in openings(with_prior)[3:]} == {STAGES}


def test_with_a_prior_the_same_context_gives_the_same_trial_until_all_openings_are_made() -> None:
    search = SimulatedSearch(strategy=Funnel(), space=space(), budget=Budget(trials=9))
    search.run()
    belief = belief_of(search.space, facts(), past(), dataset_name="new")

    for context in [replace(context, belief=belief) for context in search.contexts]:
        assert Funnel().propose(context) == Funnel().propose(context)


def test_a_disappointing_default_recipe_lets_its_kin_wait() -> None:
    ids = ("dense_a", "dense_b", "res_a", "res_b")
    one = facts()["small"]
    equal = {id: replace(one, candidate=id, weights_sha256=id) for id in ids}
    of_both = space(candidates=tuple(Candidate(id=id, source=f"timm:{id}") for id in ids))
    swings = (0.1, -0.1, 0.12, -0.08, 0.09, -0.1)  # what a family is worth depends on the dataset
    results = [
        result(id, 0.8 + (swing if id.startswith("res") else 0.0), dataset=f"past{n}")
        for n, swing in enumerate(swings)
        for id in ids
    ]
    belief = belief_of(of_both, equal, results, dataset_name="new")
    context = replace(begun(of_both, []), facts=equal, belief=belief)
    defaults = {t.configuration.candidate: t for t in openings(context) if t.origin == "default"}

    def after(values: dict[str, float]) -> list[str]:
        report = Report(epoch=27, value=0.0, loss=1.0, checkpoint="", seconds=1.0, multiply_adds=1)
        trials = [
            replace(defaults[id], number=number, reports=(replace(report, value=value),))
            for number, (id, value) in enumerate(values.items())
        ]
        return order(replace(context, trials=tuple(trials)))

    assert after({"dense_a": 0.8, "res_a": 0.9}) == ["res_b", "dense_b"]
    assert after({"dense_a": 0.8, "res_a": 0.7}) == ["dense_b", "res_b"]


@pytest.mark.parametrize("best", list(MACS))
def test_scores_decide_between_what_is_published_as_equal(best: str) -> None:
    equal = {id: replace(facts()["small"], candidate=id, weights_sha256=id) for id in MACS}
    candidates = tuple(replace(c, upstream_accuracy=0.8) for c in space().candidates)
    belief = belief_of(space(candidates=candidates), equal, [], dataset_name="new")
    context = replace(begun(space(candidates=candidates), []), facts=equal, belief=belief)
    scores = {id: dict.fromkeys(VOTERS, 0.9 if id == best else 0.5) for id in equal}

    assert order(replace(context, scores=scores))[0] == best


def test_the_newest_result_of_a_candidate_counts_and_a_changed_metric_does_not() -> None:
    results = [
        result("small", 0.9, dataset="mine"),
        result("large", 0.8, dataset="mine"),
        result("small", 0.1, dataset="mine"),
        result("middle", 0.2, dataset="mine", metric="balanced_accuracy"),
        result("small", 0.5, dataset="alone"),
    ]

    found = past_datasets(results, options_of(space(), facts()))

    assert [dataset.name for dataset in found] == ["mine"]
    assert {o.option.key: o.value for o in found[0].outcomes} == {"small": 90, "large": 80}


def test_few_candidates_are_all_kept_and_each_has_its_reason() -> None:
    context = begun(space(), past())
    assert context.belief is not None

    places = shortlist(context.belief, past(), scores={})

    assert [place.place for place in places] == [1, 2, 3]
    assert all(place.is_kept for place in places)
    assert places[0].candidate == "large"
    assert places[0].why == "the best on 5 earlier datasets; chance of success 99%"
    assert "12.0 points below the best" in next(p.why for p in places if p.candidate == "middle")


def many(count: int) -> tuple[Space, dict[str, CandidateFacts], list[PastResult]]:
    one = facts()["small"]
    found = {f"m{n}": replace(one, candidate=f"m{n}", weights_sha256=f"m{n}") for n in range(count)}
    wide = space(candidates=tuple(Candidate(id=id, source=f"timm:{id}") for id in found))
    results = [
        result(f"m{n}", 0.5 + 0.01 * n, dataset=f"past{d}") for d in range(4) for n in range(count - 1)
    ]
    return wide, found, results


def test_of_many_candidates_the_hopeless_are_left_out_but_one_unknown_is_explored() -> None:
    wide, found, results = many(30)
    belief = belief_of(wide, found, results, dataset_name="new")
    assert belief is not None

    places = shortlist(belief, results, scores={})
    kept = {place.candidate for place in places if place.is_kept}

    assert len(kept) < 15
    assert {"m28", "m27", "m29"} <= kept  # m29 was never tried
    assert "m0" not in kept
    assert next(p.why for p in places if p.candidate == "m29").startswith("not tried before")
