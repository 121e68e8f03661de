"""Small datasets of drawn sounds for the data room's tests."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile

RATE = 8_000


def chirp(seed: int, *, seconds: float = 0.4) -> np.ndarray:
    """Four tones that glide as the seed says, with a little noise: float64 [N] within [-1, 1]."""
    random = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    tones = sum(
        np.sin(2 * np.pi * (f + g * t) * t) * np.exp(-(((t / seconds - at) / 0.25) ** 2))
        for f, g, at in zip(
            random.uniform(200, 2500, 4), random.uniform(-900, 900, 4), random.uniform(0, 1, 4), strict=True
        )
    )
    return np.asarray(0.2 * tones + 0.002 * random.standard_normal(len(t)))


def sound_file(waveform: np.ndarray, *, rate: int = RATE, kind: str = "WAV") -> bytes:
    """The bytes of a file."""
    file = BytesIO()
    soundfile.write(file, waveform, rate, format=kind)
    return file.getvalue()


def draw_sounds(root: Path, counts: Mapping[str, int]) -> Path:
    """``counts`` sounds in each folder of that name below ``root``, all different."""
    seed = 0
    for folder, count in counts.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            (root / folder / f"{i:03d}.wav").write_bytes(sound_file(chirp(seed)))
            seed += 1
    return root
