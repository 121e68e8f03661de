"""The funnel begins with default recipes, ends within its budget, and is better than chance."""

import math
import random
from dataclasses import replace
from statistics import mean

import pytest
from simulated_search import MACS, QUALITY, STAGES, SimulatedSearch, facts, final_value, space

from automl_tl.domain.budget import Budget
from automl_tl.domain.candidate import Candidate, Recipe
from automl_tl.domain.rungs import epochs_begun, incumbent, rungs
from automl_tl.domain.space import depths
from automl_tl.domain.trial import Configuration, Report, Trial, TrialState
from automl_tl.search.base import Context, Finish, Propose, Run, Wait
from automl_tl.search.funnel import Funnel
from automl_tl.search.opening import openings
from automl_tl.search.proposal import searched


def searched_through(budget: Budget, **said: object) -> SimulatedSearch:
    search = SimulatedSearch(strategy=Funnel(), space=space(), budget=budget)
    search = replace(search, **said)
    search.run()
    return search


def best(search: SimulatedSearch) -> Trial:
    found = incumbent(tuple(search.trials.values()))
    assert found is not None
    return found


class Uniform(Funnel):
    """Uniform draws that are trained to the end: what a search has to beat."""

    def step(self, context: Context) -> Run | Propose | Finish:
        proposed = [t for t in context.trials if t.state is TrialState.PROPOSED]
        assert context.budget.epochs is not None
        if epochs_begun(context.trials) + context.space.max_epochs > context.budget.epochs:
            return Finish(reason="the budget is spent")
        return Run(number=proposed[0].number, until_epoch=context.space.max_epochs) if proposed else Propose()

    def propose(self, context: Context) -> Trial:
        number = len(context.trials)
        draw = random.Random(f"{context.seed}/{number}")
        candidate = draw.choice(sorted(context.facts))
        rate = 1e-3 * 10 ** draw.uniform(-1.5, 1.5)
        return Trial(
            number=number,
            seed=number,
            configuration=Configuration(
                candidate=candidate,
                freeze_depth=draw.randint(0, STAGES),
                learning_rate=rate,
                head_learning_rate=rate * 10 ** draw.uniform(0, 2),
                weight_decay=10 ** draw.uniform(-6, -1),
                augmentation=draw.random(),
            ),
        )


def test_probes_and_default_recipes_come_before_the_sampler() -> None:
    trials = list(searched_through(Budget(trials=8)).trials.values())

    assert [t.origin for t in trials][:2] == ["probe", "probe"]  # a pass, where a recipe costs epochs
    assert [t.configuration.candidate for t in trials[:2]] == ["small", "middle"]
    assert [t.origin for t in trials][6:] == ["sampler"] * 2
    for origin, depth in (("probe", STAGES), ("default", 2)):
        begun = [t.configuration for t in trials[:6] if t.origin == origin]
        assert {c.candidate for c in begun} == set(MACS)
        assert all(c.freeze_depth == depth for c in begun)


@pytest.mark.parametrize(("trials", "origins"), [(2, ["default"] * 2), (3, ["default"] * 3)])
def test_few_trials_are_spent_on_recipes(trials: int, origins: list[str]) -> None:
    search = searched_through(Budget(trials=trials))

    assert [t.origin for t in search.trials.values()] == origins


def test_with_one_trial_to_spare_each_recipe_is_tried_all_the_same() -> None:
    trials = list(searched_through(Budget(trials=4)).trials.values())

    assert [t.origin for t in trials] == ["probe", "default", "default", "default"]


@pytest.mark.parametrize(("seconds_per_mac", "probed"), [(1e-3, 3), (1e-2, 2)])
def test_every_candidate_is_probed_before_one_is_trained_where_probes_are_cheap(
    monkeypatch: pytest.MonkeyPatch, seconds_per_mac: float, probed: int
) -> None:
    monkeypatch.setitem(QUALITY, "small", 0.45)  # so that training the second promises a lot at once

    search = searched_through(Budget(seconds=300), seconds_per_mac=seconds_per_mac)

    origins = [trial.origin for trial in search.trials.values()]
    assert origins.index("default") == probed
    probes = [trial for trial in search.trials.values() if trial.origin == "probe"]
    assert sum(t.reports[0].seconds for t in probes[:probed]) <= 300 / 4


