"""Where a drawn picture lies: random affine maps, and a smooth warp."""

import math

import torch
from torch import Tensor

SIDE = 32


def pixel_axis() -> Tensor:
    """Centres of the pixels along one side (SIDE), in [-1, 1]."""
    return (torch.arange(SIDE, dtype=torch.float32) + 0.5) / SIDE * 2 - 1


def pixel_grid() -> Tensor:
    """Centres of the pixels as (SIDE², 2), x then y, both in [-1, 1]."""
    axis = pixel_axis()
    rows, columns = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([columns, rows], dim=-1).reshape(-1, 2)


def uniform(low: float, high: float, *shape: int, generator: torch.Generator) -> Tensor:
    """Numbers evenly spread over [low, high)."""
    return torch.rand(shape, generator=generator) * (high - low) + low


def random_affine(count: int, *, strength: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Matrices (count, 2, 2) and shifts (count, 2): turn, stretch, shear and move.

    ``strength`` 1 turns by up to 17 degrees, stretches by up to a quarter, moves by 15 % of the half side.
    """
    turn = uniform(-0.3, 0.3, count, generator=generator) * strength
    cosine, sine = turn.cos(), turn.sin()
    rotation = torch.stack([cosine, -sine, sine, cosine], dim=-1).reshape(count, 2, 2)
    stretch = torch.exp(uniform(-0.3, 0.2, count, 2, generator=generator) * strength)
    shear = torch.zeros(count, 2, 2)
    shear[:, 0, 0], shear[:, 1, 1] = stretch[:, 0], stretch[:, 1]
    shear[:, 0, 1] = uniform(-0.3, 0.3, count, generator=generator) * strength
    return rotation @ shear, uniform(-0.15, 0.15, count, 2, generator=generator) * strength


def warped(points: Tensor, *, amplitude: float, generator: torch.Generator) -> Tensor:
    """The points (count, n, 2) moved along one smooth random wave per picture, by at most ``amplitude``."""
    count = len(points)
    frequency = uniform(-2.5, 2.5, count, 2, 2, generator=generator)
    phase = uniform(0, 2 * math.pi, count, 1, 2, generator=generator)
    size = uniform(0, amplitude, count, 1, 2, generator=generator)
    return points + size * torch.sin(points @ frequency + phase)
