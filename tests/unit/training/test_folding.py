"""Batch norms folded into convolutions change neither what a net says nor how it learns."""

import copy
from collections.abc import Callable

import pytest
import timm
import torch
from torch import nn

from automl_tl.training.folding import fold_norms
from automl_tl.training.freezing import keep_statistics
from automl_tl.training.split import split
from automl_tl.zoo.stages import timm_stages

Stages = tuple[tuple[str, ...], ...]
NETS = ("test_resnet", "test_efficientnet", "resnet10t", "mobilenetv3_small_050")


def net(name: str) -> nn.Module:
    """A backbone whose statistics are not those of a fresh one."""
    torch.manual_seed(0)
    module = timm.create_model(name, num_classes=0)
    module.train()
    with torch.no_grad():
        for _ in range(3):
            module(torch.randn(8, 3, 64, 64))
    return module.eval()


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randn(4, 3, 64, 64)


def learned(module: nn.Module, pictures: torch.Tensor) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Losses of a few steps, and the tensors after them."""
    torch.manual_seed(2)
    keep_statistics(module.train())
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-3)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = module(pictures).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, module.state_dict()


@pytest.mark.parametrize("name", NETS)
def test_a_folded_net_learns_what_the_plain_one_does(name: str, pictures: torch.Tensor) -> None:
    plain = net(name).double()
    for part in plain.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    folded = copy.deepcopy(plain)

    count = fold_norms(folded, stages=timm_stages(folded), examples=pictures[:2].double())

    assert count > 3
    losses, tensors = learned(folded, pictures.double())
    plain_losses, plain_tensors = learned(plain, pictures.double())
    assert losses == pytest.approx(plain_losses, rel=1e-9)
    assert list(tensors) == list(plain_tensors)
    assert all(torch.allclose(tensors[name], plain_tensors[name], atol=1e-6) for name in tensors)


def test_moving_statistics_move_as_before(pictures: torch.Tensor) -> None:
    plain = net("test_resnet")
    folded = copy.deepcopy(plain)
    assert fold_norms(folded, stages=timm_stages(folded), examples=pictures[:2]) > 0

    answers = [module.train()(pictures) for module in (plain, folded)]

    assert torch.equal(*answers)
    tensors = [module.state_dict() for module in (plain, folded)]
    assert all(torch.equal(tensors[0][name], tensors[1][name]) for name in tensors[0])


def test_a_copy_computes_with_its_own_norms(pictures: torch.Tensor) -> None:
    original = net("test_resnet")
    fold_norms(original, stages=timm_stages(original), examples=pictures[:2])
    before = original(pictures)
    changed = copy.deepcopy(original)
    with torch.no_grad():
        for part in changed.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.weight *= 2

    assert torch.equal(original(pictures), before)
    assert not torch.allclose(changed(pictures), before)


def test_a_folded_net_splits_exactly(pictures: torch.Tensor) -> None:
    module = net("test_efficientnet")
    stages = timm_stages(module)
    fold_norms(module, stages=stages, examples=pictures[:2])

    for depth in range(1, len(stages)):
        assert split(copy.deepcopy(module), stages=stages, depth=depth, examples=pictures[:3]) is not None


def test_folding_again_changes_nothing(pictures: torch.Tensor) -> None:
    module = net("resnet10t")
    stages = timm_stages(module)
    fold_norms(module, stages=stages, examples=pictures[:2])
    before = module(pictures)

    assert fold_norms(module, stages=stages, examples=pictures[:2]) == 0
    assert torch.equal(module(pictures), before)


class ReadTwice(nn.Module):
    """What the convolution gives is read beside the norm, too."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        given = self.conv(batch)
        return (self.norm(given) + given).mean((2, 3))


class Apart(ReadTwice):
    """A convolution and its norm alone."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return self.norm(self.conv(batch)).mean((2, 3))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("kind", "stages", "folded"),
    [
        (Apart, (("conv", "norm"),), 1),
        (Apart, (("conv",), ("norm",)), 0),  # depth 1 freezes the convolution alone
        (ReadTwice, (("conv", "norm"),), 0),
    ],
)
def test_only_what_stays_the_same_is_folded(
    kind: Callable[[], nn.Module], stages: Stages, folded: int, pictures: torch.Tensor
) -> None:
    torch.manual_seed(0)
    module = kind().eval()
    norm = module.get_submodule("norm")
    assert isinstance(norm, nn.BatchNorm2d) and norm.running_mean is not None
    norm.running_mean.normal_()
    before = module(pictures)

    assert fold_norms(module, stages=stages, examples=pictures) == folded
    assert torch.allclose(module(pictures), before, atol=1e-6)


def test_weights_that_are_more_than_the_outputs_are_left(pictures: torch.Tensor) -> None:
    wide = nn.Sequential(
        nn.Conv2d(3, 512, 3, stride=32), nn.BatchNorm2d(512), nn.Conv2d(512, 4, 2), nn.BatchNorm2d(4)
    )
    wide.append(nn.Flatten()).eval()

    assert fold_norms(wide, stages=(("0", "1", "2", "3"),), examples=pictures) == 1
