"""Pictures varied at random, at one strength from 0 (as they are) to 1."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

ROTATION_DEGREES = 20.0
SHIFT = 0.15
ZOOM = 0.35
LIGHT = 0.4
ERASED = 0.4
VIEW_STRENGTH = 0.5


def augment(pictures: Tensor, *, strength: float, randomness: np.random.Generator) -> Tensor:
    """Float32 pictures [B, C, S, S] in [0, 255] from pictures of that range and shape, any dtype.

    At strength s: turned by up to 20 s degrees, zoomed by up to 35 s %, shifted by up to 15 s %, lighter or
    darker and of other contrast by up to 40 s %; with probability s / 2 a patch of up to s 40 % a side is
    blanked; mirrored left to right with probability s² / 2, which grows late because glyphs, digits and
    hands lose their meaning in a mirror while most things do not.
    """
    varied = pictures.float()
    if strength <= 0:
        return varied
    varied = _moved(varied, strength=strength, randomness=randomness)
    varied = _lit(varied, strength=strength, randomness=randomness)
    return _erased(varied, strength=strength, randomness=randomness)


def viewed(pictures: Tensor, *, samples: np.ndarray, view: int) -> Tensor:
    """Version ``view`` of each picture [B, C, S, S]: drawn by its sha256, so the same in any batch."""
    versions = [
        augment(
            picture.unsqueeze(0),
            strength=VIEW_STRENGTH,
            randomness=np.random.default_rng([view, int(sample[:16], 16)]),
        )
        for picture, sample in zip(pictures, samples, strict=True)
    ]
    return torch.cat(versions) if versions else pictures.float()


def _moved(pictures: Tensor, *, strength: float, randomness: np.random.Generator) -> Tensor:
    count = len(pictures)
    angle = np.deg2rad(_around(randomness, count, ROTATION_DEGREES * strength))
    zoom = np.exp(_around(randomness, count, np.log1p(ZOOM * strength)))
    shift = _around(randomness, (count, 2), 2 * SHIFT * strength)  # the grid spans -1 to 1
    mirror = np.where(randomness.random(count) < strength**2 / 2, -1.0, 1.0)
    theta = np.empty((count, 2, 3), np.float32)
    theta[:, 0, 0], theta[:, 0, 1] = mirror * zoom * np.cos(angle), -zoom * np.sin(angle)
    theta[:, 1, 0], theta[:, 1, 1] = mirror * zoom * np.sin(angle), zoom * np.cos(angle)
    theta[:, :, 2] = shift
    grid = F.affine_grid(
        torch.from_numpy(theta).to(pictures.device), list(pictures.shape), align_corners=False
    )
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _lit(pictures: Tensor, *, strength: float, randomness: np.random.Generator) -> Tensor:
    light = _factors(randomness, pictures, LIGHT * strength)
    contrast = _factors(randomness, pictures, LIGHT * strength)
    mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
    return ((pictures - mean) * contrast + mean * light).clamp_(0, 255)


def _erased(pictures: Tensor, *, strength: float, randomness: np.random.Generator) -> Tensor:
    side = pictures.shape[-1]
    for picture in pictures:
        if randomness.random() >= strength / 2:
            continue
        height, width = 1 + (randomness.random(2) * ERASED * strength * side).astype(int)
        top, left = randomness.integers(side - height + 1), randomness.integers(side - width + 1)
        picture[:, top : top + height, left : left + width] = picture.mean()
    return pictures


def _factors(randomness: np.random.Generator, pictures: Tensor, spread: float) -> Tensor:
    factors = 1 + _around(randomness, (len(pictures), 1, 1, 1), spread)
    return torch.from_numpy(factors.astype(np.float32)).to(pictures.device)


def _around(randomness: np.random.Generator, shape: int | tuple[int, ...], spread: float) -> np.ndarray:
    return randomness.uniform(-spread, spread, shape)
