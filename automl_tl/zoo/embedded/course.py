"""How every embedded net is pretrained: AdamW, a warm-up, a cosine, for a number of steps or minutes."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_WEIGHT_DECAY = 0.05
_TIMED_STEPS = 4
_REPORT_EVERY = 100  # steps


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """``steps`` of AdamW up to ``learning_rate``; with ``minutes`` about that long instead."""

    name: str
    steps: int
    learning_rate: float
    warm_up: float = 0.1  # share of the steps
    longest_gradient: float = 3.0
    forgetting: float = 0.999  # AdamW's second beta
    minutes: float | None = None
    progress: Callable[[str], None]

    def train(self, module: nn.Module, *, loss: Callable[[], Tensor]) -> None:
        """Lower ``loss``, which draws a batch of its own at each call."""
        optimizer = self._optimizer(module)
        steps, began, step, mean = self.steps, time.monotonic(), 0, math.nan
        while step < steps:
            for group in optimizer.param_groups:
                group["lr"] = self.learning_rate * self._rate(step / steps)
            found = self._step(module, optimizer, loss=loss)
            mean = found if math.isnan(mean) else 0.98 * mean + 0.02 * found
            step += 1
            if self.minutes is not None and step == _TIMED_STEPS:
                pace = (time.monotonic() - began) / _TIMED_STEPS
                steps = max(2 * _TIMED_STEPS, int(self.minutes * 60 / pace))
            if step % _REPORT_EVERY == 0 or step == steps:
                self.progress(f"{self.name}: step {step} of {steps}, loss {mean:.3f}")

    def _step(
        self, module: nn.Module, optimizer: torch.optim.Optimizer, *, loss: Callable[[], Tensor]
    ) -> float:
        found = loss()
        optimizer.zero_grad()
        torch.autograd.backward(found)
        nn.utils.clip_grad_norm_(module.parameters(), self.longest_gradient)
        optimizer.step()
        return found.item()

    def _optimizer(self, module: nn.Module) -> torch.optim.Optimizer:
        decayed = [parameter for parameter in module.parameters() if parameter.ndim > 1]
        free = [parameter for parameter in module.parameters() if parameter.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": _WEIGHT_DECAY}, {"params": free, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=self.learning_rate, betas=(0.9, self.forgetting))

    def _rate(self, share: float) -> float:
        """A linear warm-up, then a cosine down to 0; ``share`` of the steps is done."""
        if share < self.warm_up:
            return (share + 1e-3) / self.warm_up
        return 0.5 * (1 + math.cos(math.pi * (share - self.warm_up) / (1 - self.warm_up)))
