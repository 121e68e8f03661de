"""Activations that write into their input keep no copy of it.

Autograd copies what a ReLU6 overwrites, though its result says as much; and where the overwritten tensor is
a view, as a product's is, the whole of it is copied on the way back.
"""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from automl_tl.training.hooks import hooked


def spare_copies(module: nn.Module, *, examples: Tensor) -> int:
    """Rewrite a backbone's activations that work in place; how many changed.

    Gradients are the same, and values but where somebody reads what was overwritten: who calls this compares
    them. ``examples`` [B, ...] show what each is called on.
    """
    in_place = [part for part in module.modules() if getattr(part, "inplace", False) is True]
    if not in_place:
        return 0
    seen = _Seen()
    with torch.no_grad(), hooked(in_place, ahead=seen.ahead, after=seen.after):
        module(examples[:1])
    clamps = [part for part in seen.given if type(part) is nn.ReLU6 and part not in seen.unfit()]
    for part in seen.on_views:
        part.inplace = False  # type: ignore[assignment]
    for part in clamps:
        part.__class__ = Clamp
    return len(seen.on_views) + len(clamps)


@dataclass
class _Seen:
    """What modules that work in place were called on, and what became of what they gave."""

    on_views: set[nn.Module] = field(default_factory=set)
    overwritten: set[nn.Module] = field(default_factory=set)
    given: dict[nn.Module, list[tuple[Tensor, int]]] = field(default_factory=dict)  # at which version

    def ahead(self, part: nn.Module, arguments: tuple[Any, ...]) -> None:
        """Before a call: is it a view, or what an earlier one gave (in-place dropout writes there later)."""
        if arguments[0]._is_view():
            self.on_views.add(part)
        self.overwritten |= {
            earlier for earlier, found in self.given.items() if any(one is arguments[0] for one, _ in found)
        }

    def after(self, part: nn.Module, _: tuple[Any, ...], output: Tensor) -> None:
        """After a call."""
        self.given.setdefault(part, []).append((output, output._version))

    def unfit(self) -> set[nn.Module]:
        """Those whose result is no longer what they gave when its gradient is asked for."""
        written = {p for p, found in self.given.items() if any(one._version != was for one, was in found)}
        return self.on_views | self.overwritten | written


class Clamp(nn.ReLU6):
    """ReLU6 in place, from whose result the gradient is had."""

    def forward(self, batch: Tensor) -> Tensor:
        """The same tensor, from 0 to 6: bounds that every precision holds."""
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
