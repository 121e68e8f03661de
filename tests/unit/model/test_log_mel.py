"""Front ends: exact by a slow reference, and the same as each published model's own."""

import math

import numpy as np
import pytest
import torch
from transformers import ASTFeatureExtractor, Wav2Vec2FeatureExtractor, WhisperFeatureExtractor

from automl_tl.model.sound_input import heard
from automl_tl.model.sound_spec import LogMel, SoundPreprocessing
from automl_tl.zoo.front_ends import FrontEnd, ast, audioset, picture, waveform, whisper

RATE = 16_000


@pytest.fixture(scope="module")
def chirp() -> np.ndarray:
    """Half a second that rises from 200 Hz, with noise: int16."""
    t = np.arange(RATE // 2) / RATE
    noise = np.random.default_rng(0).standard_normal(len(t))
    return np.rint(32768 * (0.3 * np.sin(2 * np.pi * (200 + 2000 * t) * t) + 0.02 * noise)).astype(np.int16)


def _prepared(sound: np.ndarray, look: SoundPreprocessing) -> torch.Tensor:
    found = np.zeros((1, look.samples), np.int16)
    found[0, : len(sound)] = sound[: look.samples]
    return torch.from_numpy(found)


def _ast() -> FrontEnd:
    return ast({}, bands=128, frames=1024, patch=16, stride=10)


def _slow(sound: np.ndarray, look: LogMel) -> np.ndarray:
    """Frames [frames, bands] written from the formulas, one number after another, in float64."""
    samples = sound / 32768.0
    weighted = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(look.window) / look.window)
    line = np.arange(look.fft // 2 + 1)
    turns = np.exp(-2j * np.pi * np.outer(line, np.arange(look.window)) / look.fft)
    mels = [2595 * math.log10(1 + f / 700) for f in line * RATE / look.fft]
    low, high = (2595 * math.log10(1 + f / 700) for f in (look.lowest, look.highest))
    step = (high - low) / (look.bands + 1)
    weights = [
        [max(0.0, 1 - abs(mel - low - (b + 1) * step) / step) for b in range(look.bands)] for mel in mels
    ]
    starts = range(0, len(samples) - look.window + 1, look.hop)
    spectra = [np.abs(turns @ (weighted * samples[s : s + look.window])) for s in starts]
    return np.log(np.array(spectra) @ np.array(weights) + look.offset)


def test_audiosets_front_end_is_exact(chirp: np.ndarray) -> None:
    look = audioset(frames=96, bands=64).fitted(0)
    log_mel = look.log_mel
    assert log_mel is not None

    found = heard(_prepared(chirp, look), look)

    expected = _slow(_prepared(chirp, look)[0].numpy(), log_mel)
    assert found.shape == (1, *look.geometry) == (1, 1, 96, 64)
    assert np.abs(found[0, 0].numpy() - expected).max() < 2e-5


def test_whispers_front_end_is_its_own(chirp: np.ndarray) -> None:
    look = whisper({}, bands=80).longest

    found = heard(_prepared(chirp, look), look)

    theirs = WhisperFeatureExtractor()(chirp / np.float32(32768), sampling_rate=RATE, return_tensors="pt")
    assert found.shape == (1, *look.geometry) == (1, 80, 3000)
    assert torch.allclose(found, theirs.input_features, atol=1e-5)


@pytest.mark.filterwarnings("ignore:At least one mel filter has all zero values")
def test_asts_front_end_is_its_own_padding_included(chirp: np.ndarray) -> None:
    look = _ast().longest

    found = heard(_prepared(chirp, look), look)

    theirs = ASTFeatureExtractor()(chirp / np.float32(32768), sampling_rate=RATE, return_tensors="pt")
    assert found.shape == (1, *look.geometry) == (1, 1024, 128)
    assert torch.allclose(found, theirs.input_values, atol=1e-4)


def test_a_waveform_is_standardised_over_what_is_no_padding(chirp: np.ndarray) -> None:
    look = waveform({}).fitted(RATE)

    found = heard(_prepared(chirp, look), look)

    extractor = Wav2Vec2FeatureExtractor(return_attention_mask=True)
    theirs = extractor(
        chirp / np.float32(32768),
        sampling_rate=RATE,
        padding="max_length",
        max_length=look.samples,
        return_tensors="pt",
    )
    assert torch.allclose(found, theirs.input_values, atol=1e-5)


def test_silence_is_finite_behind_every_front_end() -> None:
    for front_end in _all():
        look = front_end.fitted(RATE)
        assert heard(torch.zeros(2, look.samples, dtype=torch.int16), look).isfinite().all()


@pytest.mark.parametrize("samples", [0, 5_000, 16_000, 53_000, 900_000])
def test_front_ends_are_fitted_to_the_lengths_of_sounds_within_their_bounds(samples: int) -> None:
    for front_end in _all():
        look, longest = front_end.fitted(samples), front_end.longest.samples

        assert front_end.shortest <= look.samples <= longest
        assert look.samples >= min(samples, longest)
        assert look.samples < max(front_end.shortest, samples) + front_end.step
        assert heard(torch.zeros(1, look.samples, dtype=torch.int16), look).shape == (1, *look.geometry)


def _all() -> tuple[FrontEnd, ...]:
    square = picture(size=32, channels=3)
    return audioset(frames=96, bands=64), whisper({}, bands=80), waveform({}), _ast(), square
