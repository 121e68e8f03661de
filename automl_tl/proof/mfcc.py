"""What a cheap classifier hears in a sound: statistics of its mel-frequency cepstral coefficients."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from automl_tl.model.mel import mel_weights
from automl_tl.model.sound_spec import LogMel

RATE = 16_000
COEFFICIENTS = 20
_LOG_MEL = LogMel(window=400, hop=160, fft=512, bands=40, lowest=50.0, highest=7600.0, floor=1e-6)
_PARTS = 3  # of a sound, whose averages tell the order of what is heard
_REACH = 2  # frames on either side that a slope is taken over


def mfcc_statistics(sounds: NDArray[np.int16]) -> NDArray[np.float32]:
    """Rows [N, 120] of sounds int16 [N, T] at ``RATE``, whose zeros at the end are padding.

    Of 20 coefficients (Davis and Mermelstein, 1980): means and deviations, deviations of their slopes, and
    means over each third.
    """
    weights = mel_weights(_LOG_MEL, rate=RATE)
    rows = [_statistics(_coefficients(sound, weights)) for sound in sounds]
    return np.array(rows, np.float32).reshape(len(sounds), (3 + _PARTS) * COEFFICIENTS)


def _coefficients(sound: NDArray[np.int16], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """[frames, 20] of what is no padding, one frame at least."""
    look = _LOG_MEL
    heard = np.flatnonzero(sound)
    length = max(look.window, int(heard[-1]) + 1 if len(heard) else 0)
    waveform = np.zeros(length)
    known = sound[:length]
    waveform[: len(known)] = known / 32768.0
    frames = np.lib.stride_tricks.sliding_window_view(waveform, look.window)[:: look.hop]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(look.window), n=look.fft))
    levels = np.log(np.maximum(spectra @ weights, look.floor))
    return np.asarray(dct(levels, axis=1, norm="ortho")[:, :COEFFICIENTS])


def _statistics(found: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(found, ((_REACH, _REACH), (0, 0)), mode="edge")
    slopes = (padded[2 * _REACH :] - padded[: -2 * _REACH]) / (2 * _REACH)
    thirds = [found[rows].mean(axis=0) for rows in _thirds(len(found))]
    return np.concatenate([found.mean(axis=0), found.std(axis=0), slopes.std(axis=0), *thirds])


def _thirds(frames: int) -> list[NDArray[np.intp]]:
    """Rows of each third; of fewer frames than thirds, the nearest row."""
    edges = np.linspace(0, frames, _PARTS + 1).astype(int)
    return [np.arange(min(a, frames - 1), max(b, min(a, frames - 1) + 1)) for a, b in pairwise(edges)]
