"""What happens to a drawn mask before a net sees it: colour, background, coarseness, noise."""

import torch
import torch.nn.functional as F
from torch import Tensor

from automl_tl.zoo.embedded.image.placement import SIDE, uniform


def jittered(masks: Tensor, *, generator: torch.Generator) -> Tensor:
    """Pictures (n, 3, SIDE, SIDE) in [0, 1] from masks (n, SIDE, SIDE), uint8."""
    ink = masks.float()[:, None] / 255
    pictures = _coloured(ink, generator=generator)
    pictures = _coarsened(pictures, generator=generator)
    size = uniform(-0.06, 0.08, len(masks), 1, 1, 1, generator=generator).clamp_min(0)
    noise = torch.randn(len(masks), 1, SIDE, SIDE, generator=generator)
    return (pictures + noise * size).clamp_(0, 1)


def _coloured(ink: Tensor, *, generator: torch.Generator) -> Tensor:
    """Light on dark (half of them), dark on light, or any two colours; every fifth before another picture."""
    count = len(ink)
    kind = torch.rand(count, 1, 1, 1, generator=generator)
    bright = uniform(0.6, 1, count, 1, 1, 1, generator=generator).expand(-1, 3, -1, -1)
    dark = uniform(-0.15, 0.2, count, 1, 1, 1, generator=generator).clamp_min(0).expand(-1, 3, -1, -1)
    one, other = torch.rand(2, count, 3, 1, 1, generator=generator)
    apart = (one - other).abs().mean(dim=1, keepdim=True) > 0.25
    front = torch.where(kind < 0.5, bright, torch.where(kind < 0.65, dark, torch.where(apart, one, bright)))
    back = torch.where(kind < 0.5, dark, torch.where(kind < 0.65, bright, torch.where(apart, other, dark)))
    cluttered = torch.rand(count, 1, 1, 1, generator=generator) < 0.2
    clutter = (ink.roll(1, dims=0) * 0.4) * (front - back) * cluttered
    return (back + clutter) * (1 - ink) + front * ink


def _coarsened(pictures: Tensor, *, generator: torch.Generator) -> Tensor:
    """A third are shrunk to a quarter of their side, a third to half; all come back at full size."""
    order = torch.randperm(len(pictures), generator=generator)
    third = len(pictures) // 3
    for factor, chosen in ((4, order[:third]), (2, order[third : 2 * third])):
        small = F.avg_pool2d(pictures[chosen], factor)
        pictures[chosen] = F.interpolate(small, size=SIDE, mode="bilinear", align_corners=False)
    return pictures
