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
from automl_tl.zoo.embedded.nets import NETS, Net, net_named, quickened
from automl_tl.zoo.embedded.pictures import Pictures, Shares

_BATCH = 256
_WARM_UP = 0.1  # share of the steps
_WEIGHT_DECAY = 0.05
_REPORT_EVERY = 100  # steps
_TIMED_STEPS = 10
_TEACHER_SHARE = 0.7  # of the loss
_TEMPERATURE = 2.0


def pretrain(
    names: Sequence[str],
    *,
    out: Path,
    seed: int,
    minutes: float | None,
    progress: Callable[[str], None],
) -> None:
    """Pretrain the nets called ``names`` and write each to ``out / name``.

    With ``minutes`` each net gets about that long, a teacher too; without, each its own number of steps,
    and then the same seed gives the same weights on the same machine. KeyError for an unknown name.
    """
    wanted = [net_named(name) for name in names]
    needed = {net.name for net in wanted} | {net.teacher for net in wanted}
    course = _Course(pictures=Pictures(Shares(), seed=seed), seed=seed, minutes=minutes, progress=progress)
    trained: dict[str, nn.Module] = {}
    for net in (net for net in NETS if net.name in needed):
        teacher = trained[net.teacher] if net.teacher else None
        trained[net.name] = course.train(net, teacher=teacher)
        if net in wanted:
            module = net.build()
            module.load_state_dict(_body(trained[net.name], like=module))
            folder.write(out / net.name, net=net, module=module)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Course:
    pictures: Pictures
    seed: int
    minutes: float | None
    progress: Callable[[str], None]

    def train(self, net: Net, *, teacher: nn.Module | None) -> nn.Module:
        """The net with a classifier over all drawn classes, trained from fresh weights."""
        torch.manual_seed(self.seed)
        generator = torch.Generator().manual_seed(self.seed + 1)
        module = quickened(net.build(classes=self.pictures.classes))
        optimizer = _optimizer(module, learning_rate=net.pretraining_learning_rate)
        steps, began, step, mean = net.pretraining_steps, time.monotonic(), 0, math.nan
        while step < steps:
            _set_rate(optimizer, net.pretraining_learning_rate * _rate(step / steps))
            loss = self._step(module, optimizer, teacher=teacher, generator=generator)
            mean = loss if math.isnan(mean) else 0.98 * mean + 0.02 * loss
            step += 1
            if self.minutes is not None and step == _TIMED_STEPS:
                pace = (time.monotonic() - began) / _TIMED_STEPS
                steps = max(2 * _TIMED_STEPS, int(self.minutes * 60 / pace))
            if step % _REPORT_EVERY == 0 or step == steps:
                self.progress(f"{net.name}: step {step} of {steps}, loss {mean:.3f}")
        return module.eval()

    def _step(
        self,
        module: nn.Module,
        optimizer: torch.optim.Optimizer,
        *,
        teacher: nn.Module | None,
        generator: torch.Generator,
    ) -> float:
        labels = torch.randint(0, self.pictures.classes, (_BATCH,), generator=generator)
        pictures = jittered(self.pictures.draw(labels, generator=generator), generator=generator)
        pictures = ((pictures - folder.MEAN) / folder.STD).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits = module(pictures).float()
            loss = F.cross_entropy(logits, labels)
            if teacher is not None:
                loss = (1 - _TEACHER_SHARE) * loss + _TEACHER_SHARE * _disagreement(logits, teacher, pictures)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(module.parameters(), 3.0)
        optimizer.step()
        return loss.item()


def _disagreement(logits: Tensor, teacher: nn.Module, pictures: Tensor) -> Tensor:
    """Softened cross entropy between teacher and pupil; Hinton et al., arXiv 1503.02531."""
    with torch.no_grad():
        answers = torch.softmax(teacher(pictures).float() / _TEMPERATURE, dim=1)
    return F.cross_entropy(logits / _TEMPERATURE, answers) * _TEMPERATURE


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


def _body(module: nn.Module, *, like: nn.Module) -> dict[str, Tensor]:
    """The weights of ``module`` that ``like``, which has no classifier, has too."""
    wanted = like.state_dict().keys()
    return {name: value for name, value in module.state_dict().items() if name in wanted}
