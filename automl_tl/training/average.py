"""The running average of what is trained: the weights that are measured, kept and served.

It stands where the learning rate would lead once it had fallen, so a trial can be judged in the middle of
its schedule (Polyak averaging; Izmailov et al., arXiv 1803.05407, say why it also generalises better).
"""

import torch
from torch import Tensor

DECAY = 0.98  # the last fifty steps or so, about an epoch


class Average:
    """Follows live tensors; those that hold no fractions are taken as they are."""

    def __init__(self, live: dict[str, Tensor]) -> None:
        self._live = live
        self.tensors = {name: tensor.detach().clone() for name, tensor in live.items()}
        names = [name for name, tensor in live.items() if tensor.is_floating_point()]
        self._smooth = [self.tensors[name] for name in names], [live[name] for name in names]

    def follow(self, steps: int) -> None:
        """Move towards the live tensors after the trial's step number ``steps`` (1, 2, …)."""
        share = 1 - min(DECAY, (1 + steps) / (10 + steps))
        with torch.no_grad():
            if self._smooth[0]:
                torch._foreach_lerp_(*self._smooth, share)
            for name, tensor in self._live.items():
                if not tensor.is_floating_point():
                    self.tensors[name].copy_(tensor)
