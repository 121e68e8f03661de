"""Intervals cover, gains are paired, and few differences prove nothing."""

import numpy as np
import pytest

from automl_tl.proof.intervals import gain_interval, paired_p, value_interval
from automl_tl.proof.shares import PairedHits, mcnemar_p, newcombe, wilson

SAMPLES = 300


def called(right: np.ndarray, targets: np.ndarray, *, classes: int = 3) -> np.ndarray:
    """Probabilities of a model that is right exactly where it is said to be."""
    calls = np.where(right, targets, (targets + 1) % classes)
    return 0.9 * np.eye(classes)[calls] + 0.1 / classes


def pair(*, wins: int, losses: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    targets = np.arange(SAMPLES) % 3
    ours, theirs = np.ones(SAMPLES, bool), np.ones(SAMPLES, bool)
    theirs[:wins] = False
    ours[wins : wins + losses] = False
    return targets, called(ours, targets), called(theirs, targets)


def test_a_share_lies_in_its_own_interval_even_where_all_or_none_were_hit() -> None:
    for samples in range(1, 400):
        assert wilson(samples, samples, alpha=0.05).high == 1.0
        assert wilson(0, samples, alpha=0.05).low == 0.0


def test_wilson_is_the_textbooks() -> None:
    interval = wilson(18, 20, alpha=0.05)

    assert interval.low == pytest.approx(0.699, abs=1e-3)
    assert interval.high == pytest.approx(0.972, abs=1e-3)


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "macro_f1", "mcc", "auroc", "log_loss"])
def test_a_clear_gain_is_proven_by_every_metric(metric: str) -> None:
    targets, ours, theirs = pair(wins=40, losses=5)

    interval = gain_interval(targets, ours, theirs, metric=metric, alpha=0.05, seed=0)

    assert 0 < interval.low < interval.high
    assert interval == gain_interval(targets, ours, theirs, metric=metric, alpha=0.05, seed=0)


def test_a_loss_is_the_mirror_of_a_gain() -> None:
    targets, ours, theirs = pair(wins=40, losses=5)

    gain = gain_interval(targets, ours, theirs, metric="accuracy", alpha=0.05, seed=0)
    loss = gain_interval(targets, theirs, ours, metric="accuracy", alpha=0.05, seed=0)

    assert (loss.low, loss.high) == pytest.approx((-gain.high, -gain.low))


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy"])
def test_five_wins_against_none_prove_nothing(metric: str) -> None:
    targets, ours, theirs = pair(wins=5, losses=0)

    interval = gain_interval(targets, ours, theirs, metric=metric, alpha=0.05, seed=0)

    assert interval.low <= 0 < interval.high


def test_the_same_predictions_gain_nothing() -> None:
    targets, ours, _ = pair(wins=0, losses=0)

    interval = gain_interval(targets, ours, ours, metric="accuracy", alpha=0.05, seed=0)

    assert interval.low <= 0 <= interval.high < 0.05


def test_the_permutation_test_agrees_with_mcnemar_where_both_apply() -> None:
    targets, ours, theirs = pair(wins=12, losses=4)

    permuted = paired_p(targets, ours, theirs, metric="balanced_accuracy", alpha=0.05, seed=0)

    assert permuted == pytest.approx(mcnemar_p(12, 4), abs=0.03)
    assert mcnemar_p(12, 4) == pytest.approx(0.0768, abs=1e-4)


def test_equal_models_are_rarely_told_apart() -> None:
    randomness = np.random.default_rng(1)
    proven = 0
    for seed in range(200):
        targets = randomness.integers(0, 3, 100)
        ours, theirs = (called(randomness.random(100) < 0.8, targets) for _ in range(2))
        interval = gain_interval(targets, ours, theirs, metric="accuracy", alpha=0.05, seed=seed)
        proven += interval.low > 0

    assert proven <= 10  # 2.5 % are expected; ten of 200 would be a chance of one in sixty


def test_a_value_lies_within_its_interval() -> None:
    targets, ours, _ = pair(wins=0, losses=60)

    interval = value_interval(targets, ours, metric="macro_f1", alpha=0.05, seed=0)

    assert interval.low < 0.8 < interval.high
    assert interval.high - interval.low < 0.12


def test_newcombe_is_the_papers() -> None:
    found = newcombe(PairedHits(both=36, wins=12, losses=2, neither=0), alpha=0.05)

    assert (found.low, found.high) == pytest.approx((0.0569, 0.3404), abs=1e-4)


def test_a_stricter_level_is_resampled_finely_enough_to_be_reached() -> None:
    targets, ours, theirs = pair(wins=60, losses=0)

    strict = gain_interval(targets, ours, theirs, metric="balanced_accuracy", alpha=0.001, seed=0)

    assert strict.low > 0
