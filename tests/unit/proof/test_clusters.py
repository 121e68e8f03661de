"""Samples of one patient are no independent witnesses."""

import itertools

import numpy as np
import pytest
from scipy import stats

from automl_tl.proof.clusters import expanded, numbered, sign_flip_p, worth
from automl_tl.proof.intervals import gain_interval, paired_p, unseen, value_interval
from automl_tl.proof.shares import mcnemar_p

METRICS = ["accuracy", "balanced_accuracy", "macro_f1", "mcc", "auroc", "log_loss"]


def calls(hits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Probabilities of a model that hits so."""
    called = np.where(hits, targets, (targets + 1) % 3)
    return 0.9 * np.eye(3)[called] + 0.1 / 3


def test_a_sample_without_a_group_is_its_own() -> None:
    assert numbered(["a", None, "a", None, "b"]).tolist() == [0, 1, 0, 2, 3]  # type: ignore[union-attr]
    assert numbered(["a", "b", None]) is None


def test_groups_of_one_sample_are_mcnemars_test() -> None:
    gains = np.array([1] * 12 + [-1] * 4 + [0] * 30)

    assert sign_flip_p(gains) == pytest.approx(mcnemar_p(12, 4))


def test_the_sign_flip_test_is_what_trying_every_sign_gives() -> None:
    gains = np.array([5, 3, -2, 1, 1, 0, 4])

    signs = np.array(list(itertools.product((1, -1), repeat=len(gains))))
    expected = (np.abs(signs @ gains) >= abs(gains.sum())).mean()

    assert sign_flip_p(gains) == pytest.approx(expected)


def test_samples_that_all_repeat_their_group_are_worth_the_groups() -> None:
    groups = np.repeat(np.arange(100), 10)
    scores = np.repeat(np.arange(100) % 2, 10).astype(float)
    shrunk = (stats.norm.isf(0.025) / stats.t.isf(0.025, 99)) ** 2

    assert worth(scores, groups, alpha=0.05) == pytest.approx(99 * shrunk)
    assert worth(np.zeros(1000), groups, alpha=0.05) == pytest.approx(100 * shrunk)
    assert worth(np.arange(1000) % 2.0, groups, alpha=0.05) == pytest.approx(1000 * shrunk)
    assert worth(scores, np.zeros(1000, np.int64), alpha=0.05) == 0.0


def test_few_groups_are_widened() -> None:
    assert expanded(0.05, groups=6) < 0.01
    assert expanded(0.05, groups=1000) == pytest.approx(0.05, abs=1e-3)
    assert expanded(0.05, groups=1) == 0.0


@pytest.mark.parametrize("metric", METRICS)
def test_twenty_wins_on_one_patient_prove_nothing(metric: str) -> None:
    targets = np.arange(300) % 3
    ours, theirs = np.ones(300, bool), np.ones(300, bool)
    theirs[:20] = False
    groups = np.arange(300) // 20

    alone, together = (
        gain_interval(
            targets, calls(ours, targets), calls(theirs, targets), metric=metric, alpha=0.05, seed=0, groups=g
        )
        for g in (None, groups)
    )

    assert alone.low > 0
    assert together.low <= 0 < together.high


@pytest.mark.parametrize("metric", METRICS)
def test_wins_on_many_patients_are_proven(metric: str) -> None:
    targets = np.arange(300) % 3
    groups = np.arange(300) // 15
    ours, theirs = np.ones(300, bool), np.arange(300) % 15 > groups % 5

    found = gain_interval(
        targets,
        calls(ours, targets),
        calls(theirs, targets),
        metric=metric,
        alpha=0.05,
        seed=0,
        groups=groups,
    )

    assert 0 < found.low < found.high


@pytest.mark.parametrize("metric", METRICS)
def test_five_groups_cannot_prove_anything_at_one_in_twenty(metric: str) -> None:
    targets = np.arange(300) % 3
    ours, theirs, groups = np.ones(300, bool), np.zeros(300, bool), np.arange(300) // 60

    p = paired_p(
        targets,
        calls(ours, targets),
        calls(theirs, targets),
        metric=metric,
        alpha=0.05,
        seed=0,
        groups=groups,
    )

    assert p == pytest.approx(2 / 2**5)


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy"])
def test_values_are_less_sure_in_groups_and_not_at_all_in_one(metric: str) -> None:
    targets = np.arange(400) % 2
    hits = np.arange(400) // 20 % 4 > 0
    probabilities = np.eye(2)[np.where(hits, targets, 1 - targets)]

    alone, groups, one = (
        value_interval(targets, probabilities, metric=metric, alpha=0.05, seed=0, groups=g)
        for g in (None, np.arange(400) // 20, np.zeros(400, np.int64))
    )

    assert groups.high - groups.low > 2 * (alone.high - alone.low)
    assert (one.low, one.high) == (0.0, 1.0)


def alike(groups: int, *, wins: int, size: int = 10) -> tuple[np.ndarray, ...]:
    """Targets, two models, and groups, of which each has so many samples that ours alone hits."""
    targets = np.tile(np.arange(size) % 2, groups)
    ours, theirs = np.ones(len(targets), bool), np.tile(np.arange(size) >= wins, groups)
    return targets, calls(ours, targets), calls(theirs, targets), np.repeat(np.arange(groups), size)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("wins", [0, 2])
def test_few_groups_that_are_exactly_alike_prove_nothing(metric: str, wins: int) -> None:
    targets, ours, theirs, groups = alike(4, wins=wins)

    interval = gain_interval(targets, ours, theirs, metric=metric, alpha=0.05, seed=0, groups=groups)

    assert paired_p(targets, ours, theirs, metric=metric, alpha=0.05, seed=0, groups=groups) > 0.05
    assert interval.low <= 0 <= interval.high
    if metric != "accuracy":  # nor that the loss is small
        assert interval.low < -0.3 and interval.high > 0.3


@pytest.mark.parametrize("metric", ["balanced_accuracy", "macro_f1", "mcc"])
def test_groups_that_are_exactly_alike_leave_room_for_those_not_seen(metric: str) -> None:
    targets, ours, theirs, groups = alike(100, wins=2)

    gain = gain_interval(targets, ours, theirs, metric=metric, alpha=0.05, seed=0, groups=groups)
    value = value_interval(targets, theirs, metric=metric, alpha=0.05, seed=0, groups=groups)

    assert 0 < gain.low < gain.high - 0.05
    assert 0.02 < value.high - value.low < 0.1


def test_what_n_alike_leave_open_is_a_share_that_n_draws_miss() -> None:
    found = unseen(0.0, units=50, alpha=0.05, whole=(-1.0, 1.0))

    assert (1 + found.low) ** 50 == pytest.approx(0.025)
    assert found.high == -found.low
    assert unseen(1.0, units=50, alpha=0.05, whole=(0.0, 1.0)).high == 1.0
