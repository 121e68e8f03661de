"""Near copies of sounds are found in other formats, at other rates, louder, trimmed or padded."""

import io
from collections.abc import Callable

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from automl_tl.data.near_pictures import near_pictures
from automl_tl.data.sketch import SKETCH
from automl_tl.data.sound import sketch_sound

RATE = 8000
SOUNDS = 60
Wave = NDArray[np.float64]


def melody(seed: int) -> Wave:
    """A second of gliding tones over faint noise, another one for each seed."""
    draw = np.random.default_rng(seed)
    time = np.arange(RATE) / RATE
    wave = 0.002 * draw.normal(size=RATE)
    for _ in range(5):
        start, glide, at = draw.uniform(200, 3000), draw.uniform(-800, 800), draw.uniform(0, 0.9)
        loud = draw.uniform(0.05, 0.15) * np.exp(-(((time - at) / draw.uniform(0.05, 0.2)) ** 2))
        wave += loud * np.sin(2 * np.pi * (start * time + glide * time**2 / 2))
    return wave


def encoded(wave: Wave, rate: int = RATE, kind: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, wave, rate, format=kind)
    return file.getvalue()


CHANGES: dict[str, Callable[[Wave], bytes]] = {
    "quieter": lambda wave: encoded(0.3 * wave),
    "of another rate": lambda wave: encoded(resample_poly(wave, 2, 1), 2 * RATE),
    "in another format": lambda wave: encoded(wave, kind="OGG"),
    "stereo": lambda wave: encoded(np.stack([wave, wave], axis=1)),
    "trimmed": lambda wave: encoded(wave[RATE // 25 :]),
}


@pytest.fixture(scope="module")
def sketches() -> bytes:
    return b"".join(sketch_sound(encoded(melody(seed))) for seed in range(SOUNDS))


@pytest.mark.parametrize("change", CHANGES)
def test_changed_copy_of_a_sound_is_found_and_nothing_else(sketches: bytes, change: str) -> None:
    copies = b"".join(sketch_sound(CHANGES[change](melody(seed))) for seed in range(5))
    records = np.frombuffer(sketches + copies, dtype=SKETCH)

    found = near_pictures(records, np.arange(len(records)))

    assert {tuple(sorted(pair)) for pair in found.pairs.tolist()} == {(i, SOUNDS + i) for i in range(5)}
