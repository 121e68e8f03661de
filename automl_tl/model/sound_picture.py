"""A sound as a small grey picture: mel bands by time, to be looked at, and compared with others."""

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from automl_tl.model.mel import mel_weights
from automl_tl.model.resampling import resampled
from automl_tl.model.sound import decode
from automl_tl.model.sound_spec import LogMel

_SUFFIXES = "wav wave flac ogg oga opus mp3 aif aiff aifc au snd caf w64 rf64"
SUFFIXES = frozenset(f".{suffix}" for suffix in _SUFFIXES.split())
"""What names of sound files end in."""

RATE = 8_000
"""What most copies still carry: telephones, old recordings, strong compression."""

_LOG_MEL = LogMel(window=256, hop=80, fft=256, bands=32, lowest=80.0, highest=3600.0)
_LOUDNESS = 40.0  # decibels below the loudest moment that are shown; what is fainter is noise of the copy
_EDGE = 30.0  # decibels below the loudest frame where a sound begins and ends: copies are padded and trimmed
_LEAST_SECONDS = 0.03


def as_example(source: Path | bytes, *, side: int) -> bytes:
    """The picture as a PNG of ``side`` × ``side`` pixels: time to the right, high tones above, loud is dark.

    Raises SoundUnreadable, OSError.
    """
    _, grey = sound_picture(source if isinstance(source, bytes) else source.read_bytes(), side=side)
    file = BytesIO()
    Image.fromarray(255 - grey[::-1]).save(file, "PNG")
    return file.getvalue()


def sound_picture(data: bytes, *, side: int) -> tuple[float, NDArray[np.uint8]]:
    """How many seconds are heard, and a grey picture uint8 [side, side] of them: mel bands by time.

    The same whatever format, rate, loudness and silence around. Every byte is decoded; raises
    SoundUnreadable.
    """
    waveform, rate = decode(data)
    sound = resampled(waveform, rate=rate, to=RATE)
    levels = _levels(np.pad(sound, (0, max(0, round(_LEAST_SECONDS * RATE) - len(sound)))))
    loud = levels.max(axis=0)
    heard = np.flatnonzero(loud >= loud.max() - _EDGE)
    levels = levels[:, heard[0] : heard[-1] + 1]
    grey = np.clip(1 + (levels - levels.max()) / _LOUDNESS, 0, 1) * 255
    seconds = levels.shape[1] * _LOG_MEL.hop / RATE
    return seconds, np.rint(_averaged(_averaged(grey, side).T, side).T).astype(np.uint8)


def _levels(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Decibels [bands, frames], at most 120 below full scale."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, _LOG_MEL.window)[:: _LOG_MEL.hop]
    weights = mel_weights(_LOG_MEL, rate=RATE)
    spectra = np.abs(np.fft.rfft(frames * np.hanning(_LOG_MEL.window))) / _LOG_MEL.window
    return np.asarray(20 * np.log10(np.maximum(spectra @ weights, 1e-6))).T


def _averaged(rows: NDArray[np.float64], cells: int) -> NDArray[np.float64]:
    """Rows [n, m] of averages over ``cells`` equal parts of m, [n, cells]; parts may be smaller than one."""
    length = rows.shape[1]
    sums = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(rows, axis=1)], axis=1)
    edges = np.linspace(0, length, cells + 1)
    whole = np.minimum(edges.astype(int), length - 1)
    upto = sums[:, whole] + (edges - whole) * rows[:, whole]
    return np.asarray(np.diff(upto, axis=1) * cells / length)
