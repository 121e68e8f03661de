import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn import functional as F

from automl_tl.training.head_start import Head, Known, solve


def drawn(samples: int, *, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    draw = np.random.default_rng(seed)
    targets = draw.integers(0, 3, samples)
    features = draw.normal(0, 3, (samples, 20)) * np.logspace(-2, 2, 20)
    features[:, :3] += np.eye(3)[targets] * 0.1
    return torch.from_numpy(features.astype(np.float32)), torch.from_numpy(targets)


def test_the_head_predicts_about_as_well_as_a_tuned_logistic_regression() -> None:
    features, targets = drawn(300, seed=0)
    unseen, truth = drawn(2000, seed=1)

    head = solve(Known(features=features, targets=targets), classes=3, seed=0)

    found = float(((unseen @ head.weight.T + head.bias).argmax(dim=1) == truth).float().mean())
    spread = features.std(dim=0)
    best = max(
        LogisticRegression(C=c, max_iter=500)
        .fit((features / spread).numpy(), targets.numpy())
        .score((unseen / spread).numpy(), truth.numpy())
        for c in (0.001, 0.01, 0.1, 1.0)
    )
    assert found > best - 0.02


def test_a_feature_that_never_changes_does_no_harm() -> None:
    features, targets = drawn(100, seed=0)
    features[:, 5] = 7.0

    head = solve(Known(features=features, targets=targets), classes=3, seed=0)

    assert bool(head.weight.isfinite().all()) and bool(head.bias.isfinite().all())


def test_few_samples_and_an_absent_class_are_enough() -> None:
    features, targets = drawn(4, seed=0)

    head = solve(Known(features=features, targets=targets.clamp_max(1)), classes=3, seed=0)

    assert head.weight.shape == (3, 20) and bool(head.weight.isfinite().all())


def test_the_penalty_is_chosen_on_what_is_judged() -> None:
    features, targets = drawn(60, seed=0)
    known, unseen = Known(features=features, targets=targets), drawn(2000, seed=1)
    judged = Known(features=unseen[0], targets=unseen[1])

    def loss(head: Head) -> float:
        return float(F.cross_entropy(judged.features @ head.weight.T + head.bias, judged.targets))

    chosen = solve(known, classes=3, seed=0, judged=judged)

    memorised = solve(known, classes=3, seed=0, judged=known)  # the least penalty fits what is known best
    assert loss(chosen) < loss(memorised)
    assert loss(chosen) <= loss(solve(known, classes=3, seed=0)) + 1e-3
