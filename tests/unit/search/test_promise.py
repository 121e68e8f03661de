"""A promise is expected improvement by cost, and what is believed follows what is seen."""

import math

import numpy as np
import pytest

from automl_tl.domain.metric import Metric
from automl_tl.search.promise import Guess, fall, first_rung, improvement, log_error, promise

TENTH = math.log(0.1)


@pytest.mark.parametrize("spread", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("mean", [-3.0, TENTH, -1.5])
def test_improvement_is_the_mean_of_what_falls_below_the_incumbent(mean: float, spread: float) -> None:
    drawn = np.exp(np.random.default_rng(0).normal(mean, spread, 400_000))

    expected = np.maximum(0.0, 0.1 - drawn).mean()

    assert improvement(Guess(mean=mean, spread=spread), incumbent=TENTH) == pytest.approx(expected, abs=2e-4)


def test_what_is_certain_improves_by_just_its_distance() -> None:
    assert improvement(Guess(mean=math.log(0.06), spread=0.0), incumbent=TENTH) == pytest.approx(0.04)
    assert improvement(Guess(mean=math.log(0.2), spread=0.0), incumbent=TENTH) == 0.0


def test_a_promise_is_that_of_the_best_rung_ahead() -> None:
    near, far = Guess(mean=TENTH, spread=0.1), Guess(mean=TENTH - 0.5, spread=0.2)
    rates = [improvement(near, incumbent=TENTH) / 1.0, improvement(far, incumbent=TENTH) / 8.0]

    assert promise([(near, 1.0), (far, 8.0)], incumbent=TENTH) == pytest.approx(max(rates))
    assert promise([], incumbent=TENTH) == 0.0


def test_changes_seen_in_this_job_replace_what_was_believed() -> None:
    before = fall([], rungs=(1, 3))

    after = fall([-0.9] * 20, rungs=(1, 3))

    assert before.mean == pytest.approx(-0.25)
    assert after.mean == pytest.approx(-0.9, abs=0.07)
    assert first_rung([0.8] * 20).mean == pytest.approx(0.8, abs=0.06)
    assert fall([], rungs=(9, 18)).mean > before.mean  # less than a tripling, so less of a fall


def test_two_guesses_agree_between_them_and_nearer_to_the_surer() -> None:
    both = Guess(mean=0.0, spread=0.1).agreed(Guess(mean=1.0, spread=0.3))

    assert both.mean == pytest.approx(0.1)
    assert both.spread < 0.1


def test_of_a_loss_that_is_negated_nought_is_the_best() -> None:
    assert log_error(-0.25, best=Metric.LOG_LOSS.best_value) == pytest.approx(math.log(0.25))
    assert Metric.ACCURACY.best_value == Metric.MCC.best_value == 1.0


def test_an_error_of_nothing_counts_as_a_thousandth_and_no_number_as_the_worst() -> None:
    assert log_error(1.0) == pytest.approx(math.log(1e-3))
    assert log_error(math.nan) == math.inf
