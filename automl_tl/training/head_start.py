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

PENALTIES = (0.5, 0.1, 0.02, 0.004, 0.0008)  # on half the squared weights of standardised features
HELD_OUT_SHARE = 0.2
MOST_SAMPLES = 10_000
_ITERATIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """``weight`` [K, F] and ``bias`` [K] of a linear layer on raw features."""

    weight: Tensor
    bias: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """``features`` [N, F] float32 of samples whose classes ``targets`` [N] are known."""

    features: Tensor
    targets: Tensor


def solve(known: Known, *, classes: int, seed: int, judged: Known | None = None) -> Head:
    """The head of least penalised loss on what is known.

    The penalty is the one under which ``judged`` is predicted best: one path over all that is known. Without
    it a fifth is held out and a second path ends at that penalty, which takes up to twice as long.
    """
    mean, spread = known.features.mean(dim=0), known.features.std(dim=0).clamp_min(1e-6)

    def standard(each: Known) -> Known:
        return Known(features=(each.features - mean) / spread, targets=each.targets)

    whole = standard(known)
    if judged is not None:
        path = _path(whole, penalties=PENALTIES, classes=classes)
        weight, bias = path[_best(path, standard(judged))]
    else:
        best = _held_out_best(whole, classes=classes, seed=seed)
        weight, bias = _path(whole, penalties=PENALTIES[: best + 1], classes=classes)[-1]
    weight = weight / spread
    return Head(weight=weight, bias=bias - weight @ mean)


def sampled(samples: int, *, seed: int) -> np.ndarray:
    """The rows that are enough to solve for a head, ascending: all of them, or ``MOST_SAMPLES`` at random."""
    return np.sort(np.random.default_rng(seed).permutation(samples)[:MOST_SAMPLES])


def _held_out_best(known: Known, *, classes: int, seed: int) -> int:
    """The place of the penalty under which a fifth, held out, is predicted best; of the second if too few."""
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(known.targets)))
    cut = len(order) - round(len(order) * HELD_OUT_SHARE)
    seen, unseen = (
        Known(features=known.features[rows], targets=known.targets[rows])
        for rows in (order[:cut], order[cut:])
    )
    if not len(unseen.targets):
        return 1
    return _best(_path(seen, penalties=PENALTIES, classes=classes), unseen)


def _best(path: Sequence[tuple[Tensor, Tensor]], judged: Known) -> int:
    losses = [
        float(F.cross_entropy(judged.features @ weight.T + bias, judged.targets)) for weight, bias in path
    ]
    return int(np.nanargmin(losses))


def _path(known: Known, *, penalties: Sequence[float], classes: int) -> list[tuple[Tensor, Tensor]]:
    """Weight and bias for each penalty, descending; each starts where the one before ended."""
    weight = torch.zeros(classes, known.features.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    found = []
    for penalty in penalties:
        _minimise(known, weight=weight, bias=bias, penalty=penalty)
        found.append((weight.detach().clone(), bias.detach().clone()))
    return found


def _minimise(known: Known, *, weight: Tensor, bias: Tensor, penalty: float) -> None:
    optimizer = torch.optim.LBFGS(
        [weight, bias],
        max_iter=_ITERATIONS,
        tolerance_grad=1e-4,
        tolerance_change=1e-6,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        fit = F.cross_entropy(known.features @ weight.T + bias, known.targets)
        value = fit + penalty / 2 * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
