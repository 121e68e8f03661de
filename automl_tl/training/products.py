"""Convolutions of many weights over few places are computed as the matrix products that they are.

A CPU's convolution kernels walk over places, of which the last stages of a small picture have next to none:
there one product of patches [B·H·W, C·k·k] and weights [C·k·k, D] takes a half to nine tenths of their time.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

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

    handles = [part.register_forward_hook(after) for part in plain]
    try:
        with torch.no_grad():
            module(examples)
    finally:
        for handle in handles:
            handle.remove()
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
            rows = _patches(rows, self)
        weight = self.weight.permute(0, 2, 3, 1).flatten(1)
        return F.linear(rows, weight, self.bias).permute(0, 3, 1, 2)


def _patches(rows: Tensor, part: nn.Conv2d) -> Tensor:
    """[B, H, W, C] → [B, H', W', height · width · C]: what each place of the output sees."""
    down, right = (int(length) for length in part.padding)
    padded = F.pad(rows, (0, 0, right, right, down, down))
    for axis, (size, stride) in enumerate(zip(part.kernel_size, part.stride, strict=True), start=1):
        padded = padded.unfold(axis, size, stride)
    return padded.permute(0, 1, 2, 4, 5, 3).flatten(3)


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
