"""Sounds are varied within bounds, alike from the same randomness, and padding stays padding."""

import numpy as np
import pytest
import torch

from automl_tl.training.sound_augment import augment_sounds, viewed_sounds

RATE = 16_000


@pytest.fixture
def sounds() -> torch.Tensor:
    """Three sounds of noise, int16 [3, 8000], of which the second is padded from 5000 on."""
    noise = np.random.default_rng(0).normal(0, 3000, (3, 8000)).astype(np.int16)
    noise[1, 5000:] = 0
    return torch.from_numpy(noise)


def _varied(sounds: torch.Tensor, strength: float, *, seed: int = 0) -> torch.Tensor:
    return augment_sounds(sounds, strength=strength, randomness=np.random.default_rng(seed))


def test_strength_nought_leaves_sounds_as_they_are(sounds: torch.Tensor) -> None:
    assert torch.equal(_varied(sounds, 0.0), sounds.float())


def test_the_same_randomness_varies_alike_and_another_otherwise(sounds: torch.Tensor) -> None:
    assert torch.equal(_varied(sounds, 0.7), _varied(sounds, 0.7))
    assert not torch.equal(_varied(sounds, 0.7), _varied(sounds, 0.7, seed=1))


def test_varied_sounds_stay_in_range_and_padding_stays_padding(sounds: torch.Tensor) -> None:
    for seed in range(20):
        varied = _varied(sounds * 8, 1.0, seed=seed)

        assert varied.abs().max() <= 32768
        assert not varied[1, 5000 + int(0.15 * 5000) + 1 :].any()
        assert varied[1].any()


def test_at_small_strength_a_sound_is_only_moved_and_louder_or_quieter() -> None:
    click = torch.zeros(1, 4000, dtype=torch.int16)
    click[0, 2000] = 10_000
    click[0, 3999] = 1  # ends it

    places, gains = set(), set()
    for seed in range(40):
        varied = _varied(click, 0.01, seed=seed)[0]
        places.add(int(varied.abs().argmax()) - 2000)
        gains.add(float(20 * torch.log10(varied.abs().max() / 10_000)))

    assert min(places) < 0 < max(places) and max(map(abs, places)) <= 0.0015 * 4000
    assert min(gains) < 0 < max(gains) and max(map(abs, gains)) <= 0.12 + 0.3  # a narrow notch takes a little


def test_a_sounds_version_is_the_same_in_any_batch(sounds: torch.Tensor) -> None:
    names = np.array([f"{n:064x}" for n in (7, 2**250, 2**255)], "S64")

    together = viewed_sounds(sounds, samples=names, view=3)

    alone = viewed_sounds(sounds[1:2], samples=names[1:2], view=3)
    assert torch.equal(together[1:2], alone)
    assert not torch.equal(viewed_sounds(sounds, samples=names, view=4), together)
