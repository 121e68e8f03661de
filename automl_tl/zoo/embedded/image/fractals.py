"""Fractals: a class is an iterated function system, or a Julia set."""

import math

import torch
from torch import Tensor

from automl_tl.zoo.embedded.image.placement import SIDE, pixel_grid, random_affine, uniform

_MAPS = 3
_WALKERS = 160
_STEPS = 14
_BURN_IN = 5
_ESCAPE_STEPS = 14


class FunctionSystems:
    """Classes of attractors of three contracting affine maps (the chaos game)."""

    def __init__(self, classes: int, *, generator: torch.Generator) -> None:
        """Invent ``classes`` systems: matrices (classes, 3, 2, 2) and shifts (classes, 3, 2)."""
        angle = uniform(-math.pi, math.pi, classes, _MAPS, generator=generator)
        scale = uniform(0.35, 0.75, classes, _MAPS, 2, generator=generator)
        cosine, sine = angle.cos(), angle.sin()
        rotation = torch.stack([cosine, -sine, sine, cosine], dim=-1).reshape(classes, _MAPS, 2, 2)
        self.matrix = rotation * scale[:, :, None, :]
        self.shift = uniform(-0.8, 0.8, classes, _MAPS, 2, generator=generator)

    def draw(self, labels: Tensor, *, generator: torch.Generator) -> Tensor:
        """Masks (n, SIDE, SIDE) in [0, 1]: how often the walkers visit each pixel, on a log scale."""
        count = len(labels)
        matrix = self.matrix[labels] + torch.randn(count, _MAPS, 2, 2, generator=generator) * 0.03
        shift = self.shift[labels] + torch.randn(count, _MAPS, 2, generator=generator) * 0.04
        points = _attractor(matrix, shift, generator=generator)
        spread = points - points.mean(dim=1, keepdim=True)
        spread = spread / spread.std(dim=(1, 2), keepdim=True).clamp_min(1e-3) * 0.42
        turn, move = random_affine(count, strength=0.8, generator=generator)
        return _density(spread @ turn.transpose(1, 2) + move[:, None])


class JuliaSets:
    """Classes of escape-time pictures of z² + c, with c near the border of the Mandelbrot set."""

    def __init__(self, classes: int, *, generator: torch.Generator) -> None:
        """Invent ``classes`` constants (classes, 2), real and imaginary part."""
        angle = uniform(0, 2 * math.pi, classes, generator=generator)
        size = uniform(0.95, 1.2, classes, generator=generator)
        real = 0.5 * angle.cos() - 0.25 * (2 * angle).cos()
        imaginary = 0.5 * angle.sin() - 0.25 * (2 * angle).sin()
        self.constant = torch.stack([real, imaginary], dim=-1) * size[:, None]

    def draw(self, labels: Tensor, *, generator: torch.Generator) -> Tensor:
        """Masks (n, SIDE, SIDE) in [0, 1]: how late each pixel escapes."""
        count = len(labels)
        constant = self.constant[labels] + torch.randn(count, 2, generator=generator) * 0.01
        matrix, shift = random_affine(count, strength=1, generator=generator)
        points = pixel_grid() @ matrix.transpose(1, 2) * 1.3 + shift[:, None]
        real, imaginary = points[..., 0], points[..., 1]
        stayed = torch.zeros_like(real)
        for _ in range(_ESCAPE_STEPS):
            square = real * real - imaginary * imaginary + constant[:, :1]
            imaginary = (2 * real * imaginary + constant[:, 1:]).clamp(-9, 9)
            real = square.clamp(-9, 9)
            stayed += torch.sigmoid(8 - 2 * (real.square() + imaginary.square()))
        return (stayed / _ESCAPE_STEPS).reshape(count, SIDE, SIDE)


def _attractor(matrix: Tensor, shift: Tensor, *, generator: torch.Generator) -> Tensor:
    """Points (n, walkers · kept steps, 2) of the chaos game."""
    count = len(matrix)
    picture = torch.arange(count)[:, None]
    points = torch.zeros(count, _WALKERS, 2)
    kept: list[Tensor] = []
    for step in range(_STEPS):
        chosen = torch.randint(0, _MAPS, (count, _WALKERS), generator=generator)
        points = (matrix[picture, chosen] @ points[..., None])[..., 0] + shift[picture, chosen]
        if step >= _BURN_IN:
            kept.append(points)
    return torch.cat(kept, dim=1)


def _density(points: Tensor) -> Tensor:
    """Visits per pixel (n, SIDE, SIDE), logarithmic, the most visited pixels at 1."""
    count = len(points)
    cell = ((points + 1) / 2 * SIDE).long().clamp(0, SIDE - 1)
    index = cell[..., 1] * SIDE + cell[..., 0] + torch.arange(count)[:, None] * SIDE * SIDE
    visits = torch.bincount(index.flatten(), minlength=count * SIDE * SIDE).reshape(count, SIDE, SIDE)
    visits[:, [0, -1]], visits[:, :, [0, -1]] = 0, 0  # walkers beyond the frame pile up on its border
    return (visits.float().log1p() / math.log(8)).clamp_max(1)
