"""An embedded net taught a few samples: all of it fine-tuned, or as it is with its features read."""

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from automl_tl.domain.candidate import Candidate
from automl_tl.model.preparer import Preparer
from automl_tl.zoo.embedded.net import quickened
from automl_tl.zoo.embedded_zoo import EmbeddedZoo

_BATCH = 25
_WEIGHT_DECAY = 0.05
_WARM_UP = 0.1  # share of the steps
_SMOOTHING = 0.1
_MAX_SHIFT = 2  # pixels
_READING_BATCH = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What a net reads [n, …]: pictures and spectrograms float32 [n, C, H, W], token ids; and labels [n]."""

    inputs: Tensor
    labels: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """How a net is fine-tuned; the same for pretrained and fresh weights but for the learning rate."""

    learning_rate: float
    epochs: int
    pretrained: bool
    seed: int


def use_threads(count: int) -> None:
    """Let torch use ``count`` threads in this process."""
    torch.set_num_threads(count)


def preparer(name: str, *, length: int | None = None) -> Preparer:
    """What makes samples ready for the net; ``length`` is that of sounds, in samples."""
    return EmbeddedZoo().preparer(Candidate(id=name, source=f"embedded:{name}", length=length))


def features(name: str, inputs: Tensor) -> NDArray[np.float32]:
    """Pooled features [n, F] of the inputs, from the net's pretrained weights."""
    return _read(_body(name, pretrained=True), inputs)


def taught(name: str, sample: Sample, *, lesson: Lesson) -> "Taught":
    """The net of that name with a new head, trained on ``sample`` by AdamW with a cosine schedule.

    Every batch of pictures or spectrograms is moved by up to two pixels.
    """
    torch.manual_seed(lesson.seed)
    generator = torch.Generator().manual_seed(lesson.seed)
    body = _body(name, pretrained=lesson.pretrained)
    head = nn.Linear(_read(body, sample.inputs[:1]).shape[1], int(sample.labels.max()) + 1)
    module = quickened(nn.Sequential(body, head))
    optimizer = torch.optim.AdamW(module.parameters(), lr=lesson.learning_rate, weight_decay=_WEIGHT_DECAY)
    epochs = [torch.randperm(len(sample.labels), generator=generator) for _ in range(lesson.epochs)]
    batches = [batch for epoch in epochs for batch in torch.split(epoch, _BATCH)]
    for step, batch in enumerate(batches):
        optimizer.param_groups[0]["lr"] = lesson.learning_rate * _rate(step / len(batches))
        inputs = sample.inputs[batch]
        inputs = _moved(inputs, generator=generator) if inputs.ndim == 4 else inputs
        _step(module, optimizer, inputs, torch.from_numpy(sample.labels)[batch])
    return Taught(module)


class Taught:
    """A fine-tuned net that answers."""

    def __init__(self, module: nn.Module) -> None:
        """Wrap ``module``, which gives logits."""
        self._module = module

    def accuracy(self, sample: Sample) -> float:
        """The share of the sample that is named rightly."""
        return float((_read(self._module, sample.inputs).argmax(axis=1) == sample.labels).mean())


def _body(name: str, *, pretrained: bool) -> nn.Module:
    return EmbeddedZoo().load(Candidate(id=name, source=f"embedded:{name}"), pretrained=pretrained).module


def _rate(share: float) -> float:
    return min(1.0, (share + 1e-3) / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * share))


def _moved(pictures: Tensor, *, generator: torch.Generator) -> Tensor:
    """The whole batch moved by the same few pixels; what leaves on one side enters on the other."""
    down, right = torch.randint(-_MAX_SHIFT, _MAX_SHIFT + 1, (2,), generator=generator).tolist()
    return pictures.roll((down, right), dims=(2, 3)).contiguous(memory_format=torch.channels_last)


def _step(module: nn.Module, optimizer: torch.optim.Optimizer, inputs: Tensor, labels: Tensor) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        loss = F.cross_entropy(module(inputs).float(), labels, label_smoothing=_SMOOTHING)
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    optimizer.step()


def _read(module: nn.Module, inputs: Tensor) -> NDArray[np.float32]:
    module.eval()
    with torch.inference_mode():
        answers = [module(part) for part in torch.split(inputs, _READING_BATCH)]
    read: NDArray[np.float32] = torch.cat(answers).numpy().copy()
    return read
