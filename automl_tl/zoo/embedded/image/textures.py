"""Textures: a class is a sum of waves, or noise of one colour; both with a contrast of their own."""

import math

import torch
from torch import Tensor

from automl_tl.zoo.embedded.image.placement import SIDE, pixel_grid, random_affine, uniform, warped

_WAVES = 3


class Waves:
    """Classes of periodic patterns: weighted sums of plane waves, or their product."""

    def __init__(self, classes: int, *, generator: torch.Generator) -> None:
        """Invent ``classes`` patterns: wave vectors (classes, 3, 2) of 1 to 6 cycles a picture."""
        cycles = torch.exp(uniform(0, math.log(6), classes, _WAVES, generator=generator))
        angle = uniform(0, math.pi, classes, _WAVES, generator=generator)
        self.vector = torch.stack([angle.cos(), angle.sin()], dim=-1) * cycles[..., None] * math.pi
        self.weight = torch.softmax(torch.randn(classes, _WAVES, generator=generator) * 1.5, dim=-1)
        self.contrast = torch.exp(uniform(0, 2.3, classes, generator=generator))
        self.is_product = torch.rand(classes, generator=generator) < 0.3

    def draw(self, labels: Tensor, *, generator: torch.Generator) -> Tensor:
        """Masks (n, SIDE, SIDE) in [0, 1] with random phases, slightly turned and stretched."""
        count = len(labels)
        matrix, _ = random_affine(count, strength=0.5, generator=generator)
        points = warped(pixel_grid() @ matrix.transpose(1, 2), amplitude=0.08, generator=generator)
        phase = uniform(0, 2 * math.pi, count, 1, _WAVES, generator=generator)
        waves = torch.cos(points @ self.vector[labels].transpose(1, 2) + phase)
        total = (waves * self.weight[labels][:, None] * 1.6).sum(-1)
        product = waves[..., 0] * waves[..., 1] * 1.4
        value = torch.where(self.is_product[labels][:, None], product, total)
        return _toned(value, self.contrast[labels]).reshape(count, SIDE, SIDE)


class Noises:
    """Classes of filtered noise: spots, labyrinths, grain and clouds, with or without a direction."""

    def __init__(self, classes: int, *, generator: torch.Generator) -> None:
        """Invent ``classes`` spectra: a ring (cycles a picture, width), a direction, a threshold."""
        self.ring = torch.exp(uniform(0, math.log(9), classes, generator=generator))
        self.width = self.ring * uniform(0.12, 0.6, classes, generator=generator) + 0.3
        self.angle = uniform(0, math.pi, classes, generator=generator)
        self.sharpness = uniform(-2, 4, classes, generator=generator).clamp_min(0)
        self.threshold = uniform(-1, 1, classes, generator=generator)
        self.contrast = torch.exp(uniform(0, 2.3, classes, generator=generator))

    def draw(self, labels: Tensor, *, generator: torch.Generator) -> Tensor:
        """Masks (n, SIDE, SIDE) in [0, 1], each from fresh noise."""
        count = len(labels)
        matrix, _ = random_affine(count, strength=0.5, generator=generator)
        cycles = torch.fft.fftfreq(SIDE) * SIDE
        rows, columns = torch.meshgrid(cycles, cycles[: SIDE // 2 + 1], indexing="ij")
        vector = torch.stack([columns, rows], dim=-1).reshape(-1, 2) @ matrix
        length = vector.square().sum(-1).sqrt()
        angle = torch.atan2(vector[..., 1], vector[..., 0])
        ring, width = self.ring[labels][:, None], self.width[labels][:, None]
        lobes = self.sharpness[labels][:, None] * (torch.cos(2 * (angle - self.angle[labels][:, None])) - 1)
        envelope = torch.exp(-(((length - ring) / width) ** 2) / 2 + lobes) * (length > 0)
        noise = torch.fft.rfft2(torch.randn(count, SIDE, SIDE, generator=generator))
        value = torch.fft.irfft2(noise * envelope.reshape(noise.shape), s=(SIDE, SIDE)).flatten(1)
        value = value / value.std(dim=1, keepdim=True).clamp_min(1e-6) + self.threshold[labels][:, None]
        return _toned(value, self.contrast[labels]).reshape(count, SIDE, SIDE)


def _toned(value: Tensor, contrast: Tensor) -> Tensor:
    """The values (n, pixels) squeezed into [0, 1], softly or nearly to black and white."""
    return torch.sigmoid(value * contrast[:, None])