def test_the_recipe_of_the_better_probe_is_tried_first() -> None:
    context = searched_through(Budget(trials=12)).contexts[0]
    values = {"small": 0.7, "middle": 0.9, "large": 0.7}
    same = replace(context, facts={id: replace(f, multiply_adds=1_000) for id, f in context.facts.items()})
    probes = [trial for trial in openings(same) if trial.origin == "probe"]
    report = Report(epoch=1, value=0.0, loss=1.0, checkpoint="", seconds=1.0, multiply_adds=1)
    told = [
        replace(
            probe,
            number=number,
            state=TrialState.WAITING,
            until_epoch=1,
            reports=(replace(report, value=values[probe.configuration.candidate]),),
        )
        for number, probe in enumerate(probes)
    ]

    proposed = Funnel().propose(replace(same, trials=tuple(told)))

    assert (proposed.origin, proposed.configuration.candidate) == ("default", "middle")


def test_every_default_recipe_reaches_the_second_rung() -> None:
    search = searched_through(Budget(trials=30))

    assert all(t.epoch >= 3 for t in search.trials.values() if t.origin == "default")


@pytest.mark.parametrize(
    ("budget", "slots"),
    [
        (Budget(trials=12), 1),
        (Budget(trials=12), 2),
        (Budget(epochs=40), 1),
        (Budget(epochs=40), 2),
        (Budget(trials=12, epochs=30), 2),
        (Budget(seconds=100), 1),
        (Budget(seconds=100), 2),
        (Budget(trials=1), 2),
        (Budget(), 1),
    ],
)
def test_a_search_ends_within_its_budget(budget: Budget, slots: int) -> None:
    search = searched_through(budget, slots=slots)
    trials = search.trials.values()

    assert len(trials) <= (budget.trials or 16 * len(MACS))
    assert sum(t.epoch for t in trials) <= (budget.epochs or math.inf)
    assert search.now <= (budget.seconds or math.inf)
    assert best(search).epoch >= 1


def test_a_time_budget_leaves_time_for_the_proof() -> None:
    for seed in range(5):
        search = searched_through(Budget(seconds=300), seed=seed, slots=2)

        assert 150 <= search.now <= 300 * 0.95


def test_with_a_trial_budget_the_winner_stands_on_the_last_rung() -> None:
    for seed in range(5):
        assert best(searched_through(Budget(trials=10), seed=seed)).epoch == 27


def test_what_cannot_be_afforded_is_not_begun() -> None:
    search = searched_through(Budget(seconds=60), seconds_per_mac=2e-3)  # a full epoch of large: 36 s

    assert search.now <= 60
    assert all(t.epoch or t.state is TrialState.PROPOSED for t in search.trials.values())
    assert max(t.epoch for t in search.trials.values()) < 27


def test_reports_come_only_at_rungs() -> None:
    trials = searched_through(Budget(epochs=150), slots=2).trials.values()

    assert {report.epoch for trial in trials for report in trial.reports} <= set(rungs(27))


def test_the_funnel_beats_uniform_draws_at_the_same_epochs() -> None:
    budget = Budget(epochs=200)
    ours, theirs = [], []
    for seed in range(6):
        ours.append(final_value(best(searched_through(budget, seed=seed))))
        theirs.append(final_value(best(searched_through(budget, seed=seed, strategy=Uniform()))))

    assert mean(ours) > mean(theirs) + 0.005


def test_the_same_context_gives_the_same_step_and_the_same_trial() -> None:
    search = searched_through(Budget(trials=20))

    for context in search.contexts:
        assert Funnel().step(context) == Propose()
        assert Funnel().propose(context) == Funnel().propose(context)


def test_without_a_time_budget_no_clock_decides_what_comes_next() -> None:
    context = searched_through(Budget(trials=20)).contexts[4]

    def measured(seconds: float) -> Context:
        timed = {
            id: replace(found, stage_seconds=(seconds,) * STAGES, backward_seconds=seconds)
            for id, found in context.facts.items()
        }
        timed["small"] = replace(timed["small"], stage_seconds=(50.0,) * STAGES, backward_seconds=90.0)
        return replace(context, facts=timed)

    assert Funnel().propose(measured(1e-9)) == Funnel().propose(context)
    assert Funnel().step(measured(1e-9)) == Funnel().step(context)


def test_a_search_repeated_is_the_same_search() -> None:
    once, again = (searched_through(Budget(trials=20), seed=3) for _ in range(2))

    assert once.trials == again.trials
    assert once.trials != searched_through(Budget(trials=20), seed=4).trials


