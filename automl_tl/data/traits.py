"""What samples are like, in numbers that their sketches tell: sizes, light, lengths."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from automl_tl.domain.dataset import Measure, Modality

Traits = Mapping[str, NDArray[np.float64]]

SIZES = ("width", "height", "characters", "words", "milliseconds")
"""Traits that are sizes: their spread is told."""

_CHUNK = 4096


def traits_of(sketches: NDArray[np.void], rows: NDArray[np.intp], *, modality: Modality) -> Traits:
    """Each trait's values [rows]: pixels, grey levels, characters, words, milliseconds."""
    if modality is Modality.TEXT:
        return {
            "characters": sketches["signs"][rows].astype(float),
            "words": sketches["words"][rows].astype(float),
        }
    if modality is Modality.AUDIO:
        return {"milliseconds": sketches["width"][rows].astype(float)}
    parts = [_of_pictures(sketches[rows[i : i + _CHUNK]]) for i in range(0, len(rows), _CHUNK)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def measures_of(traits: Traits) -> dict[str, Measure]:
    """How large the samples are."""
    found = {}
    for name in SIZES:
        if name in traits and len(traits[name]):
            ends = np.quantile(traits[name], (0.0, 0.05, 0.5, 0.95, 1.0)).tolist()
            found[name] = Measure(least=ends[0], low=ends[1], median=ends[2], high=ends[3], most=ends[4])
    return found


def _of_pictures(sketches: NDArray[np.void]) -> dict[str, NDArray[np.float64]]:
    grey, hue = sketches["grey"].astype(np.float64), sketches["hue"].astype(np.float64)
    return {
        "width": sketches["width"].astype(float),
        "height": sketches["height"].astype(float),
        "brightness": grey.mean(axis=(1, 2)),
        "contrast": grey.std(axis=(1, 2)),
        "redness": hue[..., 0].mean(axis=(1, 2)),
        "blueness": hue[..., 1].mean(axis=(1, 2)),
    }
