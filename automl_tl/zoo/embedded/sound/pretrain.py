"""The recipe that makes the embedded sound net again: words and tones, told apart whoever says them."""

from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from automl_tl.zoo.embedded.course import Course
from automl_tl.zoo.embedded.folder import write
from automl_tl.zoo.embedded.net import quickened
from automl_tl.zoo.embedded.sound.net import NET
from automl_tl.zoo.embedded.sound.sounds import recorded

_BATCH = 128
_TAKES = 48
_SMOOTHING = 0.1
_LOUDER = 1.5  # logarithms by which a batch's sounds are made louder or softer, at most
_LOWEST = -6.9078  # log(0.001), the front end's silence
_MASKED_FRAMES, _MASKED_BANDS = 10, 8
_MOST_BANDS = 2  # by which a spectrogram is moved


def pretrain(
    *, out: Path, seed: int, minutes: float | None, progress: Callable[[str], None], takes: int = _TAKES
) -> None:
    """Record ``takes`` of each class, train the net to name them, and write it to ``out``.

    The same seed gives the same weights on the same machine. Spectrograms are varied as SpecAugment does
    (Park et al., arXiv 1904.08779).
    """
    sounds, labels = recorded(takes=takes, seed=seed, progress=progress)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed + 1)
    body = quickened(NET.build())
    pupil = nn.Sequential(body, nn.Linear(int(body.num_features), int(labels[-1]) + 1))  # type: ignore[arg-type]

    def loss() -> Tensor:
        drawn = torch.randint(0, len(labels), (_BATCH,), generator=generator)
        varied = _varied(sounds[drawn].float(), generator=generator)
        pictures = varied.unsqueeze(1).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            return F.cross_entropy(pupil(pictures).float(), labels[drawn], label_smoothing=_SMOOTHING)

    course = Course(
        name=NET.name,
        steps=NET.pretraining_steps,
        learning_rate=NET.pretraining_learning_rate,
        minutes=minutes,
        progress=progress,
    )
    course.train(pupil, loss=loss)
    write(out / NET.name, net=NET, module=body.eval())


def _varied(levels: Tensor, *, generator: torch.Generator) -> Tensor:
    """Levels [B, frames, bands], louder or softer, a little higher or lower, some frames and bands masked."""
    count, frames, bands = levels.shape
    louder = (torch.rand(count, 1, 1, generator=generator) * 2 - 1) * _LOUDER
    levels = (levels + louder).clamp_min(_LOWEST)
    move = int(torch.randint(-_MOST_BANDS, _MOST_BANDS + 1, (1,), generator=generator))
    levels = levels.roll(move, dims=2)
    masked = _stripes(count, frames, most=_MASKED_FRAMES, generator=generator).unsqueeze(2)
    masked = masked | _stripes(count, bands, most=_MASKED_BANDS, generator=generator).unsqueeze(1)
    return levels.masked_fill(masked, _LOWEST)


def _stripes(count: int, length: int, *, most: int, generator: torch.Generator) -> Tensor:
    """Bool [count, length]: one stripe of up to ``most`` in each row."""
    width = torch.randint(0, most + 1, (count, 1), generator=generator)
    start = torch.randint(0, length - most, (count, 1), generator=generator)
    places = torch.arange(length)
    return (places >= start) & (places < start + width)
