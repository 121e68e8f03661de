"""One epoch of training, and one pass of reading."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import Optimizer

from automl_tl.errors import Diverged
from automl_tl.training import batches
from automl_tl.training.inputs import Inputs
from automl_tl.training.micro_batch import MicroBatch
from automl_tl.training.mixing import Mix, draw_mix
from automl_tl.training.optimizer import advance, set_learning_rates, trained
from automl_tl.training.schedule import factor
from automl_tl.training.trainee import Trainee

LABEL_SMOOTHING = 0.05
LARGEST_GRADIENT = 5.0
READING_BATCH = 64

Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is the same in every epoch of a trial; ``cycles`` as in Evaluate, ``augmentation`` in [0, 1].

    ``micro_batch`` alone changes on the way: it is halved when memory runs out.
    """

    seed: int
    batch_size: int
    cycles: tuple[int, ...]
    augmentation: float
    micro_batch: MicroBatch = field(default_factory=MicroBatch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """``targets`` [N] int64 and ``probabilities`` [N, K] float32, row by row."""

    targets: np.ndarray
    probabilities: np.ndarray


def train_epoch(
    trainee: Trainee, *, inputs: Inputs, optimizer: Optimizer, recipe: Recipe, epoch: int, tick: Tick
) -> Predictions:
    """Train one epoch (0-based), and tell what was predicted on the way.

    A function of its arguments alone: nothing random is carried from epoch to epoch. ``tick`` hears of each
    step within the epoch, and may raise. Diverged: the loss was not a number.
    """
    samples = len(inputs.targets)
    todo = batches.shuffled(
        samples, size=recipe.batch_size, seed=recipe.seed, epoch=epoch, lengths=inputs.lengths
    )
    torch.manual_seed(
        int(batches.randomness(recipe.seed, epoch).integers(2**63))
    )  # dropout, stochastic depth
    trainee.train()
    classes = trainee.head.out_features
    logits, seen = torch.empty(samples, classes), np.empty(samples, np.int64)
    ends = [cycle * len(todo) for cycle in recipe.cycles]
    done = 0
    for step, rows in enumerate(todo):
        absolute = epoch * len(todo) + step
        set_learning_rates(optimizer, factor(absolute, ends=ends))
        found = _step(
            trainee, inputs=inputs, optimizer=optimizer, recipe=recipe, rows=rows, path=(epoch, step)
        )
        logits[done : done + len(rows)] = found
        seen[done : done + len(rows)] = rows
        done += len(rows)
        tick(step + 1)
    if not bool(logits.isfinite().all()):
        raise Diverged(f"the loss was no longer a number in epoch {epoch + 1}")
    return Predictions(
        targets=inputs.targets[torch.from_numpy(seen)].numpy(),
        probabilities=torch.softmax(logits, dim=1).numpy(),
    )


def read(trainee: Trainee, *, inputs: Inputs, tick: Tick = lambda step: None) -> Tensor:
    """Logits [N, K] float32 of every sample in order, in eval mode."""
    trainee.eval()
    todo = batches.in_order(len(inputs.targets), size=READING_BATCH, lengths=inputs.lengths)
    found: list[Tensor] = []
    micro_batch = MicroBatch()  # reading keeps no graph, so it fits where training had to be halved
    with torch.inference_mode():
        for step, rows in enumerate(todo):
            found += micro_batch.each(len(rows), _reader(trainee, inputs.clean(rows)))
            tick(step + 1)
    return torch.cat(found)[torch.from_numpy(np.argsort(np.concatenate(todo)))]


def smoothed(targets: Tensor, *, classes: int, mix: Mix | None) -> Tensor:
    """Soft targets [B, K] of classes [B]: mixed as the samples were, then smoothed."""
    soft = F.one_hot(targets, classes).float()
    if mix is not None:
        soft = mix(soft)
    return soft * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / classes


def _reader(trainee: Trainee, batch: tuple[Tensor, ...]) -> Callable[[slice], Tensor]:
    return lambda part: trainee(_part(batch, part)).cpu()


def _step(
    trainee: Trainee,
    *,
    inputs: Inputs,
    optimizer: Optimizer,
    recipe: Recipe,
    rows: np.ndarray,
    path: tuple[int, int],
) -> Tensor:
    randomness = batches.randomness(recipe.seed, *path)
    strength = recipe.augmentation
    batch = (
        inputs.varied(rows, strength=strength, randomness=randomness) if strength > 0 else inputs.clean(rows)
    )
    mix = draw_mix(len(rows), alpha=inputs.alpha(strength), randomness=randomness)
    if mix is not None:
        batch = tuple(mix(part) for part in batch)
    classes = trainee.head.out_features
    targets = smoothed(inputs.targets[torch.from_numpy(rows)], classes=classes, mix=mix)
    logits = _gradients(trainee, batch=batch, targets=targets, micro_batch=recipe.micro_batch)
    parameters = [parameter for _, parameter in trained(optimizer)]
    norm = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
    length = float(norm)
    if not math.isfinite(length) or not bool(logits.isfinite().all()):
        raise Diverged(f"the loss or its gradient was no longer a number in epoch {path[0] + 1}")
    if length + 1e-6 > LARGEST_GRADIENT:  # else they would all be multiplied by 1
        torch.nn.utils.clip_grads_with_norm_(parameters, LARGEST_GRADIENT, norm)
    advance(optimizer)
    return logits


def _gradients(
    trainee: Trainee, *, batch: tuple[Tensor, ...], targets: Tensor, micro_batch: MicroBatch
) -> Tensor:
    """Leave the gradient of the batch's mean loss in the parameters; logits [B, K], float32 and on the CPU.

    Where the batch passes in parts their gradients add up to the same, but for the order of sums; dropout is
    drawn part by part, and batch norms that train see one part at a time.
    """
    samples = len(targets)

    def backward(part: slice) -> Tensor:
        if part.start == 0:
            trainee.zero_grad(set_to_none=True)
        logits = trainee(_part(batch, part))
        loss = F.cross_entropy(logits, targets[part].to(logits.device))
        share = (part.stop - part.start) / samples
        (loss * share).backward()
        found: Tensor = logits.detach().cpu()
        return found

    return torch.cat(micro_batch.each(samples, backward))


def _part(batch: tuple[Tensor, ...], part: slice) -> tuple[Tensor, ...]:
    return tuple(rows[part] for rows in batch)
