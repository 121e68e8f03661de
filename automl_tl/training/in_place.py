"""Activations that write into their input keep no copy of it.

Autograd copies what a ReLU6 overwrites, though its result says as much; and where the overwritten tensor is
a view, as a product's is, the whole of it is copied on the way back.
"""

from typing import Any

import torch
from torch import Tensor, nn


def spare_copies(module: nn.Module, *, examples: Tensor) -> int:
    """Rewrite a backbone's activations that work in place; how many changed.

    Values and gradients are the same. ``examples`` [B, ...] show what each is called on.
    """
    in_place = [part for part in module.modules() if getattr(part, "inplace", False) is True]
    if not in_place:
        return 0
    on_views: set[nn.Module] = set()
    called: set[nn.Module] = set()

    def ahead(part: nn.Module, arguments: tuple[Any, ...]) -> None:
        called.add(part)
        if arguments[0]._is_view():
            on_views.add(part)

    handles = [part.register_forward_pre_hook(ahead) for part in in_place]
    try:
        with torch.no_grad():
            module(examples[:1])
    finally:
        for handle in handles:
            handle.remove()
    for part in on_views:
        part.inplace = False  # type: ignore[assignment]
    clamps = [part for part in called - on_views if type(part) in (nn.ReLU6, nn.Hardtanh)]
    for part in clamps:
        part.__class__ = Clamp
    return len(on_views) + len(clamps)


class Clamp(nn.Hardtanh):
    """ReLU6 and its like in place, from whose result the gradient is had."""

    def forward(self, batch: Tensor) -> Tensor:
        """The same tensor, between the two bounds."""
        clamped: Tensor = _Clamp.apply(batch, self.min_val, self.max_val)
        return clamped


class _Clamp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, batch: Tensor, low: float, high: float) -> Tensor:
        batch.clamp_(low, high)
        ctx.mark_dirty(batch)
        ctx.save_for_backward(batch)
        ctx.bounds = low, high
        return batch

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (clamped,) = ctx.saved_tensors
        return torch.ops.aten.hardtanh_backward(gradients[0], clamped, *ctx.bounds), None, None
