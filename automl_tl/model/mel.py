"""Mel filter banks: which frequencies of a spectrum each band hears, and how well."""

import numpy as np
from numpy.typing import NDArray

from automl_tl.model.sound_spec import LogMel

_HERTZ_PER_MEL = 200.0 / 3.0  # Slaney's scale is linear up to 1 kHz, its 15th mel,
_BREAK_HERTZ = 1000.0
_LOG_STEP = np.log(6.4) / 27.0  # and takes 27 steps to 6.4 times that


def mel_weights(look: LogMel, *, rate: int) -> NDArray[np.float64]:
    """Weights [fft / 2 + 1, bands] of a spectrum's lines, for sound of ``rate`` samples a second."""
    lines = np.linspace(0.0, rate / 2, look.fft // 2 + 1)
    lowest, highest = to_mel(np.array([look.lowest, look.highest]), scale=look.scale)
    edges = np.linspace(lowest, highest, num=look.bands + 2)
    hertz = to_hertz(edges, scale=look.scale)
    over = (to_mel(lines, scale=look.scale), edges) if look.slopes == "mel" else (lines, hertz)
    weights = _triangles(*over)
    if look.equal_area:
        weights *= 2.0 / (hertz[2:] - hertz[:-2])
    return weights


def to_mel(hertz: NDArray[np.float64], *, scale: str) -> NDArray[np.float64]:
    """Frequencies on the mel scale ``htk`` or ``slaney``."""
    if scale == "htk":
        return np.asarray(2595.0 * np.log10(1.0 + hertz / 700.0))
    above = _BREAK_HERTZ / _HERTZ_PER_MEL + np.log(np.maximum(hertz, _BREAK_HERTZ) / _BREAK_HERTZ) / _LOG_STEP
    return np.where(hertz < _BREAK_HERTZ, hertz / _HERTZ_PER_MEL, above)


def to_hertz(mels: NDArray[np.float64], *, scale: str) -> NDArray[np.float64]:
    """The frequencies of places on a mel scale."""
    if scale == "htk":
        return np.asarray(700.0 * (10.0 ** (mels / 2595.0) - 1.0))
    first = _BREAK_HERTZ / _HERTZ_PER_MEL
    above = _BREAK_HERTZ * np.exp(_LOG_STEP * (np.maximum(mels, first) - first))
    return np.where(mels < first, mels * _HERTZ_PER_MEL, above)


def _triangles(places: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each band rises from one edge to the next, and falls to the one after that: [places, edges − 2]."""
    rising = (places[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - places[:, None]) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling))
