"""Convolutions of many weights over few places are computed as the matrix products that they are.

A CPU's convolution kernels walk over places, of which the last stages of a small picture have next to none:
there one product of patches [B·H·W, C·k·k] and weights [C·k·k, D] takes a quarter to nine tenths of the time.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from automl_tl.training.hooks import hooked

_BATCH = 16  # samples of the smallest training step
_WEIGHTS_A_ROW = 100  # a product of rows as they lie pays from here on (measured: 1.1 to 4 times faster)
_WEIGHTS_A_PATCH = 4000  # patches are copied first


def use_products(module: nn.Module, *, examples: Tensor) -> int:
    """Let the convolutions of a backbone that are faster so compute by products; how many do.

    All tensors keep their names, values and gradients; sums differ in their order alone. Which ones follows
    from sizes, as ``examples`` [B, ...] show them. On a GPU nothing is changed.
    """
    plain = [part for part in module.modules() if _is_product(part)]
    if not plain or examples.device.type != "cpu":
        return 0
    rows: dict[nn.Conv2d, float] = {}

    def after(part: nn.Module, _: Any, output: Tensor) -> None:
        assert isinstance(part, nn.Conv2d)
        asked = _BATCH * output[0, 0].numel() if output.ndim == 4 else math.inf  # a picture without a batch
        rows[part] = max(rows.get(part, 0), asked)

    with torch.no_grad(), hooked(plain, after=after):
        module(examples[:1])
    changed = [part for part, count in rows.items() if _pays(part, rows=count)]
    for part in changed:
        part.__class__ = Product
    return len(changed)


class Product(nn.Conv2d):
    """A convolution without groups, dilation or strange padding, as a product."""

    def forward(self, batch: Tensor) -> Tensor:
        """[B, C, H, W] → [B, D, H', W'], in channels-last memory."""
        rows = batch.permute(0, 2, 3, 1)
        if not _is_pointwise(self):
            rows = _Patches.apply(rows, self)
        weight = self.weight.permute(0, 2, 3, 1).flatten(1)
        return F.linear(rows, weight, self.bias).permute(0, 3, 1, 2)


class _Patches(torch.autograd.Function):
    """[B, H, W, C] → [B, H', W', height · width · C]: what each place of the output sees.

    Both ways by shifted slices: PyTorch's own way back takes five times as long.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, part: nn.Conv2d) -> Tensor:
        padded = F.pad(rows, _margins(part))
        ctx.part, ctx.shape = part, padded.shape
        shifted = [padded[(slice(None), *place)] for place in _places(part, padded.shape)]
        return torch.cat(shifted, dim=3)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,) = gradients
        found = gradient.new_zeros(ctx.shape)
        places = _places(ctx.part, ctx.shape)
        for place, part in zip(places, gradient.chunk(len(places), dim=3), strict=True):
            found[(slice(None), *place)] += part
        return F.pad(found, [-margin for margin in _margins(ctx.part)]), None


def _margins(part: nn.Conv2d) -> list[int]:
    """What is padded: channels not at all, to the right and left, below and above."""
    down, right = (int(length) for length in part.padding)
    return [0, 0, right, right, down, down]


def _places(part: nn.Conv2d, shape: torch.Size) -> list[tuple[slice, slice]]:
    """Of padded rows [B, H, W, C]: where each of the kernel's weights is multiplied with something."""
    axes: list[list[slice]] = []
    for size, stride, length in zip(part.kernel_size, part.stride, shape[1:3], strict=True):
        last = (length - size) // stride * stride
        axes.append([slice(first, first + last + 1, stride) for first in range(size)])
    return [(down, right) for down in axes[0] for right in axes[1]]


def _is_product(part: nn.Module) -> bool:
    return (
        type(part) is nn.Conv2d
        and part.groups == 1
        and part.dilation == (1, 1)
        and part.padding_mode == "zeros"
        and not isinstance(part.padding, str)
    )


def _is_pointwise(part: nn.Conv2d) -> bool:
    return part.kernel_size == (1, 1) and part.stride == (1, 1) and part.padding == (0, 0)


def _pays(part: nn.Conv2d, *, rows: float) -> bool:
    least = _WEIGHTS_A_ROW if _is_pointwise(part) else _WEIGHTS_A_PATCH
    return part.weight.numel() >= least * rows
