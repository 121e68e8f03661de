"""The sketch of a picture: what is kept of it, while a dataset is read, to compare it with all others."""

import numpy as np
from numpy.typing import NDArray

from automl_tl.model.picture import thumbnail

SIDE = 32
"""Pixels of a sketch, whatever shape the picture has: copies are often of another size."""

HUE_SIDE = 8
SKETCH = np.dtype(
    [
        ("width", "<u4"),
        ("height", "<u4"),
        ("grey", "u1", (SIDE, SIDE)),
        ("hue", "i1", (HUE_SIDE, HUE_SIDE, 2)),
    ]
)
"""One record: pixels of the picture, its lightness, and coarsely how far red and blue differ from that."""

_LIGHTNESS = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601


def sketch_picture(data: bytes) -> bytes:
    """The sketch, as bytes of ``SKETCH``; every byte of the picture is decoded. Raises PictureUnreadable."""
    (width, height), pixels = thumbnail(data, side=SIDE)
    grey = pixels.astype(np.float32) @ _LIGHTNESS
    hue = (pixels[..., ::2].astype(np.float32) - grey[..., None]) / 2
    record = np.zeros((), dtype=SKETCH)
    record["width"], record["height"] = width, height
    record["grey"] = np.rint(grey)
    record["hue"] = np.rint(_coarse(hue.astype(np.float32)))
    return record.tobytes()


def _coarse(values: NDArray[np.float32]) -> NDArray[np.float32]:
    step = SIDE // HUE_SIDE
    return np.asarray(values.reshape(HUE_SIDE, step, HUE_SIDE, step, 2).mean(axis=(1, 3)), dtype=np.float32)
