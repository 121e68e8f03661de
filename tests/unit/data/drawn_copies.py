"""Pictures with details, and what people do to their copies."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance

Change = Callable[[Image.Image], Image.Image]


def scene(seed: int, *, side: int = 72) -> Image.Image:
    """Coloured blobs and lines on a shaded ground, another arrangement for each seed."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]  # type: ignore[misc]
    pixels = 90 + 60 * (x[..., None] * draw.normal(size=3) + y[..., None] * draw.normal(size=3))
    for _ in range(12):
        angle, width = draw.uniform(0, np.pi), draw.uniform(0.02, 0.12)
        cx, cy = draw.uniform(0, 1, 2)
        along = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
        across = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
        blob = np.exp(-((along / (3 * width)) ** 2) - (across / width) ** 2)
        pixels = pixels + draw.uniform(-110, 110, 3) * blob[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def encoded(picture: Image.Image, *, quality: int | None = None) -> bytes:
    """A PNG file's bytes, or those of a JPEG of this quality."""
    file = io.BytesIO()
    if quality is None:
        picture.save(file, "PNG")
    else:
        picture.save(file, "JPEG", quality=quality)
    return file.getvalue()


def cropped(picture: Image.Image, left: float, upper: float, right: float, lower: float) -> Image.Image:
    """Without these shares of its sides."""
    width, height = picture.size
    box = (width * left, height * upper, width * (1 - right), height * (1 - lower))
    return picture.crop(tuple(round(edge) for edge in box))


CHANGES: dict[str, Callable[[Image.Image], bytes]] = {
    "saved again": lambda p: encoded(p, quality=40),
    "smaller": lambda p: encoded(p.resize((40, 40), Image.Resampling.BICUBIC)),
    "larger": lambda p: encoded(p.resize((150, 150), Image.Resampling.BILINEAR)),
    "squashed": lambda p: encoded(p.resize((90, 60), Image.Resampling.BILINEAR)),
    "cropped": lambda p: encoded(cropped(p, 0.04, 0.04, 0.04, 0.04)),
    "cropped at two sides": lambda p: encoded(cropped(p, 0.05, 0.06, 0.0, 0.0)),
    "brighter": lambda p: encoded(ImageEnhance.Brightness(p).enhance(1.15)),
    "darker": lambda p: encoded(ImageEnhance.Brightness(p).enhance(0.75)),
    "duller": lambda p: encoded(ImageEnhance.Contrast(p).enhance(0.7)),
    "all at once": lambda p: encoded(
        ImageEnhance.Brightness(cropped(p, 0.03, 0.0, 0.02, 0.04)).enhance(1.1).resize((50, 60)), quality=60
    ),
}
"""What is done to a copy, by name: a picture to a file's bytes."""
