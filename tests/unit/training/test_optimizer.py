"""The optimizer's own step is AdamW's, however weights and gradients lie in memory."""

import copy

import pytest
import torch
from torch import nn

from automl_tl.domain.trial import Configuration
from automl_tl.training.optimizer import advance, build, trained

CONFIGURATION = Configuration(
    candidate="any",
    freeze_depth=0,
    learning_rate=1e-2,
    head_learning_rate=1e-1,
    weight_decay=0.1,
    augmentation=0.0,
)
LAYOUTS = [torch.channels_last, torch.contiguous_format]


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 16, 1), nn.Conv2d(16, 4, 2))


@pytest.mark.parametrize("weights", LAYOUTS)
@pytest.mark.parametrize("gradients", LAYOUTS)
def test_steps_are_those_of_plain_adamw(weights: torch.memory_format, gradients: torch.memory_format) -> None:
    modules = [copy.deepcopy(net()).to(memory_format=layout) for layout in (weights, LAYOUTS[1])]
    heads = [nn.Linear(4, 2), nn.Linear(4, 2)]
    heads[1].load_state_dict(heads[0].state_dict())
    ours, plain = (
        build(backbone=module, head=head, configuration=CONFIGURATION)
        for module, head in zip(modules, heads, strict=True)
    )
    for group in plain.param_groups:
        group["fused"] = False
    for number in range(4):
        torch.manual_seed(number)
        drawn = {name: torch.randn(parameter.shape) for name, parameter in trained(plain)}
        for optimizer in (ours, plain):
            for name, parameter in trained(optimizer):
                parameter.grad = drawn[name].clone()
                if parameter.ndim == 4 and optimizer is ours:
                    parameter.grad = parameter.grad.contiguous(memory_format=gradients)
        advance(ours)
        plain.step()

    for mine, its in zip(trained(ours), trained(plain), strict=True):
        torch.testing.assert_close(mine[1].detach(), its[1].detach())
        assert ours.state[mine[1]].keys() == plain.state[its[1]].keys()


def test_what_has_no_gradient_stays_where_it_is() -> None:
    module = net()
    optimizer = build(backbone=module, head=nn.Linear(4, 2), configuration=CONFIGURATION)
    before = copy.deepcopy(module.state_dict())
    moved = module.get_parameter("2.weight")
    moved.grad = torch.ones_like(moved)

    advance(optimizer)

    after = module.state_dict()
    assert [name for name in before if not torch.equal(before[name], after[name])] == ["2.weight"]
    assert [parameter is moved for parameter in optimizer.state] == [True]
