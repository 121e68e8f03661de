"""What a batch is varied by beside its pixels: samples mixed with each other, activations jittered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

MIXING_FROM = 0.5
MIXING = 0.4
JITTER = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """``share`` of each sample, the rest of sample ``partners[i]`` of the same batch; share ≥ 0.5."""

    share: float
    partners: Tensor

    def __call__(self, rows: Tensor) -> Tensor:
        """Rows [B, ...] mixed."""
        return rows * self.share + rows[self.partners] * (1 - self.share)


def draw_mix(samples: int, *, alpha: float, randomness: np.random.Generator) -> Mix | None:
    """Mixup (Zhang et al., arXiv 1710.09412) with Beta(alpha, alpha); None: nothing is mixed."""
    if alpha <= 0:
        return None
    share = float(randomness.beta(alpha, alpha))
    partners = torch.from_numpy(randomness.permutation(samples))
    return Mix(share=max(share, 1 - share), partners=partners)


def mixing_alpha(strength: float, *, of_activations: bool) -> float:
    """Pictures, which are varied otherwise too, mix from strength 0.5 on; activations at any strength."""
    start = 0.0 if of_activations else MIXING_FROM
    return MIXING * max(0.0, strength - start) / (1 - start)


def jitter(rows: Sequence[Tensor], *, strength: float, randomness: np.random.Generator) -> tuple[Tensor, ...]:
    """Activations [B, ...] times normal noise around 1 of spread 0.1 × strength."""
    if strength <= 0:
        return tuple(rows)
    return tuple(row * _noise(row, spread=JITTER * strength, randomness=randomness) for row in rows)


def _noise(row: Tensor, *, spread: float, randomness: np.random.Generator) -> Tensor:
    noise = randomness.standard_normal(tuple(row.shape), dtype=np.float32)
    return torch.from_numpy(noise).to(row.device).mul_(spread).add_(1)
