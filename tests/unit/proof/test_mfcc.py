"""The cheap classifier's view of sounds: the same for a sound however it is padded, loud or not."""

import numpy as np

from automl_tl.proof.mfcc import COEFFICIENTS, RATE, mfcc_statistics


def _vowel(*formants: float, seconds: float = 0.5) -> np.ndarray:
    """A buzz of 120 Hz whose overtones are loud near the formants: int16 [N]."""
    t = np.arange(round(seconds * RATE)) / RATE
    tones = [
        sum(1 / (1 + ((120 * k - f) / 100) ** 2) for f in formants) * np.sin(2 * np.pi * 120 * k * t)
        for k in range(1, 50)
    ]
    wave = np.sum(tones, axis=0)
    return np.asarray(7000 * wave / np.abs(wave).max(), np.int16)


def _padded(sound: np.ndarray, samples: int) -> np.ndarray:
    return np.pad(sound, (0, samples - len(sound)))


def test_padding_is_not_heard() -> None:
    sound = _vowel(700, 1200)

    rows = mfcc_statistics(np.stack([_padded(sound, 16_000), _padded(sound[:4000], 16_000)]))
    shorter = mfcc_statistics(np.stack([_padded(sound, 10_000), _padded(sound[:4000], 10_000)]))

    assert rows.shape == (2, 6 * COEFFICIENTS)
    assert np.allclose(rows, shorter)


def test_loudness_moves_the_first_coefficient_alone() -> None:
    quiet, loud = mfcc_statistics(np.stack([_vowel(700, 1200), 4 * _vowel(700, 1200)]))

    moved = np.flatnonzero(np.abs(loud - quiet) > 0.2)

    assert set(moved % COEFFICIENTS) == {0}


def test_vowels_are_told_apart_and_their_order_is_heard() -> None:
    a, i = _vowel(700, 1200), _vowel(300, 2300)

    ai, ia, aa = mfcc_statistics(np.stack([np.concatenate(pair) for pair in ((a, i), (i, a), (a, a))]))

    assert np.abs(ai - aa).max() > 1
    assert np.allclose(ai[: 2 * COEFFICIENTS], ia[: 2 * COEFFICIENTS], atol=0.2)  # means and deviations
    assert np.abs(ai - ia)[3 * COEFFICIENTS :].max() > 1  # the thirds


def test_silence_and_the_shortest_sounds_give_numbers() -> None:
    short = np.zeros((2, 100), np.int16)
    short[1, :3] = 50

    assert np.isfinite(mfcc_statistics(short)).all()
