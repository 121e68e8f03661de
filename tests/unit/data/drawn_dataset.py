"""Small datasets of drawn pictures for the data room's tests."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from automl_tl.data.survey import Found
from automl_tl.domain.dataset import Split


def png(seed: int, *, side: int = 8) -> bytes:
    """A picture of noise; another one for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def draw(root: Path, counts: Mapping[str, int], *, first: int = 0) -> Path:
    """``counts`` pictures in each folder of that name below ``root``, all different."""
    seed = first
    for folder, count in counts.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            (root / folder / f"{i:03d}.png").write_bytes(png(seed))
            seed += 1
    return root


def fact(
    path: str,
    label: str,
    *,
    content: str = "",
    given: Split | None = None,
    group: str | None = None,
    near: str | None = None,
) -> Found:
    """A sample without its file; ``content`` (default: the path) stands for its hash."""
    return Found(path=path, size=1, sha256=content or path, label=label, given=given, group=group, near=near)
