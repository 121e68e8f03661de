"""AdamW over the trained parameters: backbone and head, with weight decay and without."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
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


def advance(optimizer: torch.optim.Optimizer) -> None:
    """``optimizer.step()`` of an optimizer that ``build`` made, without what PyTorch does around its kernel.

    For a head of some thousand weights the surroundings cost six times the kernel. The kernel itself copies
    gradients that are not contiguous, and reads wrong ones where a gradient lies otherwise than its
    parameter: so it is handed the tensors as they lie.
    """
    for group in optimizer.param_groups:
        moved = [parameter for parameter in group["params"] if parameter.grad is not None]
        if not moved:
            continue
        for parameter in moved:
            if not optimizer.state[parameter]:
                optimizer.state[parameter] = _at_rest(parameter)
        states = [optimizer.state[parameter] for parameter in moved]
        steps = [state["step"] for state in states]
        torch._foreach_add_(steps, 1)
        torch._fused_adamw_(
            [_as_it_lies(parameter.detach()) for parameter in moved],
            [_as_it_lies(_laid_like(parameter, parameter.grad)) for parameter in moved],
            [_as_it_lies(state["exp_avg"]) for state in states],
            [_as_it_lies(state["exp_avg_sq"]) for state in states],
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


def _at_rest(parameter: nn.Parameter) -> dict[str, Tensor]:
    """A parameter's state before its first step, as PyTorch's fused AdamW makes it."""
    return {
        "step": torch.zeros((), dtype=torch.float32, device=parameter.device),
        "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format).detach(),
        "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format).detach(),
    }


def _as_it_lies(tensor: Tensor) -> Tensor:
    """A view whose axes are in the order of memory."""
    return tensor if tensor.is_contiguous() or tensor.ndim != 4 else tensor.permute(0, 2, 3, 1)


def _laid_like(parameter: Tensor, gradient: Tensor) -> Tensor:
    is_alike = gradient.stride() == parameter.stride()
    if is_alike or (gradient.is_contiguous() and parameter.is_contiguous()):
        return gradient
    return torch.empty_like(parameter).copy_(gradient)
