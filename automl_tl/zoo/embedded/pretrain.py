"""The recipe that makes the embedded weights again: many drawn classes, told apart by a small net."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from automl_tl.zoo.embedded import folder
from automl_tl.zoo.embedded.jitter import jittered
from automl_tl.zoo.embedded.load import WEIGHTS, load
from automl_tl.zoo.embedded.nets import NETS, Net, net_named, quickened
from automl_tl.zoo.embedded.pictures import Pictures, Shares

_BATCH = 256
_WARM_UP = 0.1  # share of the steps
_WEIGHT_DECAY = 0.05
_REPORT_EVERY = 100  # steps
_TIMED_STEPS = 4
_LONGEST_GRADIENT = 3.0
_TEACHER_WEIGHT = 5.0


def pretrain(
    names: Sequence[str],
    *,
    out: Path,
    seed: int,
    minutes: float | None,
    progress: Callable[[str], None],
) -> None:
    """Pretrain the nets called ``names`` (none: all) and write each to ``out / name``.

    With ``minutes`` each net gets about that long; without, each its own number of steps, and then the same
    seed gives the same weights on the same machine. A teacher that is not among the names is the one in the
    tree. CandidateUnknown for an unknown name.
    """
    wanted = [net_named(name) for name in names] or list(NETS)
    course = _Course(pictures=Pictures(Shares(), seed=seed), seed=seed, minutes=minutes, progress=progress)
    trained: dict[str, nn.Module] = {}
    for net in (net for net in NETS if net in wanted):  # teachers stand before their pupils
        teacher = trained.get(net.teacher) or load(WEIGHTS / net.teacher).eval() if net.teacher else None
        trained[net.name] = course.train(net, teacher=teacher)
        folder.write(out / net.name, net=net, module=trained[net.name])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Course:
    pictures: Pictures
    seed: int
    minutes: float | None
    progress: Callable[[str], None]

    def train(self, net: Net, *, teacher: nn.Module | None) -> nn.Module:
        """The net without a classifier, trained from fresh weights."""
        torch.manual_seed(self.seed)
        generator = torch.Generator().manual_seed(self.seed + 1)
        pupil = _Pupil(net.build(), classes=self.pictures.classes, teacher=teacher)
        optimizer = _optimizer(pupil, learning_rate=net.pretraining_learning_rate)
        steps, began, step, mean = net.pretraining_steps, time.monotonic(), 0, math.nan
        while step < steps:
            _set_rate(optimizer, net.pretraining_learning_rate * _rate(step / steps))
            loss = self._step(pupil, optimizer, generator=generator)
            mean = loss if math.isnan(mean) else 0.98 * mean + 0.02 * loss
            step += 1
            if self.minutes is not None and step == _TIMED_STEPS:
                pace = (time.monotonic() - began) / _TIMED_STEPS
                steps = max(2 * _TIMED_STEPS, int(self.minutes * 60 / pace))
            if step % _REPORT_EVERY == 0 or step == steps:
                self.progress(f"{net.name}: step {step} of {steps}, loss {mean:.3f}")
        return pupil.body.eval()

    def _step(
        self, pupil: "_Pupil", optimizer: torch.optim.Optimizer, *, generator: torch.Generator
    ) -> float:
        labels = torch.randint(0, self.pictures.classes, (_BATCH,), generator=generator)
        pictures = jittered(self.pictures.draw(labels, generator=generator), generator=generator)
        pictures = ((pictures - folder.MEAN) / folder.STD).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            loss = pupil.loss(pictures, labels)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(pupil.parameters(), _LONGEST_GRADIENT)
        optimizer.step()
        return loss.item()


class _Pupil(nn.Module):
    """A body that learns to name the classes and, where there is a teacher, to tell the teacher's features.

    Features are taught rather than answers: they are denser, and a teacher needs no classifier
    (FitNets, Romero et al., arXiv 1412.6550).
    """

    def __init__(self, body: nn.Module, *, classes: int, teacher: nn.Module | None) -> None:
        super().__init__()
        self.body = quickened(body)
        self.classifier = nn.Linear(_width(body), classes)
        self.guess = nn.Linear(_width(body), _width(teacher)) if teacher else None
        self._teacher = [teacher] if teacher else []  # in a list, so that its weights are not ours

    def loss(self, pictures: Tensor, labels: Tensor) -> Tensor:
        """Cross entropy, plus how far (squared) the guess is from the teacher's features, standardised."""
        features = self.body(pictures)
        loss = F.cross_entropy(self.classifier(features).float(), labels)
        if self.guess is not None:
            with torch.no_grad():
                told = F.batch_norm(self._teacher[0](pictures).float(), None, None, training=True)
            loss = loss + _TEACHER_WEIGHT * F.mse_loss(self.guess(features).float(), told)
        return loss


def _width(module: nn.Module) -> int:
    return int(module.num_features)  # type: ignore[arg-type]


def _optimizer(module: nn.Module, *, learning_rate: float) -> torch.optim.Optimizer:
    decayed = [parameter for parameter in module.parameters() if parameter.ndim > 1]
    free = [parameter for parameter in module.parameters() if parameter.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": _WEIGHT_DECAY}, {"params": free, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=learning_rate)


def _set_rate(optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = learning_rate


def _rate(share: float) -> float:
    """A linear warm-up, then a cosine down to 0; ``share`` of the steps is done."""
    if share < _WARM_UP:
        return (share + 1e-3) / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (share - _WARM_UP) / (1 - _WARM_UP)))
