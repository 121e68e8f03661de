"""Sounds that nobody speaks: tones, chords, bells, sweeps, pulses and hiss; each class is drawn once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.embedded.sound.speech import RATE

_PARTIALS = 5
_HIGHEST = 7_600.0  # Hz
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """One class: what its takes share.

    Partials at ``ratios`` [P] of ``pitch`` in Hz, each as loud as ``loudness`` [P] and fading by ``decays``
    [P] a second; the pitch glides by ``glide`` octaves, swings ``vibrato`` times a second by ``swing`` in
    shares; ``pulses`` a second, of which ``duty`` is sounding (0: one long); ``hiss`` is noise beside it.
    """

    pitch: float
    ratios: Floats
    loudness: Floats
    decays: Floats
    glide: float
    vibrato: float
    swing: float
    pulses: float
    duty: float
    hiss: float


def draw_tone(randomness: np.random.Generator) -> Tone:
    """A new class: a third of them harmonic, a third like bells, a third pure."""
    kind = randomness.integers(3)
    ratios = np.arange(1, _PARTIALS + 1) if kind == 0 else np.sort(randomness.uniform(1, 6, _PARTIALS))
    loudness = np.exp(randomness.normal(-0.5, 0.8, _PARTIALS)) * (
        np.arange(_PARTIALS) < (1 if kind == 2 else 5)
    )
    moves, pulsed = randomness.random(3) < 0.5, randomness.random() < 0.4
    return Tone(
        pitch=float(np.exp(randomness.uniform(np.log(150), np.log(2500)))),
        ratios=ratios.astype(np.float32),
        loudness=loudness.astype(np.float32),
        decays=np.exp(randomness.normal(1.0, 1.0, _PARTIALS)).astype(np.float32),
        glide=float(moves[0] * randomness.uniform(-1.5, 1.5)),
        vibrato=float(randomness.uniform(3, 25)),
        swing=float(moves[1] * randomness.uniform(0.01, 0.2)),
        pulses=float(pulsed * randomness.uniform(4, 25)),
        duty=float(randomness.uniform(0.2, 0.8)),
        hiss=float(moves[2] * np.exp(randomness.normal(-2, 1.0))),
    )


def sounded(tone: Tone, *, seconds: float, randomness: np.random.Generator) -> Floats:
    """One take, float32 [N] at 16 kHz with its loudest value 1; pitch, time and loudness vary a little."""
    take = np.exp(randomness.normal(0, 0.06, 4))
    time = np.arange(int(seconds * RATE), dtype=np.float32) / RATE
    swing = tone.swing * np.sin(2 * np.pi * tone.vibrato * take[1] * time + randomness.uniform(0, 6.3))
    pitch = tone.pitch * take[0] * np.exp2(tone.glide * time / seconds) * (1 + swing)
    phase = 2 * np.pi * np.cumsum(pitch, dtype=np.float64) / RATE
    audible = (pitch[:, None] * tone.ratios) < _HIGHEST
    sines = np.sin(phase[:, None] * tone.ratios + randomness.uniform(0, 6.3, _PARTIALS))
    loudness = tone.loudness * np.exp(-tone.decays * take[2] * time[:, None]) * audible
    sound = (sines * loudness).sum(axis=1) + tone.hiss * randomness.standard_normal(len(time))
    if tone.pulses:
        sound = sound * ((time * tone.pulses * take[3]) % 1 < tone.duty)
    found: Floats = (sound / max(1e-3, float(np.abs(sound).max()))).astype(np.float32)
    return found
