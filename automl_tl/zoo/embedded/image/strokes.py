"""Glyphs: a class is a set of one to four random Bézier strokes, as letters and digits are."""

import torch
from torch import Tensor

from automl_tl.zoo.embedded.image.placement import SIDE, pixel_axis, random_affine, uniform, warped

_STROKES = 4
_POINTS = 24


class Strokes:
    """Classes of glyphs."""

    def __init__(self, classes: int, *, generator: torch.Generator) -> None:
        """Invent ``classes`` glyphs: control points (classes, strokes, 4, 2)."""
        start = uniform(-1, 1, classes, _STROKES, 1, 2, generator=generator)
        steps = torch.randn(classes, _STROKES, 3, 2, generator=generator) * 0.55
        control = torch.cat([start, start + steps.cumsum(dim=2)], dim=2)
        control = _straightened(control, generator=generator)
        control = _joined(control, generator=generator)
        number = torch.multinomial(torch.tensor([0.25, 0.35, 0.25, 0.15]), classes, True, generator=generator)
        absent = torch.arange(_STROKES)[None, :] > number[:, None]
        control[absent] = control[:, :1].expand_as(control)[absent]
        self.control = _centred(control)

    def draw(self, labels: Tensor, *, generator: torch.Generator) -> Tensor:
        """Masks (n, SIDE, SIDE) in [0, 1]: strokes jittered, warped, turned, thin or thick."""
        count = len(labels)
        control = self.control[labels]
        control = control + torch.randn(control.shape, generator=generator) * 0.06
        points = warped(_curve(control), amplitude=0.12, generator=generator)
        matrix, shift = random_affine(count, strength=1, generator=generator)
        points = points @ matrix.transpose(1, 2) + shift[:, None]
        radius = torch.exp(uniform(-2.9, -1.6, count, 1, generator=generator))
        distance = _nearest(points)
        return torch.sigmoid((radius - distance) / 0.025).reshape(count, SIDE, SIDE)


def _straightened(control: Tensor, *, generator: torch.Generator) -> Tensor:
    """A quarter of the strokes become straight, a quarter closed loops."""
    kind = torch.rand(control.shape[:2], generator=generator)[..., None, None]
    share = torch.linspace(0, 1, 4)[:, None]
    straight = control[:, :, :1] + (control[:, :, 3:] - control[:, :, :1]) * share
    loop = torch.cat([control[:, :, :3], control[:, :, :1]], dim=2)
    return torch.where(kind < 1 / 4, straight, torch.where(kind > 3 / 4, loop, control))


def _joined(control: Tensor, *, generator: torch.Generator) -> Tensor:
    """Half of the strokes begin where the one before ended."""
    control = control.clone()
    for stroke in range(1, control.shape[1]):
        joins = torch.rand(len(control), generator=generator) < 0.5
        move = control[:, stroke - 1, 3] - control[:, stroke, 0]
        control[:, stroke] += (move * joins[:, None])[:, None]
    return control


def _centred(control: Tensor) -> Tensor:
    """Each glyph fills a box of half side 0.75; thin ones at least keep twice their proportion."""
    flat = _curve(control)
    low, high = flat.amin(dim=1), flat.amax(dim=1)
    half = (high - low).clamp_min(0.05) / 2
    size = torch.maximum(half, half.amax(dim=1, keepdim=True) / 2)
    return (control - ((low + high) / 2)[:, None, None]) / size[:, None, None] * 0.75


def _curve(control: Tensor) -> Tensor:
    """Points (n, strokes · _POINTS, 2) along the cubic Bézier curves."""
    t = torch.linspace(0, 1, _POINTS)
    basis = torch.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], dim=1)
    return (basis @ control).flatten(1, 2)


def _nearest(points: Tensor) -> Tensor:
    """The distance (n, SIDE²) from each pixel to the nearest of the points (n, m, 2)."""
    axis = pixel_axis()
    squares = (points[..., None] - axis).square()  # (n, m, x and y, SIDE)
    nearest = torch.full((len(points), SIDE, SIDE), 9.0)
    for index in range(points.shape[1]):  # one point at a time stays in the processor's cache
        torch.minimum(nearest, squares[:, index, 0, None, :] + squares[:, index, 1, :, None], out=nearest)
    return nearest.flatten(1).clamp_min(1e-6).sqrt()
