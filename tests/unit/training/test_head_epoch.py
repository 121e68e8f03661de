"""A head trained by the formula of its gradient is the head that autograd trains."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from automl_tl.domain.trial import Configuration
from automl_tl.errors import Diverged
from automl_tl.training import checkpoint, optimizer
from automl_tl.training.boundary import Slot, SlotKind
from automl_tl.training.head_epoch import is_head_alone, train_head_epoch
from automl_tl.training.inputs import ActivationInputs
from automl_tl.training.loop import Predictions, Recipe, train_epoch
from automl_tl.training.trainee import Trainee

FEATURES, CLASSES, SAMPLES = 12, 4, 70
RECIPE = Recipe(seed=5, batch_size=16, cycles=(3,), augmentation=0.0)
CONFIGURATION = Configuration(
    candidate="net",
    freeze_depth=5,
    learning_rate=1e-3,
    head_learning_rate=1e-2,
    weight_decay=1e-1,
    augmentation=0.0,
)


def _inputs(*, size: float) -> ActivationInputs:
    draw = np.random.default_rng(0)
    rows = (size * draw.standard_normal((SAMPLES, FEATURES))).astype(np.float32)
    targets = torch.from_numpy(draw.integers(CLASSES, size=SAMPLES))
    return ActivationInputs([rows], targets=targets, device=torch.device("cpu"))


def _trained(
    train: object, recipe: Recipe, *, size: float
) -> tuple[Trainee, Predictions, checkpoint.Tensors]:
    torch.manual_seed(1)
    slot = Slot(kind=SlotKind.ROWS, shape=(FEATURES,))
    trainee = Trainee(backbone=nn.Identity(), head=nn.Linear(FEATURES, CLASSES), slots=(slot,))
    moves = optimizer.build(backbone=trainee.backbone, head=trainee.head, configuration=CONFIGURATION)
    for epoch in range(3):
        found = train(  # type: ignore[operator]
            trainee,
            inputs=_inputs(size=size),
            optimizer=moves,
            recipe=recipe,
            epoch=epoch,
            tick=lambda step: None,
        )
    return trainee, found, checkpoint.optimizer_tensors(moves)


@pytest.mark.parametrize("augmentation", [0.0, 0.7])
@pytest.mark.parametrize("size", [1.0, 100.0])  # gradients of the second are cut
def test_a_head_alone_is_trained_as_autograd_would(augmentation: float, size: float) -> None:
    recipe = replace(RECIPE, augmentation=augmentation)

    ours, predicted, moments = _trained(train_head_epoch, recipe, size=size)
    plain, expected, theirs = _trained(train_epoch, recipe, size=size)

    assert is_head_alone(ours)
    assert torch.allclose(ours.head.weight, plain.head.weight, atol=1e-5)
    assert torch.allclose(ours.head.bias, plain.head.bias, atol=1e-5)
    assert np.array_equal(predicted.targets, expected.targets)
    assert np.allclose(predicted.probabilities, expected.probabilities, atol=1e-4)
    assert moments.keys() == theirs.keys()


def test_what_trains_more_than_a_head_is_no_head_alone() -> None:
    slot = Slot(kind=SlotKind.ROWS, shape=(FEATURES,))
    head = nn.Linear(FEATURES, CLASSES)

    assert not is_head_alone(Trainee(backbone=nn.Linear(FEATURES, FEATURES), head=head, slots=(slot,)))
    assert not is_head_alone(Trainee(backbone=nn.Identity(), head=head, prefix=lambda x: (x,), slots=(slot,)))


def test_features_that_are_no_numbers_diverge() -> None:
    with pytest.raises(Diverged, match="epoch 1"):
        _trained(train_head_epoch, RECIPE, size=float("nan"))
