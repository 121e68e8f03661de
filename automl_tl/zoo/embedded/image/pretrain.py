"""The recipe that makes the embedded weights again: many drawn classes, told apart by a small net."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from automl_tl.zoo.embedded.course import Course
from automl_tl.zoo.embedded.folder import write
from automl_tl.zoo.embedded.image.jitter import jittered
from automl_tl.zoo.embedded.image.load import WEIGHTS, load
from automl_tl.zoo.embedded.image.nets import MEAN, NETS, STD
from automl_tl.zoo.embedded.image.pictures import Pictures, Shares
from automl_tl.zoo.embedded.net import Net, quickened

_BATCH = 256
_TEACHER_WEIGHT = 5.0


def pretrain(
    names: Sequence[str],
    *,
    out: Path,
    seed: int,
    minutes: float | None,
    progress: Callable[[str], None],
) -> None:
    """Pretrain the nets called ``names`` and write each to ``out / name``.

    A teacher that is not among the names is the one in the tree.
    """
    school = _School(pictures=Pictures(Shares(), seed=seed), seed=seed, minutes=minutes, progress=progress)
    trained: dict[str, nn.Module] = {}
    for net in (net for net in NETS if net.name in names):  # teachers stand before their pupils
        teacher = trained.get(net.teacher) or load(WEIGHTS / net.teacher).eval() if net.teacher else None
        trained[net.name] = school.train(net, teacher=teacher)
        write(out / net.name, net=net, module=trained[net.name])


@dataclass(frozen=True, kw_only=True, slots=True)
class _School:
    pictures: Pictures
    seed: int
    minutes: float | None
    progress: Callable[[str], None]

    def train(self, net: Net, *, teacher: nn.Module | None) -> nn.Module:
        """The net without a classifier, trained from fresh weights."""
        torch.manual_seed(self.seed)
        generator = torch.Generator().manual_seed(self.seed + 1)
        pupil = _Pupil(net.build(), classes=self.pictures.classes, teacher=teacher)
        course = Course(
            name=net.name,
            steps=net.pretraining_steps,
            learning_rate=net.pretraining_learning_rate,
            minutes=self.minutes,
            progress=self.progress,
        )
        course.train(pupil, loss=lambda: self._loss(pupil, generator=generator))
        return pupil.body.eval()

    def _loss(self, pupil: "_Pupil", *, generator: torch.Generator) -> Tensor:
        labels = torch.randint(0, self.pictures.classes, (_BATCH,), generator=generator)
        pictures = jittered(self.pictures.draw(labels, generator=generator), generator=generator)
        pictures = ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            return pupil.loss(pictures, labels)


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
