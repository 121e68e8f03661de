"""The rung rule lets the best advance, never waits, and spares slow starters."""

import math
from dataclasses import replace

import pytest

from automl_tl.domain.rungs import Standings, finalists, next_rung, rungs
from automl_tl.domain.trial import Configuration, Report, Trial, TrialState

LADDER = (1, 3, 9)


def trial(number: int, *values: float, state: TrialState = TrialState.WAITING, **said: object) -> Trial:
    """A trial that reported these values at rungs 1, 3, 9."""
    reports = tuple(
        Report(epoch=epoch, value=value, loss=0.0, checkpoint="", seconds=1.0, multiply_adds=1)
        for epoch, value in zip(LADDER, values, strict=False)
    )
    configuration = Configuration(
        candidate=str(said.get("candidate", "a")),
        freeze_depth=int(str(said.get("freeze_depth", 0))),
        learning_rate=1e-3,
        head_learning_rate=1e-2,
        weight_decay=0.0,
        augmentation=0.0,
    )
    return Trial(
        number=number,
        seed=number,
        configuration=configuration,
        state=state,
        until_epoch=int(str(said.get("until_epoch", reports[-1].epoch if reports else 1))),
        reports=reports,
        origin=str(said.get("origin", "sampler")),
    )


def numbers(trials: tuple[Trial, ...]) -> list[int]:
    return [t.number for t in trials]


@pytest.mark.parametrize(
    ("most", "ladder"),
    [
        (27, (1, 3, 9, 27)),
        (20, (1, 3, 9, 20)),
        (10, (1, 3, 10)),
        (9, (1, 3, 9)),
        (3, (1, 3)),
        (2, (1, 2)),
        (1, (1,)),
    ],
)
def test_rungs_are_powers_that_end_at_the_most_epochs(most: int, ladder: tuple[int, ...]) -> None:
    assert rungs(most) == ladder


def test_nobody_advances_before_three_have_reported() -> None:
    assert Standings([trial(0, 0.9), trial(1, 0.8)], LADDER).advancing() == ()


def test_the_best_third_advances_ties_by_number() -> None:
    trials = [trial(n, value) for n, value in enumerate([0.5, 0.7, 0.6, 0.7, 0.1, 0.2])]

    assert numbers(Standings(trials, LADDER).advancing()) == [1, 3]


def test_the_higher_rung_comes_first_and_compares_only_its_own() -> None:
    trials = [trial(n, 0.9 - n / 100) for n in range(6)] + [trial(n, 0.1, 0.2 + n / 100) for n in (6, 7, 8)]

    assert numbers(Standings(trials, LADDER).advancing()) == [8, 0, 1, 2]


def test_who_advanced_already_keeps_its_place_and_does_not_advance_again() -> None:
    trials = [trial(0, 0.9, state=TrialState.RUNNING, until_epoch=3), trial(1, 0.8), trial(2, 0.7)]

    assert Standings(trials, LADDER).advancing() == ()


def test_failed_trials_and_values_that_are_no_numbers_are_the_worst() -> None:
    failed = trial(2, state=TrialState.FAILED, until_epoch=1)
    trials = [trial(0, 0.5), trial(1, math.nan), failed]

    assert numbers(tuple(t for t, _ in Standings(trials, LADDER).ranking(1))) == [0, 1, 2]
    assert numbers(Standings(trials, LADDER).advancing()) == [0]


def test_each_default_recipe_and_the_best_of_each_depth_are_spared() -> None:
    trials = [
        trial(0, 0.9, freeze_depth=4),
        trial(1, 0.8, freeze_depth=4),
        trial(2, 0.3, freeze_depth=0),
        trial(3, 0.2, freeze_depth=0, origin="default"),
        trial(4, 0.1, freeze_depth=0, candidate="b"),
        trial(5, math.nan, candidate="c"),
        trial(6, 0.1, freeze_depth=0),
    ]

    assert numbers(Standings(trials, LADDER).spared()) == [0, 2, 3, 4]


def test_default_recipes_alone_are_spared_on_the_second_rung_and_nobody_above() -> None:
    second = [trial(0, 0.9, 0.9, origin="default"), trial(1, 0.9, 0.9, depth=1)]
    third = trial(2, 0.9, 0.9, 0.9, origin="default")

    assert numbers(Standings([*second, third], LADDER).spared()) == [0]
    assert Standings([trial(0, 0.9, origin="default")], (1,)).spared() == ()


def test_of_many_default_recipes_the_best_three_are_spared_on_the_second_rung() -> None:
    values = [0.5, 0.9, 0.6, 0.8, 0.7]
    recipes = [trial(n, 0.1, value, candidate=f"c{n}", origin="default") for n, value in enumerate(values)]

    assert numbers(Standings(recipes, LADDER).spared()) == [1, 3, 4]
    assert len(Standings([replace(t, reports=t.reports[:1]) for t in recipes], LADDER).spared()) == 5


def test_finalists_are_the_best_by_latest_value() -> None:
    trials = [
        trial(0, 0.5, 0.6),
        trial(1, 0.9, state=TrialState.CANCELLED),
        trial(2, 0.7, state=TrialState.PRUNED),
        trial(3),
        trial(4, 0.6),
    ]

    assert numbers(finalists(trials, 3)) == [2, 0, 4]
    assert numbers(finalists(trials, 1)) == [2]


def test_the_next_rung_is_the_first_above_the_epochs_trained() -> None:
    assert next_rung(trial(0), LADDER) == 1
    assert next_rung(trial(0, 0.1), LADDER) == 3
    assert next_rung(trial(0, 0.1, 0.1, 0.1), LADDER) is None
