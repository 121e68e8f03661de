"""Convolutions computed as products say and learn what they did."""

import copy

import pytest
import timm
import torch
from torch import nn

from automl_tl.training.products import Product, use_products
from automl_tl.training.rewriting import rewrite
from automl_tl.training.split import split
from automl_tl.training.trainee import Trainee
from automl_tl.zoo.stages import timm_stages

SHAPES = {
    "pointwise": nn.Conv2d(512, 512, 1),
    "no bias": nn.Conv2d(512, 512, 1, bias=False),
    "three by three": nn.Conv2d(512, 512, 3, padding=1),
    "every other place": nn.Conv2d(512, 512, 3, stride=2, padding=1),
    "a tall kernel": nn.Conv2d(512, 1024, (3, 2), stride=(1, 2), padding=(1, 0)),
    "pointwise, every other place": nn.Conv2d(2048, 2048, 1, stride=2),
}


def as_product(part: nn.Conv2d, *, examples: torch.Tensor) -> nn.Module:
    changed = copy.deepcopy(part).double().to(memory_format=torch.channels_last)
    assert use_products(nn.Sequential(changed), examples=examples[:2]) == 1
    return changed


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("memory", [torch.channels_last, torch.contiguous_format])
def test_values_and_gradients_are_those_of_the_convolution(shape: str, memory: torch.memory_format) -> None:
    plain = SHAPES[shape].double()
    pictures = torch.randn(5, plain.in_channels, 4, 2, dtype=torch.float64).contiguous(memory_format=memory)
    answers, gradients = [], []
    for module in (plain, as_product(plain, examples=pictures)):
        given = pictures.clone().requires_grad_()
        answer = module(given)
        module.zero_grad()
        answer.pow(3).sum().backward()
        answers.append(answer.detach())
        gradients.append([given.grad, *(p.grad for p in module.parameters())])

    torch.testing.assert_close(*answers)
    torch.testing.assert_close(*gradients)


def test_the_product_answers_in_the_layout_it_was_asked_in() -> None:
    pictures = torch.randn(2, 512, 2, 2).contiguous(memory_format=torch.channels_last)
    module = nn.Sequential(nn.Conv2d(512, 512, 1))
    use_products(module, examples=pictures)

    assert module(pictures).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("part", "side"),
    [
        (nn.Conv2d(512, 512, 1), 16),  # many places
        (nn.Conv2d(8, 8, 1), 2),  # few weights
        (nn.Conv2d(256, 256, 3, padding=1), 4),  # patches would cost what the product spares
        (nn.Conv2d(1024, 1024, 3, padding=1, groups=1024), 2),
        (nn.Conv2d(512, 512, 3, padding=2, dilation=2), 2),
        (nn.Conv2d(512, 512, 3, padding=1, padding_mode="reflect"), 2),
        (nn.Conv2d(512, 512, 3, padding="same"), 2),
    ],
)
def test_what_gains_nothing_or_is_no_product_is_left(part: nn.Conv2d, side: int) -> None:
    module = nn.Sequential(part)

    assert use_products(module, examples=torch.randn(2, part.in_channels, side, side)) == 0
    assert type(part) is nn.Conv2d


def test_what_is_called_twice_is_judged_by_its_larger_call() -> None:
    shared = nn.Conv2d(512, 512, 1)
    module = nn.Sequential(shared, nn.AdaptiveAvgPool2d(1), shared)

    assert use_products(module, examples=torch.randn(2, 512, 16, 16)) == 0


@pytest.mark.parametrize("name", ["resnet18", "mobilenetv2_100"])
def test_a_rewritten_net_keeps_its_names_answers_and_splits(name: str) -> None:
    torch.manual_seed(0)
    plain = timm.create_model(name, num_classes=0).eval().to(memory_format=torch.channels_last)
    pictures = torch.randn(4, 3, 64, 64).contiguous(memory_format=torch.channels_last)
    rewritten, stages = copy.deepcopy(plain), timm_stages(plain)

    done = rewrite(rewritten, stages=stages, examples=pictures[:2])

    assert done.products > 1 and done.folded_norms > 1
    assert any(isinstance(part, Product) for part in rewritten.modules())
    assert list(rewritten.state_dict()) == list(plain.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(rewritten(pictures), plain(pictures), rtol=1e-4, atol=1e-4)
    last = len(stages) - 1
    assert split(rewritten, stages=stages, depth=last, examples=pictures[:3]) is not None


class Adds(nn.Module):
    """Writes into what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2000, 8, 1)
        self.bias = nn.Parameter(torch.zeros(2000, 1, 1))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        batch += self.bias
        features: torch.Tensor = self.conv(batch).mean((2, 3))
        return features


def test_a_boundary_behind_a_product_may_be_written_into() -> None:
    module, stages = nn.Sequential(nn.Conv2d(3, 2000, 1), Adds()).eval(), (("0",), ("1",))
    pictures = torch.randn(3, 3, 1, 1)
    assert rewrite(module, stages=stages, examples=pictures).products > 0
    halves = split(module, stages=stages, depth=1, examples=pictures)
    assert halves is not None
    trainee = Trainee(backbone=halves.suffix, head=nn.Linear(8, 2), prefix=halves.prefix).train()

    trainee((pictures,)).sum().backward()

    assert all(parameter.grad is not None for parameter in trainee.parameters())
