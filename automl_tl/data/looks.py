"""How samples look as a whole, in coarse numbers from their sketches that a linear classifier can read."""

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.sketch import HUE_SIDE, SIDE
from automl_tl.domain.dataset import Modality

Looks = NDArray[np.float32]
"""A row a sample, a column a number."""

_BITS = 4
"""The last of each of a text's least hashes: which of sixteen kinds it is of."""


def looks_of(sketches: NDArray[np.void], rows: NDArray[np.intp], *, modality: Modality) -> Looks:
    """The looks [rows, columns].

    Pictures: 8 × 8 cells of lightness, their contrast, and of red and blue; of a sound the same of its
    spectrogram, without colour. Texts: b-bit minwise hashes, on which a linear classifier reads likeness (Li,
    Shrivastava, Moore & König, NIPS 2011).
    """
    records = sketches[rows]
    if modality is Modality.TEXT:
        return _kinds(records["least"])
    grey = _cells(records["grey"])
    parts = [grey.mean(axis=(2, 4)), grey.std(axis=(2, 4))]
    if modality is Modality.IMAGE:
        parts.append(records["hue"].astype(np.float32))
    return np.concatenate([part.reshape(len(rows), -1) for part in parts], axis=1)


def _cells(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    step = SIDE // HUE_SIDE
    return grey.astype(np.float32).reshape(-1, HUE_SIDE, step, HUE_SIDE, step)


def _kinds(least: NDArray[np.uint32]) -> Looks:
    """One of sixteen columns of each hash is 1."""
    kinds = least & np.uint32(2**_BITS - 1)  # a least hash of many begins with zeros: its last bits tell
    return np.asarray(np.eye(2**_BITS, dtype=np.float32)[kinds].reshape(len(least), -1))
