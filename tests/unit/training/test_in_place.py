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


def test_values_and_gradients_are_the_same() -> None:
    torch.manual_seed(0)
    act = nn.ReLU6(inplace=True)
    plain = nn.Sequential(nn.Conv2d(3, 8, 3), act, nn.Conv2d(8, 4, 3), act).double()
    with torch.no_grad():
        plain.get_parameter("0.weight").mul_(40)  # so that both bounds are met
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


class Adds(nn.Module):
    """Writes into what it is given."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        batch += 1
        return batch


@pytest.mark.parametrize("writer", [nn.Dropout(0.5, inplace=True), Adds()])
def test_a_result_that_is_written_again_is_left_to_autograd(writer: nn.Module) -> None:
    act = nn.ReLU6(inplace=True)
    module = nn.Sequential(nn.Conv2d(3, 8, 3), act, writer).eval()

    assert spare_copies(module, examples=torch.randn(2, 3, 8, 8)) == 0

    module.train()(torch.randn(2, 3, 8, 8)).sum().backward()
    assert type(act) is nn.ReLU6


class Overwrites(nn.Module):
    """A skip that reads what the activation wrote; on a product's output, which is a view."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.act, self.conv = nn.Conv2d(3, 2000, 1), nn.ReLU(inplace=True), nn.Conv2d(2000, 4, 1)
        self.skip = nn.Conv2d(2000, 4, 1)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        batch = self.stem(batch)
        features: torch.Tensor = (self.conv(self.act(batch)) + self.skip(batch)).mean((2, 3))
        return features


def test_a_net_that_would_answer_otherwise_is_left_as_it_was() -> None:
    torch.manual_seed(0)
    plain, pictures = Overwrites().eval(), torch.randn(2, 3, 1, 1)
    module = copy.deepcopy(plain)

    done = rewrite(module, stages=(("stem",), ("conv", "skip")), examples=pictures)

    assert (done.products, done.activations) == (0, 0)
    assert torch.equal(module(pictures), plain(pictures))
    assert [type(part) for part in module.modules()] == [type(part) for part in plain.modules()]
    assert module.act.inplace is True


@pytest.mark.parametrize(
    "act", [nn.ReLU(inplace=True), nn.ReLU6(), nn.SiLU(inplace=True), nn.Hardtanh(-1, 0.1, inplace=True)]
)
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


def test_a_net_with_nothing_to_rewrite_is_not_even_run() -> None:
    module = nn.Sequential(nn.Linear(4, 4), nn.GELU())
    calls: list[nn.Module] = []
    module.register_forward_hook(lambda part, *_: calls.append(part))

    done = rewrite(module, stages=(("0",),), examples=torch.randn(2, 4))

    assert (done.products, done.folded_norms, done.activations, calls) == (0, 0, 0, [])
