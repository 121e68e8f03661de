"""How a sound reaches a microphone: later, through a room, coloured, louder or softer, in noise."""

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.embedded.sound.speech import RATE

_TAIL = 0.25  # seconds of echo at most
_BEFORE = 0.08  # seconds of silence before it at most
Floats = NDArray[np.float32]


def heard(sound: Floats, *, samples: int, randomness: np.random.Generator) -> NDArray[np.int16]:
    """A recording of ``sound`` [N] at 16 kHz: int16 [samples], what is longer cut off.

    Colour is a tilt of up to 6 dB an octave pair and a band limit in a third of the takes; noise lies 12 to
    50 dB below the loudest value.
    """
    before = int(randomness.uniform(0, _BEFORE) * RATE)
    length = samples + int(_TAIL * RATE)
    there = np.zeros(length, np.float32)
    kept = sound[: length - before]
    there[before : before + len(kept)] = kept
    spectrum = np.fft.rfft(there) * _colour(length, randomness=randomness)
    spectrum *= np.fft.rfft(_echoes(randomness=randomness), n=length)
    recorded = np.fft.irfft(spectrum, n=length)[:samples]
    recorded /= max(1e-3, float(np.abs(recorded).max()))
    noise = np.exp(randomness.uniform(np.log(10 ** (-50 / 20)), np.log(10 ** (-12 / 20))))
    recorded = recorded + noise * randomness.standard_normal(samples) / 3
    gain = np.exp(randomness.uniform(np.log(0.05), np.log(0.95)))
    found: NDArray[np.int16] = np.rint(np.clip(recorded * gain, -1, 1) * 32767).astype(np.int16)
    return found


def _colour(length: int, *, randomness: np.random.Generator) -> Floats:
    """A multiplier for each frequency of ``rfft``."""
    heights = np.fft.rfftfreq(length, 1 / RATE) + 50
    found = (heights / 1000) ** randomness.uniform(-0.5, 0.5)
    if randomness.random() < 1 / 3:
        lowest, highest = randomness.uniform(50, 350), randomness.uniform(3000, 7000)
        found = found / (1 + (lowest / heights) ** 4) / (1 + (heights / highest) ** 8)
    return found.astype(np.float32)


def _echoes(*, randomness: np.random.Generator) -> Floats:
    """The room's answer to a click: the click, then noise that fades."""
    fade = randomness.uniform(0.01, _TAIL / 4)
    time = np.arange(int(_TAIL * RATE)) / RATE
    tail = randomness.standard_normal(len(time)) * np.exp(-time / fade)
    tail *= randomness.uniform(0, 0.5) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return tail.astype(np.float32)
