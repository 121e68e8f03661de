"""Sound at another rate, without what the new rate cannot carry."""

from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_ZEROS = 32  # of the windowed sinc on each side, at the lower of both rates
_ROLLOFF = 0.94  # of the lower rate's Nyquist frequency is where the filter has fallen to a half
_BETA = 9.0  # of the Kaiser window: what is taken out lies 90 dB below, under the last bit of 16
_MOST_PHASES = 4_096  # rates without a common divisor meet in the nearest fraction: 0.01 % off at most


def resampled(
    waveform: NDArray[np.float32], *, rate: int, to: int, most: int | None = None
) -> NDArray[np.float32]:
    """The waveform [N] of ``rate`` at the rate ``to``: [round(N · to / rate)], its middle ``most`` of them.

    A polyphase windowed sinc (Kaiser) that lets pass what both rates can carry, without delay.
    """
    ratio = Fraction(to, rate).limit_denominator(_MOST_PHASES)
    up, down = ratio.numerator, ratio.denominator
    if most is not None:
        waveform = _middle(waveform, -(-(most + 4 * _ZEROS) * down // up) + 4 * _ZEROS)
    if up != down:
        waveform = _filtered(waveform, up=up, down=down)
    return waveform if most is None else _middle(waveform, most)


def _filtered(waveform: NDArray[np.float32], *, up: int, down: int) -> NDArray[np.float32]:
    from scipy.signal import upfirdn  # half a second to import, which readers of pictures need not wait for

    length = max(1, round(len(waveform) * up / down))
    taps = _taps(up, down)
    # Taps and input are shifted so that the first sample that is kept lies on the filter's centre.
    half = len(taps) // 2
    lead = -half % down
    padded = np.concatenate([np.zeros(lead, np.float32), taps])
    found = upfirdn(padded, waveform, up, down)[(half + lead) // down :][:length]
    return np.pad(found, (0, length - len(found)))


@lru_cache(maxsize=16)
def _taps(up: int, down: int) -> NDArray[np.float32]:
    lower = max(up, down)
    half = _ZEROS * lower
    places = np.arange(-half, half + 1) * (_ROLLOFF / lower)
    taps = np.sinc(places) * np.kaiser(2 * half + 1, _BETA)
    return np.asarray(taps / taps.sum() * up, np.float32)


def _middle(waveform: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    start = max(0, (len(waveform) - most) // 2)
    return waveform[start : start + most]
