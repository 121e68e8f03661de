"""Synthetic spoken digits as class folders, for the demo and the tests; nobody real speaks in them."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.embedded.sound.phones import DIGITS, PHONES
from automl_tl.zoo.embedded.sound.rooms import heard
from automl_tl.zoo.embedded.sound.speech import RATE, spoken
from automl_tl.zoo.embedded.sound.voices import HELD_OUT_FROM, voice

VOICES = {"train": 30, "test": 20}
"""Each says every digit ``TAKES`` times; no voice is in both, and pretraining heard none of them."""

TAKES = 2
_QUIET = 0.1  # seconds after a word


def write_spoken_digits(folder: Path, *, voices: dict[str, int] | None = None) -> Path:
    """Write ``folder/<split>/<digit>/<voice>-<take>.wav`` (16 kHz, 16 bit), and return ``folder``.

    The same files every time.
    """
    wanted = voices or VOICES
    first = HELD_OUT_FROM
    for split, count in wanted.items():
        for number in range(first, first + count):
            _say_all(folder / split, number)
        first += count
    return folder


def _say_all(folder: Path, number: int) -> None:
    speaker = voice(number, tuple(PHONES))
    for digit, word in enumerate(DIGITS):
        for take in range(TAKES):
            path = folder / str(digit) / f"{number - HELD_OUT_FROM:03d}-{take}.wav"
            if path.is_file():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            randomness = np.random.default_rng([number, digit, take])
            sound = spoken(word, voice=speaker, randomness=randomness)
            samples = len(sound) + int(_QUIET * RATE)
            _write(path, heard(sound, samples=samples, randomness=randomness))


def _write(path: Path, sound: NDArray[np.int16]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.astype("<i2").tobytes())
