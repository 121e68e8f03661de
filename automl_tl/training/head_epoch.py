"""One epoch of a linear probe: only the head moves, so its gradients are had by their formula."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from automl_tl.errors import Diverged
from automl_tl.training import batches
from automl_tl.training.inputs import Inputs
from automl_tl.training.loop import LARGEST_GRADIENT, Predictions, Recipe, Tick, smoothed
from automl_tl.training.mixing import draw_mix
from automl_tl.training.optimizer import advance, set_learning_rates
from automl_tl.training.schedule import factor
from automl_tl.training.trainee import Trainee

_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """``features`` [B, F], and what they should give: ``soft`` targets [B, K]."""

    features: Tensor
    soft: Tensor


def is_head_alone(trainee: Trainee) -> bool:
    """Whether batches are features already and nothing but the head is trained."""
    return trainee.starts_at_boundary and isinstance(trainee.backbone, nn.Identity)


def train_head_epoch(
    trainee: Trainee, *, inputs: Inputs, optimizer: Optimizer, recipe: Recipe, epoch: int, tick: Tick
) -> Predictions:
    """``train_epoch`` for a head alone: the same batches, steps and predictions to float tolerance."""
    samples, head = len(inputs.targets), trainee.head
    todo = batches.shuffled(samples, size=recipe.batch_size, seed=recipe.seed, epoch=epoch)
    trainee.train()
    drawn = _drawn(inputs, todo, recipe=recipe, epoch=epoch, classes=head.out_features)
    ends = [cycle * len(todo) for cycle in recipe.cycles]
    logits = []
    with torch.no_grad():
        for step, batch in enumerate(drawn):
            set_learning_rates(optimizer, factor(epoch * len(todo) + step, ends=ends))
            logits.append(_step(head, batch, optimizer=optimizer, epoch=epoch))
            tick(step + 1)
        found = torch.cat(logits).float().cpu()
    if not bool(found.isfinite().all()):
        raise Diverged(f"the loss was no longer a number in epoch {epoch + 1}")
    return Predictions(
        targets=inputs.targets[torch.from_numpy(np.concatenate(todo))].numpy(),
        probabilities=torch.softmax(found, dim=1).numpy(),
    )


def _drawn(
    inputs: Inputs, todo: Sequence[np.ndarray], *, recipe: Recipe, epoch: int, classes: int
) -> Iterator[Batch]:
    """The epoch's batches: each varied as it comes; where nothing varies, many from one read."""
    if recipe.augmentation > 0:
        for step, rows in enumerate(todo):
            yield _varied(inputs, rows, recipe=recipe, path=(epoch, step), classes=classes)
        return
    together = max(1, _ROWS_AT_ONCE // recipe.batch_size)
    for first in range(0, len(todo), together):
        part = todo[first : first + together]
        rows = np.concatenate(part)
        features = inputs.clean(rows)[0]
        soft = smoothed(inputs.targets[torch.from_numpy(rows)], classes=classes, mix=None)
        ends = np.cumsum([len(each) for each in part])[:-1].tolist()
        for mine, its in zip(
            features.tensor_split(ends), soft.to(features.device).tensor_split(ends), strict=True
        ):
            yield Batch(features=mine, soft=its)


def _varied(
    inputs: Inputs, rows: np.ndarray, *, recipe: Recipe, path: tuple[int, int], classes: int
) -> Batch:
    randomness, strength = batches.randomness(recipe.seed, *path), recipe.augmentation
    features = inputs.varied(rows, strength=strength, randomness=randomness)[0]
    mix = draw_mix(len(rows), alpha=inputs.alpha(strength), randomness=randomness)
    soft = smoothed(inputs.targets[torch.from_numpy(rows)], classes=classes, mix=mix)
    return Batch(features=features if mix is None else mix(features), soft=soft.to(features.device))


def _step(head: nn.Linear, batch: Batch, *, optimizer: Optimizer, epoch: int) -> Tensor:
    """One step along the gradient of the mean cross-entropy: (softmax(z) − targets) / B, times features."""
    logits = torch.addmm(head.bias, batch.features, head.weight.t())
    error = torch.softmax(logits, dim=1).sub_(batch.soft).div_(len(logits))
    head.weight.grad, head.bias.grad = error.t() @ batch.features, error.sum(dim=0)
    gradients = [head.weight.grad, head.bias.grad]
    length = math.hypot(*torch._foreach_norm(gradients))
    if not math.isfinite(length):
        raise Diverged(f"the loss or its gradient was no longer a number in epoch {epoch + 1}")
    if length > LARGEST_GRADIENT:
        torch._foreach_mul_(gradients, LARGEST_GRADIENT / (length + 1e-6))
    advance(optimizer)
    return logits
