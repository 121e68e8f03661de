"""The embedded sound net: the voices and tones it comes from, and that it is made again."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from automl_tl.model.sound import decode
from automl_tl.proof.spoken_digits import TAKES, write_spoken_digits
from automl_tl.zoo.embedded.sound import pretrain as recipe
from automl_tl.zoo.embedded.sound import sounds
from automl_tl.zoo.embedded.sound.net import NET
from automl_tl.zoo.embedded.sound.phones import DIGITS, PHONES, VOWELS
from automl_tl.zoo.embedded.sound.rooms import heard
from automl_tl.zoo.embedded.sound.speech import RATE, spoken
from automl_tl.zoo.embedded.sound.tones import draw_tone, sounded
from automl_tl.zoo.embedded.sound.voices import voice

NAMES = tuple(PHONES)


def say(word: tuple[str, ...], *, number: int = 3, seed: int = 0) -> np.ndarray:
    return spoken(word, voice=voice(number, NAMES), randomness=np.random.default_rng(seed))


def loudest(sound: np.ndarray, *, low: float, high: float) -> float:
    """Where the spectrum between two frequencies is loudest, in Hz."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    heights = np.fft.rfftfreq(len(sound), 1 / RATE)
    inside = (heights >= low) & (heights <= high)
    return float(heights[inside][spectrum[inside].argmax()])


@pytest.mark.parametrize("vowel", VOWELS)
def test_a_vowel_is_loudest_near_its_second_formant(vowel: str) -> None:
    speaker = voice(3, NAMES)
    _, second, third = VOWELS[vowel].formants
    expected = second * speaker.formant_scale * speaker.accent[vowel][1]

    found = loudest(say((vowel,)), low=0.8 * expected, high=min(1.25 * expected, 0.9 * third))

    assert abs(found - expected) < 1.2 * speaker.pitch  # the nearest harmonic stands for it


def test_an_s_hisses_above_a_vowel() -> None:
    def share_above(sound: np.ndarray) -> float:
        energy = np.abs(np.fft.rfft(sound)) ** 2
        return float(energy[np.fft.rfftfreq(len(sound), 1 / RATE) > 4000].sum() / energy.sum())

    assert share_above(say(("s",))) > 0.5 > 0.1 > share_above(say(("aa",)))


def test_takes_differ_and_the_same_seed_says_the_same() -> None:
    word = DIGITS[7]

    assert np.array_equal(say(word), say(word))
    assert not np.array_equal(say(word, seed=1)[:1000], say(word)[:1000])
    assert len({len(say(word, number=number)) for number in range(8)}) > 4  # fast and slow speakers


def test_tones_and_recordings_stay_in_range() -> None:
    randomness = np.random.default_rng(0)
    tones = [sounded(draw_tone(randomness), seconds=0.3, randomness=randomness) for _ in range(20)]

    recordings = [heard(tone, samples=8000, randomness=randomness) for tone in tones]

    assert all(np.abs(tone).max() <= 1.0 and np.isfinite(tone).all() for tone in tones)
    assert all(np.abs(recording).max() > 500 for recording in recordings)
    assert {recording.shape for recording in recordings} == {(8000,)}


def test_no_pretraining_says_a_digit() -> None:
    words = sounds.invented_words(3000, randomness=np.random.default_rng(0))

    assert len(set(words)) == 3000
    assert not set(words) & set(DIGITS)


def test_the_same_seed_makes_the_same_net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "WORDS", 6)
    monkeypatch.setattr(sounds, "TONES", 4)
    said: list[str] = []

    for name in ("one", "two"):
        recipe.pretrain(out=tmp_path / name, seed=2, minutes=0, progress=said.append, takes=2)

    one, two = (load_file(tmp_path / n / NET.name / "model.safetensors") for n in ("one", "two"))
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert said[-1].startswith("tiny_audio_resnet: step 8 of 8")


def test_no_voice_of_the_spoken_digits_is_in_both_splits(tmp_path: Path) -> None:
    folder = write_spoken_digits(tmp_path, voices={"train": 2, "test": 1})

    files = {split: sorted((folder / split).glob("*/*.wav")) for split in ("train", "test")}
    assert {split: len(found) for split, found in files.items()} == {"train": 40, "test": 10 * TAKES}
    voices = {split: {path.name.partition("-")[0] for path in found} for split, found in files.items()}
    assert voices == {"train": {"000", "001"}, "test": {"002"}}
    waveform, rate = decode(files["test"][0].read_bytes())
    assert rate == RATE
    assert 0.2 < len(waveform) / rate < 1.5
