"""What a candidate's forward and backward passes cost a sample, in a training batch on this machine."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from automl_tl.training.hooks import hooked

_BATCH_SECONDS = 0.1  # of a forward pass: large nets are timed on fewer samples
_LARGEST_BATCH = 32
_CALLS = 2  # after one that is not counted

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Seconds a sample: ``stages`` forward, one entry a stage, the last with what follows it; ``backward`` of
    the whole backbone."""

    stages: tuple[float, ...]
    backward: float


def timed_batch(latency: float) -> int:
    """How many samples are timed together, for a net that needs ``latency`` seconds for one."""
    return max(2, min(_LARGEST_BATCH, round(_BATCH_SECONDS / max(latency, 1e-6))))


def speed(
    module: nn.Module, batch: Tensor, *, stages: Sequence[Sequence[str]], clock: Clock = time.perf_counter
) -> Speed:
    """Time passes of ``batch`` [B, ...] through ``module`` as it stands; it is not trained by that.

    A stage ends when the last of its modules has answered. The fastest of a few calls counts, since whatever
    else the machine does only adds to it.
    """
    seen = clock if batch.device.type != "cuda" else _synchronised(clock)
    forwards = [_forward(module, batch, stages=stages, clock=seen) for _ in range(1 + _CALLS)][1:]
    fastest = min(forwards, key=sum)
    steps = [_step(module, batch, clock=seen) for _ in range(1 + _CALLS)][1:]
    samples = len(batch)
    return Speed(
        stages=tuple(seconds / samples for seconds in fastest),
        backward=max(0.0, min(steps) - sum(fastest)) / samples,
    )


def _forward(
    module: nn.Module, batch: Tensor, *, stages: Sequence[Sequence[str]], clock: Clock
) -> list[float]:
    """Seconds by stage of one forward pass."""
    with _ends(module, stages, clock=clock) as ends, torch.inference_mode():
        begun = clock()
        module(batch)
        ended = clock()
    found, before = [], begun
    for stage in range(len(stages) - 1):
        end = max(before, ends.get(stage, before))
        found.append(end - before)
        before = end
    return [*found, ended - before]


@contextmanager
def _ends(module: nn.Module, stages: Sequence[Sequence[str]], *, clock: Clock) -> Iterator[dict[int, float]]:
    """When the last module of each stage answered."""
    ends: dict[int, float] = {}
    modules = dict(module.named_modules())
    stage_of = {
        modules[path]: stage for stage, paths in enumerate(stages) for path in paths if path in modules
    }

    def after(part: nn.Module, *_: Any) -> None:
        ends[stage_of[part]] = clock()

    with hooked(stage_of, after=after):
        yield ends


def _step(module: nn.Module, batch: Tensor, *, clock: Clock) -> float:
    begun = clock()
    module(batch).sum().backward()
    seconds = clock() - begun
    module.zero_grad(set_to_none=True)
    return seconds


def _synchronised(clock: Clock) -> Clock:
    """Calls return before a GPU has worked."""

    def seen() -> float:
        torch.cuda.synchronize()
        return clock()

    return seen
