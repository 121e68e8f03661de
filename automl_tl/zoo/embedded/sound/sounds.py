"""What the embedded sound net learns to tell apart: invented words and classes of tones, taken often."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from automl_tl.model.sound_input import heard as front_end
from automl_tl.zoo.embedded.sound.net import BANDS
from automl_tl.zoo.embedded.sound.phones import CONSONANTS, DIGITS, PHONES, VOWELS, Word
from automl_tl.zoo.embedded.sound.rooms import heard
from automl_tl.zoo.embedded.sound.speech import spoken
from automl_tl.zoo.embedded.sound.tones import draw_tone, sounded
from automl_tl.zoo.embedded.sound.voices import HELD_OUT_FROM, voice
from automl_tl.zoo.front_ends import audioset

FRAMES = 64
WORDS, TONES = 600, 200
_SYLLABLES = (0.55, 0.45)  # of words with one, and with two
_ENDS_OPEN = 0.5
_SHORTEST, _LONGEST = 0.15, 0.6  # seconds of a tone
_REPORT_EVERY = 50  # classes
Take = Callable[[np.random.Generator], NDArray[np.float32]]


def recorded(*, takes: int, seed: int, progress: Callable[[str], None]) -> tuple[Tensor, Tensor]:
    """``takes`` of each class as the net sees them: float16 [N, FRAMES, BANDS], and labels: int64 [N]."""
    randomness = np.random.default_rng(seed)
    look = audioset(frames=FRAMES, bands=BANDS).fitted(0)
    classes = [_speaker(word) for word in invented_words(WORDS, randomness=randomness)]
    classes += [_player(randomness) for _ in range(TONES)]
    found: list[Tensor] = []
    for number, take in enumerate(classes):
        sounds = [heard(take(randomness), samples=look.samples, randomness=randomness) for _ in range(takes)]
        found.append(front_end(torch.from_numpy(np.stack(sounds)), look).squeeze(1).half())
        if (number + 1) % _REPORT_EVERY == 0:
            progress(f"{number + 1} of {len(classes)} classes sounded")
    return torch.cat(found), torch.arange(len(classes)).repeat_interleave(takes)


def invented_words(count: int, *, randomness: np.random.Generator) -> list[Word]:
    """Different words of one or two syllables, none of them a digit."""
    found: dict[Word, None] = {}
    while len(found) < count:
        syllables = 1 + int(randomness.choice(2, p=_SYLLABLES))
        word = tuple(phone for _ in range(syllables) for phone in _syllable(randomness))
        if word not in DIGITS:
            found[word] = None
    return list(found)


def _syllable(randomness: np.random.Generator) -> Word:
    start = (str(randomness.choice(list(CONSONANTS))),)
    middle = (str(randomness.choice(list(VOWELS))),)
    end = () if randomness.random() < _ENDS_OPEN else (str(randomness.choice(list(CONSONANTS))),)
    return start + middle + end


def _speaker(word: Word) -> Take:
    def take(randomness: np.random.Generator) -> NDArray[np.float32]:
        speaker = voice(int(randomness.integers(HELD_OUT_FROM)), tuple(PHONES))
        return spoken(word, voice=speaker, randomness=randomness)

    return take


def _player(randomness: np.random.Generator) -> Take:
    tone = draw_tone(randomness)

    def take(randomness: np.random.Generator) -> NDArray[np.float32]:
        seconds = float(randomness.uniform(_SHORTEST, _LONGEST))
        return sounded(tone, seconds=seconds, randomness=randomness)

    return take
