"""What one forward pass of one sample costs, in multiply-adds, by stage and in all."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Multiply-adds of convolutions, matrix products and attention; ``features`` is the output's width.

    The last stage counts what follows it too: whoever freezes every stage freezes all of it.
    """

    multiply_adds: int
    by_stage: tuple[int, ...]
    features: int


def measure_costs(module: nn.Module, stages: Sequence[Sequence[str]], *, sample: Tensor) -> Costs:
    """Count while ``sample`` [1, ...] passes through ``module``, in eval mode for good.

    Raises whatever the module raises for such samples.
    """
    module.eval()
    device = next(module.parameters()).device
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        features = module(sample.to(device))
    root = type(module).__name__
    flops = {name: sum(count.values()) for name, count in counter.get_flop_counts().items()}
    total = flops.get(root, 0) // 2  # one multiply-add is two operations
    before = [sum(flops.get(f"{root}.{path}", 0) for path in stage) // 2 for stage in stages[:-1]]
    return Costs(
        multiply_adds=total,
        by_stage=(*before, total - sum(before)),
        features=int(features.shape[1]),
    )
