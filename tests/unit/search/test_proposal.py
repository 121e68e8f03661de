"""A proposal is a pure function of a bounded part of the rows."""

from dataclasses import replace

import optuna
import pytest
from simulated_search import SimulatedSearch, facts, space

from automl_tl.domain.budget import Budget
from automl_tl.domain.space import Range
from automl_tl.domain.trial import Trial, TrialState
from automl_tl.search import proposal
from automl_tl.search.base import Context
from automl_tl.search.coordinates import absolute, default_configuration, default_depth, relative
from automl_tl.search.funnel import Funnel
from automl_tl.search.proposal import KEPT_BEST, KEPT_RECENT, Sampler, bounded, derived_seed, propose


@pytest.fixture(scope="module")
def history() -> tuple[Trial, ...]:
    search = SimulatedSearch(strategy=Funnel(), space=space(), budget=Budget(trials=40))
    search.run()
    return tuple(search.trials.values())


def context(trials: tuple[Trial, ...], **changed: object) -> Context:
    whole = Context(
        space=space(), facts=facts(), trials=trials, seconds=0.0, budget=Budget(trials=9999), seed=0
    )
    return replace(whole, **changed)


def long(history: tuple[Trial, ...], *, count: int) -> tuple[Trial, ...]:
    return tuple(replace(history[n % len(history)], number=n) for n in range(count))


@pytest.mark.parametrize("count", [100, 500, 2000])
def test_the_study_never_grows_beyond_its_bound(
    history: tuple[Trial, ...], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    add = optuna.Study.add_trials

    def counted(study: optuna.Study, trials: list[optuna.trial.FrozenTrial]) -> None:
        asked.append(len(trials))
        add(study, trials)

    monkeypatch.setattr(optuna.Study, "add_trials", counted)

    trial = propose(context(long(history, count=count)))

    assert trial.number == count
    assert asked == [len(bounded(long(history, count=count)))]
    assert asked[0] <= KEPT_BEST + KEPT_RECENT


def test_chance_draws_whatever_the_history_says(history: tuple[Trial, ...]) -> None:
    reports = [replace(t.reports[-1], value=1 - t.reports[-1].value) if t.reports else None for t in history]
    told_otherwise = tuple(
        replace(t, reports=(r,)) if r is not None else t for t, r in zip(history, reports, strict=True)
    )

    def drawn(sampler: Sampler) -> list[Trial]:
        return [propose(context(trials), sampler=sampler) for trials in (history, told_otherwise)]

    once, again = drawn(Sampler.RANDOM)
    assert once == again
    once, again = drawn(Sampler.TPE)
    assert once != again


def test_the_bounded_history_keeps_the_best_and_the_most_recent(history: tuple[Trial, ...]) -> None:
    trials = long(history, count=500)

    kept = bounded(trials)

    best = max(trials, key=lambda t: (t.epoch, t.reports[-1].value if t.reports else 0.0, -t.number))
    assert best.number in {t.number for t in kept}
    assert [t.number for t in kept[-KEPT_RECENT:]] == list(range(500 - KEPT_RECENT, 500))
    assert [t.number for t in kept] == sorted({t.number for t in kept})


def test_each_number_and_each_seed_has_a_trial_of_its_own(history: tuple[Trial, ...]) -> None:
    first = propose(context(history))
    other_seed = propose(context(history, seed=1))
    next_number = propose(context((*history, replace(first, state=TrialState.RUNNING))))

    assert first == propose(context(history))
    assert first.configuration != other_seed.configuration
    assert first.configuration != next_number.configuration
    assert first.seed == derived_seed(0, "trial", len(history))


def test_running_and_failed_rows_take_part(history: tuple[Trial, ...]) -> None:
    first = propose(context(history))
    as_running = (*history, replace(first, state=TrialState.RUNNING, until_epoch=1))
    as_failed = (*history, replace(first, state=TrialState.FAILED, until_epoch=1, failure="loss"))

    rows = [proposal._found(trial) for trial in (as_running[-1], as_failed[-1])]

    assert rows == [(optuna.trial.TrialState.RUNNING, {}), (optuna.trial.TrialState.PRUNED, {})]
    assert propose(context(as_failed)).configuration != first.configuration


def test_only_allowed_candidates_and_depths_are_proposed(history: tuple[Trial, ...]) -> None:
    for seed in range(10):
        trial = propose(context(history, seed=seed), allowed={"small": (4, 5)})

        assert trial.configuration.candidate == "small"
        assert trial.configuration.freeze_depth in (4, 5)


def test_samples_stay_within_the_ranges(history: tuple[Trial, ...]) -> None:
    narrow = space(
        learning_rate=Range(low=1e-4, high=2e-4, log=True),
        head_learning_rate=Range(low=3.0, high=3.0),
        weight_decay=Range(low=0.0, high=0.1),
        augmentation=Range(low=0.5, high=0.6),
    )

    for seed in range(5):
        found = propose(context(history, space=narrow, seed=seed)).configuration

        assert 1e-4 <= found.learning_rate <= 2e-4
        assert found.head_learning_rate == pytest.approx(3 * found.learning_rate)
        assert 0.0 <= found.weight_decay <= 0.1 and 0.5 <= found.augmentation <= 0.6


def test_a_point_and_its_configuration_are_two_sides_of_one_thing() -> None:
    known = facts()["middle"]
    configuration = default_configuration(space(), known, freeze_depth=3)

    point = relative(configuration, space=space(), facts=facts())
    again = absolute(point, space=space(), facts=facts(), allowed=range(6))

    assert (point.frozen_share, point.learning_rate) == (0.6, pytest.approx(1.0))
    assert again.freeze_depth == 3
    assert again.learning_rate == pytest.approx(configuration.learning_rate)
    assert again.head_learning_rate == pytest.approx(configuration.head_learning_rate)


def test_a_default_depth_that_is_not_searched_moves_to_the_nearest_that_is() -> None:
    known = facts()["middle"]  # its default is 2 of 5

    assert default_depth(space(), known) == 2
    assert default_depth(space(freeze_depth=(0, 5)), known) == 0
    assert default_depth(space(freeze_depth=("60%", "100%")), known) == 3
