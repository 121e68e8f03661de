"""Forward passes: counted as they happen, and what share of one's seconds a freeze depth saves."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook

from automl_tl.training.opening import Opened

_FORWARDS = 9
_BATCH = 32


@contextmanager
def counted_forwards() -> Iterator[list[tuple[float, int]]]:
    """While open: when (seconds since the epoch) how many pictures went into a net's first layer."""
    seen: list[tuple[float, int]] = []

    def count(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if isinstance(module, nn.Conv2d) and module.in_channels in (1, 3) and module.groups == 1:
            seen.append((time.time(), len(inputs[0])))

    handle = register_module_forward_pre_hook(count)
    try:
        yield seen
    finally:
        handle.remove()


def pictures(forwards: Iterable[tuple[float, int]]) -> int:
    """How many there were in all."""
    return sum(count for _, count in forwards)


def frozen_shares(opened: Opened) -> dict[int, float]:
    """Freeze depth → share of the forward pass's seconds, measured on this machine, that it freezes."""
    batch = opened.examples(_BATCH)
    whole = _seconds(opened.whole().prefix, batch)
    stages = len(opened.stages)
    found = {stages: 1.0}
    for depth in range(1, stages):
        halves = opened.halves(depth)
        if halves is not None:
            found[depth] = min(1.0, _seconds(halves.prefix, batch) / whole)
    return found


def _seconds(prefix: Callable[[Tensor], Any], batch: Tensor) -> float:
    found = []
    with torch.inference_mode():
        for _ in range(_FORWARDS + 1):
            begun = time.perf_counter()
            prefix(batch)
            found.append(time.perf_counter() - begun)
    return float(np.median(found[1:]))
