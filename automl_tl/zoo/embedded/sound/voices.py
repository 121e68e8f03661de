"""Synthetic voices: what differs between speakers, and between two takes of one of them."""

from dataclasses import dataclass

import numpy as np

HELD_OUT_FROM = 1_000_000
"""Voices with this number or above are never heard while pretraining."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A speaker: ``pitch`` in Hz, ``formant_scale`` (a shorter vocal tract resonates higher), and manners.

    ``tempo`` scales durations, ``breath`` is noise beside the voice, ``tilt`` the power by which harmonics
    fall, ``fall`` the share of pitch lost over a word, ``accent`` [vowel] shifts of formants in shares.
    """

    pitch: float
    formant_scale: float
    tempo: float
    breath: float
    tilt: float
    fall: float
    accent: dict[str, tuple[float, float, float]]


def voice(number: int, phones: tuple[str, ...]) -> Voice:
    """The voice of that number: always the same, and as if drawn at random."""
    randomness = np.random.default_rng([number, 7])
    is_high = randomness.random() < 0.5
    shifts = np.exp(randomness.normal(0, 0.05, (len(phones), 3)))
    return Voice(
        pitch=float((205 if is_high else 118) * np.exp(randomness.normal(0, 0.16))),
        formant_scale=float((1.16 if is_high else 1.0) * np.exp(randomness.normal(0, 0.05))),
        tempo=float(np.exp(randomness.normal(0.2, 0.18))),
        breath=float(np.exp(randomness.normal(-3.4, 0.7))),
        tilt=float(randomness.uniform(0.4, 1.2)),
        fall=float(randomness.uniform(-0.1, 0.3)),
        accent={phone: tuple(map(float, row)) for phone, row in zip(phones, shifts, strict=True)},  # type: ignore[misc]
    )
