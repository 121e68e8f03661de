"""Sounds made ready for a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.model.sound_spec import SoundPreprocessing


@dataclass(frozen=True, slots=True, kw_only=True)
class Waveform:
    """A sound that was decoded elsewhere: ``samples`` [N] or [N, channels], ``rate`` a second.

    Floats are in [-1, 1], integers in their type's whole range.
    """

    samples: NDArray[Any]
    rate: int


Sound = Path | bytes | Waveform


class SoundPreparer:
    """Decodes, mixes channels, resamples, trims and pads."""

    noun = "sound"

    def __init__(self, preprocessing: SoundPreprocessing, files: Mapping[str, bytes]) -> None:
        """It needs none of the ``files``."""
        self.preprocessing = preprocessing

    def prepare(self, source: Sound) -> NDArray[np.int16]:
        """Samples int16 [T]; raises SoundUnreadable, OSError for a path that cannot be read."""
        # Who serves pictures needs no library for sounds.
        from automl_tl.model.sound import load_sound, shape_sound

        if isinstance(source, Waveform):
            return shape_sound(_as_floats(source.samples), rate=source.rate, preprocessing=self.preprocessing)
        return load_sound(source, preprocessing=self.preprocessing)

    def lengths(self, contents: Sequence[bytes]) -> NDArray[np.int64]:
        """How many samples each file has at the preprocessing's rate, up to its length."""
        from automl_tl.model.sound import seconds_of

        look = self.preprocessing
        return np.array(
            [min(look.samples, ceil(seconds_of(data) * look.rate)) for data in contents], np.int64
        )


def _as_floats(samples: NDArray[Any]) -> NDArray[np.floating]:
    if samples.dtype.kind not in "iu":
        return np.asarray(samples, np.float64)
    whole = np.iinfo(samples.dtype)
    middle = 0 if samples.dtype.kind == "i" else whole.max // 2 + 1
    return (samples.astype(np.float64) - middle) / (whole.max - middle + 1)
