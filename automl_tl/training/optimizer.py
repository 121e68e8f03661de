"""AdamW over the trained parameters: backbone and head, with weight decay and without."""

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import AdamW

from automl_tl.domain.trial import Configuration

NamedParameters = list[tuple[str, nn.Parameter]]


def build(*, backbone: nn.Module, head: nn.Module, configuration: Configuration) -> AdamW:
    """The optimizer of one trial; norms' parameters and biases are not decayed.

    Each group keeps its peak learning rate as ``peak`` and its parameters' names as ``param_names``.
    """
    parts = (
        ("backbone", backbone, configuration.learning_rate),
        ("head", head, configuration.head_learning_rate),
    )
    groups: list[dict[str, object]] = []
    for part, module, peak in parts:
        trained = [(f"{part}.{n}", p) for n, p in module.named_parameters() if p.requires_grad]
        for decay, named in _by_decay(trained, weight_decay=configuration.weight_decay):
            if named:
                groups.append({"params": named, "lr": peak, "peak": peak, "weight_decay": decay})
    return AdamW(groups, betas=(0.9, 0.999), eps=1e-8, fused=True)


def set_learning_rates(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Let every group learn at ``factor`` times its peak."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor


def fused_step(optimizer: torch.optim.Optimizer) -> None:
    """``optimizer.step()`` of an optimizer that ``build`` made, without what PyTorch does around its kernel.

    Every parameter has a gradient. For a head of some thousand weights the surroundings cost six times the
    kernel.
    """
    for group in optimizer.param_groups:
        states = [optimizer.state[parameter] for parameter in group["params"]]
        if not all(states):  # PyTorch makes the moments in its own first step
            optimizer.step()
            return
    for group in optimizer.param_groups:
        states = [optimizer.state[parameter] for parameter in group["params"]]
        steps = [state["step"] for state in states]
        torch._foreach_add_(steps, 1)
        torch._fused_adamw_(
            group["params"],
            [parameter.grad for parameter in group["params"]],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            steps,
            lr=group["lr"],
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            amsgrad=False,
            maximize=False,
        )


def trained(optimizer: torch.optim.Optimizer) -> Iterable[tuple[str, nn.Parameter]]:
    """Every parameter the optimizer moves, with its name."""
    for group in optimizer.param_groups:
        yield from zip(group["param_names"], group["params"], strict=True)


def _by_decay(trained: NamedParameters, *, weight_decay: float) -> Iterable[tuple[float, NamedParameters]]:
    # A class token [1, 1, D] is a bias in all but shape.
    decays = {name: sum(length > 1 for length in p.shape) > 1 for name, p in trained}
    yield weight_decay, [(name, p) for name, p in trained if decays[name]]
    yield 0.0, [(name, p) for name, p in trained if not decays[name]]