@pytest.mark.parametrize("freeze_depth", ["every", (0, 2), ("0%", "50%", "100%"), (5,)])
def test_only_the_freeze_depths_of_the_space_are_proposed(freeze_depth: object) -> None:
    narrowed = space(freeze_depth=freeze_depth)

    search = searched_through(Budget(trials=25), space=narrowed)

    allowed = set(depths(narrowed, stages=STAGES))
    assert {t.configuration.freeze_depth for t in search.trials.values()} <= allowed


def test_failing_trials_are_avoided_and_end_nothing() -> None:
    begun, later = 0, 0
    for seed in range(4):
        search = searched_through(Budget(trials=40), fails_above=2e-3, seed=seed)
        rates = [t.configuration.learning_rate for t in search.trials.values() if t.origin == "sampler"]
        failing = [rate > 2e-3 for rate in rates]
        begun += sum(failing[: len(failing) // 2])
        later += sum(failing[len(failing) // 2 :])
        assert best(search).epoch == 27

    assert later < begun


def test_a_cut_rung_is_taken_up_again() -> None:
    context = searched_through(Budget(trials=20)).contexts[-1]
    waiting = next(t for t in context.trials if t.state is TrialState.WAITING and t.epoch == 1)
    cut = replace(waiting, until_epoch=3)
    trials = tuple(cut if t.number == cut.number else t for t in context.trials)

    assert Funnel().step(replace(context, trials=trials)) == Run(number=cut.number, until_epoch=3)


def test_nothing_left_but_a_running_trial_means_to_wait() -> None:
    context = searched_through(Budget(trials=1)).contexts[0]
    running = replace(Funnel().propose(context), state=TrialState.RUNNING, until_epoch=1)

    assert Funnel().step(replace(context, trials=(running,))) == Wait()


def test_a_search_without_candidates_is_over() -> None:
    context = Context(space=space(), facts={}, trials=(), seconds=0.0, budget=Budget(trials=3), seed=0)

    assert Funnel().step(context) == Finish(reason="no candidate is left to search")


def test_candidates_that_were_left_out_are_never_proposed() -> None:
    known = {id: found for id, found in facts().items() if id != "large"}
    context = Context(space=space(), facts=known, trials=(), seconds=0.0, budget=Budget(trials=3), seed=0)

    assert set(searched(context)) == {"small", "middle"}
    assert Funnel().propose(context).configuration.candidate == "small"


def test_a_probe_of_a_candidate_that_was_left_out_since_is_no_matter() -> None:
    context = searched_through(Budget(seconds=300)).contexts[1]
    probe = replace(Funnel().propose(context), state=TrialState.PROPOSED)
    known = {id: found for id, found in facts().items() if id != probe.configuration.candidate}
    later = replace(context, trials=(*context.trials, probe), facts=known)

    assert Funnel().step(later) == Propose()
    assert Funnel().propose(later).configuration.candidate in known


def test_where_trials_are_counted_none_is_spent_on_a_look() -> None:
    trials = searched_through(Budget(trials=3, seconds=10_000)).trials.values()

    assert [trial.origin for trial in trials] == ["default"] * 3


def test_a_recipe_that_freezes_every_stage_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(QUALITY, "small", 0.45)
    frozen = replace(Candidate(id="large", source="embedded:large"), recipe=Recipe(freeze_depth="100%"))
    candidates = (*(c for c in space().candidates if c.id != "large"), frozen)

    search = searched_through(Budget(seconds=300), space=space(candidates=candidates))

    first = list(search.trials.values())[:3]
    assert {trial.configuration.candidate for trial in first} == set(MACS)
    assert {trial.configuration.freeze_depth for trial in first} == {STAGES}


def test_a_search_that_gets_no_better_settles_before_its_time() -> None:
    search = SimulatedSearch(
        strategy=Funnel(), space=space(), budget=Budget(seconds=36_000), seconds_per_mac=1e-4
    )

    assert "in a row were no better" in search.run()
    assert len(search.trials) < 400


def test_a_search_ends_when_three_trials_make_no_mistake() -> None:
    context = searched_through(Budget(epochs=60)).contexts[-1]
    reported = [trial for trial in context.trials if trial.reports][:3]

    def perfect(count: int) -> Context:
        best = {t.number: replace(t, reports=(replace(t.reports[-1], value=1.0),)) for t in reported[:count]}
        return replace(context, trials=tuple(best.get(t.number, t) for t in context.trials))

    assert not isinstance(Funnel().step(perfect(2)), Finish)
    assert Funnel().step(perfect(3)) == Finish(
        reason="three trials make no mistake on validation: none can be better there"
    )
    by_trials = replace(perfect(3), budget=Budget(trials=500))
    assert not isinstance(Funnel().step(by_trials), Finish)
