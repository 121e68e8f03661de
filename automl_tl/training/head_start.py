"""A head that already knows what the frozen features tell: logistic regression, solved rather than trained.

A fine-tuning that starts from a random head first destroys the features that it came for; one that starts
from the linear probe's head keeps them (Kumar et al., arXiv 2202.10054).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

PENALTIES = (0.5, 0.1, 0.02, 0.004)  # on half the squared weights of standardised features
HELD_OUT_SHARE = 0.2
MOST_SAMPLES = 10_000
_ITERATIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """``weight`` [K, F] and ``bias`` [K] of a linear layer on raw features."""

    weight: Tensor
    bias: Tensor


def solve(features: Tensor, targets: Tensor, *, classes: int, seed: int) -> Head:
    """The head of least penalised loss on features [N, F] float32 of classes [N].

    The penalty is the one under which a fifth, held out, is predicted best.
    """
    order = np.random.default_rng(seed).permutation(len(targets))
    features, targets = features[order], targets[order]
    mean, spread = features.mean(dim=0), features.std(dim=0).clamp_min(1e-6)
    standard = (features - mean) / spread
    cut = len(targets) - round(len(targets) * HELD_OUT_SHARE)
    penalty = _best_penalty(standard, targets, cut=cut, classes=classes)
    weight, bias = _path(
        standard, targets, penalties=[p for p in PENALTIES if p >= penalty], classes=classes
    )[-1]
    weight = weight / spread
    return Head(weight=weight, bias=bias - weight @ mean)


def sampled(samples: int, *, seed: int) -> np.ndarray:
    """The rows that are enough to solve for a head, ascending: all of them, or ``MOST_SAMPLES`` at random."""
    return np.sort(np.random.default_rng(seed).permutation(samples)[:MOST_SAMPLES])


def _best_penalty(features: Tensor, targets: Tensor, *, cut: int, classes: int) -> float:
    solutions = _path(features[:cut], targets[:cut], penalties=PENALTIES, classes=classes)
    losses = [
        float(F.cross_entropy(features[cut:] @ weight.T + bias, targets[cut:])) for weight, bias in solutions
    ]
    return PENALTIES[int(np.nanargmin(losses))] if cut < len(targets) else PENALTIES[1]


def _path(
    features: Tensor, targets: Tensor, *, penalties: Sequence[float], classes: int
) -> list[tuple[Tensor, Tensor]]:
    """Weight and bias for each penalty, descending; each starts where the one before ended."""
    weight = torch.zeros(classes, features.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    found = []
    for penalty in penalties:
        _minimise(features, targets, weight=weight, bias=bias, penalty=penalty)
        found.append((weight.detach().clone(), bias.detach().clone()))
    return found


def _minimise(features: Tensor, targets: Tensor, *, weight: Tensor, bias: Tensor, penalty: float) -> None:
    optimizer = torch.optim.LBFGS(
        [weight, bias],
        max_iter=_ITERATIONS,
        tolerance_grad=1e-4,
        tolerance_change=1e-6,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(features @ weight.T + bias, targets) + penalty / 2 * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
