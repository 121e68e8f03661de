"""Spoken words by formant synthesis: harmonics under a moving spectral envelope, and shaped noise.

The source and filter of Fant (1960), with the magnitudes of Klatt's cascade (JASA 67, 1980), but added up as
sines, so that resonances may move.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.embedded.sound.phones import PHONES, Phone, Word
from automl_tl.zoo.embedded.sound.voices import Voice

RATE = 16_000
_STEP = 80  # samples between two settings of the synthesiser, 5 ms
_HIGHEST = 7_600.0  # Hz
_BANDWIDTHS = (70.0, 100.0, 160.0, 250.0, 300.0)
_UPPER = (3500.0, 4500.0)  # the formants that no phone moves, Hz
_GLIDE = 8  # steps over which formants move from one phone to the next
_ONSET = 3  # steps over which loudness does
_TAKE = 0.08  # how much two takes of one voice differ, as a standard deviation of logarithms
_HISS = 0.4  # of noise beside the voice
_LEAST = 1e-3
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    """What the synthesiser is set to, step by step: formants [S, 5] and pitch [S] in Hz, loudness [S]."""

    formants: Floats
    pitch: Floats
    voice: Floats
    noise: Floats
    noise_at: Floats
    noise_width: Floats


def spoken(word: Word, *, voice: Voice, randomness: np.random.Generator) -> Floats:
    """One take of a word, float32 [N] at 16 kHz with its loudest value 1; no two takes are equal."""
    track = _track(word, voice=voice, randomness=randomness)
    sound = _harmonics(track, tilt=voice.tilt) + _noise(track, breath=voice.breath, randomness=randomness)
    found: Floats = (sound / max(_LEAST, float(np.abs(sound).max()))).astype(np.float32)
    return found


def _track(word: Word, *, voice: Voice, randomness: np.random.Generator) -> _Track:
    settings: list[tuple[float, ...]] = [_silent(word[0], voice=voice)] * _ONSET
    take = voice.tempo * np.exp(randomness.normal(0, _TAKE))
    for name in word:
        phone = PHONES[name]
        settings += [_shut(name, voice=voice)] * _steps(phone.closed * take)
        long = phone.milliseconds * take * np.exp(randomness.normal(0, _TAKE))
        settings += [_open(name, phone, voice=voice)] * max(2, _steps(long))
    settings += [_silent(word[-1], voice=voice)] * _ONSET
    rows = np.array(settings, np.float32)
    formants = _smoothed(rows[:, :3], _GLIDE) * np.float32(np.exp(randomness.normal(0, _TAKE / 3)))
    upper = np.broadcast_to(np.array(_UPPER, np.float32) * np.float32(voice.formant_scale), (len(rows), 2))
    loudness = _smoothed(rows[:, 3:5], _ONSET)
    return _Track(
        formants=np.concatenate([formants, upper], axis=1),
        pitch=_pitch(len(rows), voice=voice, randomness=randomness),
        voice=loudness[:, 0],
        noise=loudness[:, 1],
        noise_at=rows[:, 5],
        noise_width=rows[:, 6],
    )


def _open(name: str, phone: Phone, *, voice: Voice) -> tuple[float, ...]:
    formants = _resonances(name, voice=voice)
    noise_at = phone.noise_at * voice.formant_scale
    return *formants, phone.voice, _HISS * phone.noise, noise_at, phone.noise_width


def _shut(name: str, *, voice: Voice) -> tuple[float, ...]:
    """Before a stop bursts: silence, or the murmur of a voiced one."""
    phone = PHONES[name]
    return *_resonances(name, voice=voice), 0.15 * phone.voice, 0.0, phone.noise_at, phone.noise_width


def _silent(name: str, *, voice: Voice) -> tuple[float, ...]:
    return *_resonances(name, voice=voice), 0.0, 0.0, PHONES[name].noise_at, PHONES[name].noise_width


def _resonances(name: str, *, voice: Voice) -> tuple[float, ...]:
    shifts = voice.accent[name]
    pairs = zip(PHONES[name].formants, shifts, strict=True)
    return tuple(formant * shift * voice.formant_scale for formant, shift in pairs)


def _pitch(steps: int, *, voice: Voice, randomness: np.random.Generator) -> Floats:
    """Falling over the word, with a slow wander."""
    share = np.linspace(0, 1, steps)
    wander = np.interp(share, np.linspace(0, 1, 5), randomness.normal(0, 0.03, 5))
    take = np.exp(randomness.normal(0, _TAKE))
    found: Floats = (voice.pitch * take * (1 - voice.fall * share) * np.exp(wander)).astype(np.float32)
    return found


def _harmonics(track: _Track, *, tilt: float) -> Floats:
    """The voice: sines [T, K] at the multiples of the pitch, each as loud as the envelope says."""
    count = int(_HIGHEST / float(track.pitch.max()))
    multiples = np.arange(1, count + 1, dtype=np.float32)
    heights = track.pitch[:, None] * multiples
    loudness = _envelope(heights, track.formants) * multiples**-tilt * track.voice[:, None]
    phase = 2 * np.pi * np.cumsum(_drawn_out(track.pitch[:, None])[:, 0], dtype=np.float64) / RATE
    sines = np.sin((phase % (2 * np.pi)).astype(np.float32)[:, None] * multiples)
    found: Floats = np.einsum("tk,tk->t", sines, _drawn_out(loudness))
    return found


def _noise(track: _Track, *, breath: float, randomness: np.random.Generator) -> Floats:
    """Hissing and breath [T]: white noise whose spectrum is shaped step by step, overlapped and added."""
    window, steps = 4 * _STEP, len(track.noise)
    heights = np.fft.rfftfreq(window, 1 / RATE).astype(np.float32)
    away = (heights - track.noise_at[:, None]) / track.noise_width[:, None]
    wanted = track.noise[:, None] * np.exp(-0.5 * away**2)
    wanted += breath * track.voice[:, None] * _envelope(np.broadcast_to(heights, away.shape), track.formants)
    white = randomness.standard_normal((steps, window)).astype(np.float32)
    frames = np.fft.irfft(np.fft.rfft(white) * wanted, n=window) * np.hanning(window)
    sound = np.zeros(steps * _STEP + window, np.float32)
    for step, frame in enumerate(frames):
        sound[step * _STEP : step * _STEP + window] += frame
    return sound[window // 2 : window // 2 + steps * _STEP]


def _envelope(heights: Floats, formants: Floats) -> Floats:
    """How five resonances in a row answer at ``heights`` [S, K] in Hz: magnitudes [S, K]."""
    found = np.ones(heights.shape, np.float32)
    for place, width in enumerate(_BANDWIDTHS):
        centre = formants[:, place : place + 1]
        found *= centre**2 / np.sqrt((centre**2 - heights**2) ** 2 + (width * heights) ** 2)
    return found


def _steps(milliseconds: float) -> int:
    return round(milliseconds * RATE / 1000 / _STEP)


def _smoothed(rows: Floats, steps: int) -> Floats:
    """The running mean over ``steps`` rows, the ends held."""
    padded = np.pad(rows, ((steps // 2, steps - 1 - steps // 2), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, steps, axis=0)
    found: Floats = windows.mean(axis=2, dtype=np.float32)
    return found


def _drawn_out(rows: Floats) -> Floats:
    """From steps [S, K] to samples [S · step, K], in straight lines."""
    share = np.arange(_STEP, dtype=np.float32)[:, None] / _STEP
    following = np.concatenate([rows[1:], rows[-1:]])
    lines = rows[:, None] * (1 - share) + following[:, None] * share
    drawn: Floats = lines.reshape(len(rows) * _STEP, -1).astype(np.float32, copy=False)
    return drawn
