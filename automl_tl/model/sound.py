"""From a sound file to the samples that a backbone wants to hear."""

import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from automl_tl.model.problem import SampleUnreadable
from automl_tl.model.resampling import resampled
from automl_tl.model.sound_spec import SoundPreprocessing

SECONDS = 600
"""Longer sounds are refused: a small file that unpacks to more memory than a machine has, or an album."""

RATES = (1_000, 384_000)
"""Samples a second that are read."""

CHANNELS = 32
"""More are refused: recordings have a few."""

# libsndfile also opens headerless and text formats, which would pass any bytes off as sound.
_FORMATS = frozenset({"WAV", "WAVEX", "RF64", "W64", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF"})
_BLOCK = 65_536  # frames decoded at once, so that of many channels only their mean is kept
_FULL_SCALE = 32_768.0
_UNKNOWN_SIZES = (0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000)  # of a WAV written to a pipe


class SoundUnreadable(SampleUnreadable):
    """A file is no sound, is broken, or is too long; the sentence continues the file's name."""


def load_sound(source: Path | bytes, *, preprocessing: SoundPreprocessing) -> NDArray[np.int16]:
    """The sound as ``preprocessing`` wants it: int16 [T], one channel at its rate.

    Channels are averaged; digital silence (zeros) at both ends is cut off, unless there is nothing else.
    Raises SoundUnreadable for bytes that are no whole sound, OSError for a path that cannot be read.
    """
    waveform, rate = decode(source if isinstance(source, bytes) else source.read_bytes())
    return shape_sound(waveform, rate=rate, preprocessing=preprocessing)


def shape_sound(
    waveform: NDArray[np.floating], *, rate: int, preprocessing: SoundPreprocessing
) -> NDArray[np.int16]:
    """The same for a waveform [N] or [N, channels] in [-1, 1] at ``rate``: int16 [T].

    One that goes beyond is made quieter as a whole. Raises SoundUnreadable: nothing in it, NaN, another
    shape, or a rate that is not read.
    """
    if waveform.ndim not in (1, 2) or not waveform.size:
        raise SoundUnreadable(f"has shape {list(waveform.shape)}, but a sound is [N] or [N, channels]")
    _require_rate(rate)
    mono = np.asarray(waveform if waveform.ndim == 1 else waveform.mean(axis=1), np.float32)
    if not np.isfinite(mono).all():
        raise SoundUnreadable("holds NaN or infinity, but samples are numbers")
    there = resampled(_trimmed(mono), rate=rate, to=preprocessing.rate, most=preprocessing.samples)
    loudest = float(np.abs(mono).max())
    sixteen = np.rint(there * (_FULL_SCALE / max(1.0, loudest)))
    found = np.zeros(preprocessing.samples, np.int16)
    found[: len(sixteen)] = np.clip(sixteen, -_FULL_SCALE, _FULL_SCALE - 1)
    return found


def decode(data: bytes) -> tuple[NDArray[np.float32], int]:
    """Every sample of a sound file, channels averaged: float32 [N], and its rate; raises SoundUnreadable."""
    with _open(data) as opened:
        rate, expected = opened.samplerate, opened.frames
        parts = [block.mean(axis=1) for block in _blocks(opened)]
    waveform = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    if not len(waveform):
        raise SoundUnreadable("holds no sound: it has 0 samples")
    if len(waveform) < expected and opened.format != "MP3":  # an MP3 says its length roughly
        raise SoundUnreadable(f"breaks off after {len(waveform):,} of {expected:,} samples")
    if not np.isfinite(waveform).all():
        raise SoundUnreadable("holds NaN or infinity, but samples are numbers")
    return waveform, rate


def verify(data: bytes) -> None:
    """Decode every byte of a sound, so that truncated files are found; raises SoundUnreadable."""
    decode(data)


def seconds_of(data: bytes) -> float:
    """How long a sound file lasts, as its header says; raises SoundUnreadable."""
    with _open(data) as opened:
        return float(opened.frames / opened.samplerate)


def _open(data: bytes) -> soundfile.SoundFile:
    if not data:
        raise SoundUnreadable("is empty")
    try:
        opened = soundfile.SoundFile(BytesIO(data))
    except (soundfile.SoundFileError, TypeError, ValueError) as error:
        raise SoundUnreadable("is not a sound in a format that can be read") from error
    try:
        _require_usual(opened, data)
    except SoundUnreadable:
        opened.close()
        raise
    return opened


def _require_usual(opened: soundfile.SoundFile, data: bytes) -> None:
    if opened.format not in _FORMATS:
        raise SoundUnreadable("is not a sound in a format that can be read")
    _require_rate(opened.samplerate)
    if opened.channels > CHANNELS:
        raise SoundUnreadable(f"has {opened.channels} channels, but a sound has at most {CHANNELS}")
    if opened.frames > SECONDS * opened.samplerate:
        seconds = opened.frames / opened.samplerate
        raise SoundUnreadable(f"lasts {seconds:,.0f} seconds, but a sound lasts at most {SECONDS}")
    missing = _missing_bytes(data)
    if missing:
        raise SoundUnreadable(f"breaks off: its last {missing:,} bytes are missing")


def _blocks(opened: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """Frames [n, channels], block by block."""
    most = SECONDS * opened.samplerate
    read = 0
    try:
        while len(block := opened.read(_BLOCK, dtype="float32", always_2d=True)):
            read += len(block)
            if read > most:  # the header said less
                raise SoundUnreadable(f"lasts longer than the {SECONDS} seconds that a sound may last")
            yield block
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise SoundUnreadable(f"breaks off or is damaged: {error}") from error


def _require_rate(rate: int) -> None:
    if not RATES[0] <= rate <= RATES[1]:
        raise SoundUnreadable(f"has {rate:,} samples a second, but {RATES[0]:,} to {RATES[1]:,} are read")


def _missing_bytes(data: bytes) -> int:
    """How many bytes a WAV's own header says are missing: libsndfile would read what is left, silently."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return 0
    place = 12
    while place + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        if name == b"data":
            return 0 if size in _UNKNOWN_SIZES else max(0, place + 8 + size - len(data))
        place += 8 + size + size % 2
    return 0


def _trimmed(waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    heard = np.flatnonzero(waveform)
    return waveform[heard[0] : heard[-1] + 1] if len(heard) else waveform
