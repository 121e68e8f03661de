"""Activations in place say and learn the same without a copy of what they overwrite."""

import copy

import pytest
import timm
import torch
from torch import nn

from automl_tl.training.in_place import Clamp, spare_copies
from automl_tl.training.rewriting import rewrite
from automl_tl.zoo.stages import timm_stages


def learned(module: nn.Module, pictures: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
    module.zero_grad()
    answer = module(pictures)
    answer.pow(2).mean().backward()
    return answer.detach(), [p.grad for p in module.parameters() if p.grad is not None]


@pytest.mark.parametrize("act", [nn.ReLU6(inplace=True), nn.Hardtanh(-0.5, 0.25, inplace=True)])
def test_values_and_gradients_are_the_same(act: nn.Module) -> None:
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Conv2d(3, 8, 3), act, nn.Conv2d(8, 4, 3), act).double()
    with torch.no_grad():
        plain.get_parameter("0.weight").mul_(9)  # so that both bounds are met
    spared, pictures = copy.deepcopy(plain), torch.randn(2, 3, 9, 9, dtype=torch.float64)

    assert spare_copies(spared, examples=pictures) == 1

    assert isinstance(spared[1], Clamp)
    torch.testing.assert_close(learned(spared, pictures), learned(plain, pictures), rtol=0, atol=0)
    assert spared.eval()(pictures).requires_grad


def test_what_is_called_on_a_view_works_beside_it() -> None:
    act = nn.ReLU(inplace=True)
    module = nn.Sequential(nn.Flatten(), nn.Linear(8, 4), nn.Unflatten(1, (2, 2)), act)

    assert spare_copies(module, examples=torch.randn(3, 2, 4)) == 1
    assert act.inplace is False


@pytest.mark.parametrize("act", [nn.ReLU(inplace=True), nn.ReLU6(), nn.SiLU(inplace=True)])
def test_others_are_left(act: nn.Module) -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), act)

    assert spare_copies(module, examples=torch.randn(2, 3, 8, 8)) == 0
    assert type(act) is type(module[1])


@pytest.mark.parametrize("name", ["mobilenetv2_100", "mobilenetv1_100", "efficientnet_b0"])
def test_a_rewritten_mobile_net_learns_what_the_plain_one_does(name: str) -> None:
    torch.manual_seed(0)
    plain = timm.create_model(name, num_classes=0, drop_rate=0.0).eval().double()
    pictures = torch.randn(4, 3, 64, 64, dtype=torch.float64)
    rewritten = copy.deepcopy(plain)

    done = rewrite(rewritten, stages=timm_stages(rewritten), examples=pictures[:2])

    assert done.activations > 1
    (ours, our_gradients), (its, its_gradients) = learned(rewritten, pictures), learned(plain, pictures)
    torch.testing.assert_close(ours, its)
    torch.testing.assert_close(our_gradients, its_gradients)
