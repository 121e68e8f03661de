"""Filled shapes: a class is a blob, a polygon, or one cut by or joined to the other."""

import math

import torch
from torch import Tensor

from automl_tl.zoo.embedded.image.placement import SIDE, pixel_grid, random_affine, uniform, warped

_HARMONICS = 6
_EDGES = 7


class Silhouettes:
    """Classes of filled shapes."""

    def __init__(self, classes: int, *, generator: torch.Generator) -> None:
        """Invent ``classes`` shapes from waves on a circle and from straight edges."""
        fade = 1 / torch.arange(1, _HARMONICS + 1)
        self.wave = torch.randn(classes, _HARMONICS, 2, generator=generator) * fade[:, None] * 0.35
        self.wave[:, 0] *= 0.3
        self.hole = (uniform(-0.5, 0.45, classes, generator=generator)).clamp_min(0)
        angle = uniform(0, 2 * math.pi, classes, 1, generator=generator)
        turn = torch.arange(_EDGES) * 2 * math.pi / torch.randint(3, 8, (classes, 1), generator=generator)
        self.edge_angle = angle + turn + torch.randn(classes, _EDGES, generator=generator) * 0.2
        self.edge_distance = uniform(0.25, 0.7, classes, _EDGES, generator=generator)
        self.offset = torch.randn(classes, 2, generator=generator) * 0.25
        self.rule = torch.randint(0, 4, (classes,), generator=generator)

    def draw(self, labels: Tensor, *, generator: torch.Generator) -> Tensor:
        """Masks (n, SIDE, SIDE) in [0, 1]; a third are outlines."""
        count = len(labels)
        matrix, shift = random_affine(count, strength=1.2, generator=generator)
        points = (pixel_grid() - shift[:, None]) @ matrix.transpose(1, 2) * 1.15
        points = warped(points, amplitude=0.1, generator=generator)
        field = self._field(points, labels)
        width = uniform(0.05, 0.14, count, 1, generator=generator)
        outline = torch.rand(count, 1, generator=generator) < 1 / 3
        field = torch.where(outline, width - field.abs(), field)
        return torch.sigmoid(field / 0.03).reshape(count, SIDE, SIDE)

    def _field(self, points: Tensor, labels: Tensor) -> Tensor:
        """Positive inside the shape (n, SIDE²), about the distance to its border."""
        blob, polygon = self._blob(points, labels), self._polygon(points, labels)
        rule = self.rule[labels][:, None]
        joined = torch.where(rule == 2, torch.maximum(blob, polygon), torch.minimum(blob, -polygon))
        return torch.where(rule == 0, blob, torch.where(rule == 1, polygon, joined))

    def _blob(self, points: Tensor, labels: Tensor) -> Tensor:
        radius = points.square().sum(-1).sqrt()
        angle = torch.atan2(points[..., 1], points[..., 0])
        border = torch.full_like(radius, 0.6)
        for order in range(_HARMONICS):
            wave = self.wave[labels, order]
            turned = (order + 1) * angle
            border = border + wave[:, :1] * turned.cos() * 0.6 + wave[:, 1:] * turned.sin() * 0.6
        return torch.minimum(border - radius, radius - self.hole[labels][:, None])

    def _polygon(self, points: Tensor, labels: Tensor) -> Tensor:
        moved = points - self.offset[labels][:, None]
        angle = self.edge_angle[labels]
        normal = torch.stack([angle.cos(), angle.sin()], dim=1)
        return (self.edge_distance[labels][:, None] - moved @ normal).amin(dim=2)
