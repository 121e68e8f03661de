"""scikit-learn's 1,797 handwritten digits as an image folder, for the demo and the tests."""

from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

SIDE = 32
"""Pixels: the digits' own 8 × 8 are too small to look at."""


def write_digits(folder: Path, *, limit: int | None = None) -> Path:
    """Write ``folder/<digit>/<number>.png``, grey, 32 × 32, and return ``folder``; the same files every time.

    ``limit`` takes the first ones of the set, in which the ten digits alternate. A folder that holds the last
    of them is taken to be complete.
    """
    digits = load_digits()
    count = len(digits.target) if limit is None else min(limit, len(digits.target))
    paths = [folder / str(digits.target[i]) / f"{i:04d}.png" for i in range(count)]
    if paths and paths[-1].is_file():
        return folder
    for digit in {path.parent for path in paths}:
        digit.mkdir(parents=True, exist_ok=True)
    for path, image in zip(paths, digits.images, strict=False):
        grey = np.rint(image * (255 / 16)).astype(np.uint8)  # 17 shades, 0 to 16
        Image.fromarray(grey).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(path)
    return folder
