"""A candidate's training step, rehearsed on very few samples: what memory it wants, and which kernels pay."""

import copy
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from automl_tl.domain.kernels import USUAL, Kernels, Layout, Precision
from automl_tl.model.network import Network
from automl_tl.model.prepared import drawn, normalise
from automl_tl.training import footprint
from automl_tl.training.freezing import keep_statistics
from automl_tl.training.rewriting import rewrite
from automl_tl.training.trainee import Trainee, choose_layout, lay_out
from automl_tl.zoo.base import Backbone

_log = logging.getLogger(__name__)
PAYS = 1.15
SAMPLES = 4
BATCHES = 2
HOPELESS = 1.2
_FIRST_SECONDS = 1.0  # a first batch generates code and allocates
_NEW_TENSORS = 6  # as it came, as it trains, gradients, two moments, the average

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Bytes that training takes beside an idle worker: ``fixed``, and for each sample of a batch."""

    kernels: Kernels
    fixed_bytes: int
    sample_bytes: int | None

    def training_bytes(self, batch_size: int) -> int | None:
        """What a worker takes at most when all of the network trains on whole batches; None: unknown."""
        return None if self.sample_bytes is None else self.fixed_bytes + batch_size * self.sample_bytes


def rehearse(backbone: Backbone, *, device: torch.device, may_switch: bool) -> Rehearsal:
    """One step by the usual kernels, and where they may be switched, two timed batches by each.

    Other kernels are taken where they are clearly faster and give numbers. Raises what training would.
    """
    steps = _Steps(backbone, USUAL, device=device)
    weights = sum(p.numel() * p.element_size() for p in steps.trainee.parameters())
    risen = footprint.rise(steps.step, device=device)
    return Rehearsal(
        kernels=_fastest(backbone, steps, device=device) if may_switch else USUAL,
        fixed_bytes=_NEW_TENSORS * weights,
        sample_bytes=None if risen is None else max(0, risen - weights) // SAMPLES,
    )


def seconds(step: Callable[[], bool], *, hopeless: float = math.inf, clock: Clock) -> float:
    """Of the faster of two batches, after one that is not counted; infinite where one gave no numbers.

    What takes longer than ``hopeless`` is left at once.
    """
    found = math.inf
    for number in range(1 + BATCHES):
        begun = clock()
        is_sound = step()
        taken = clock() - begun
        if not is_sound or taken > hopeless + (0.0 if number else _FIRST_SECONDS):
            return math.inf
        if number:
            found = min(found, taken)
    return found


def _fastest(backbone: Backbone, usual: "_Steps", *, device: torch.device) -> Kernels:
    # On a CPU the process's own time, all threads together: neighbours that are busy do not show in it.
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    best, shortest = USUAL, seconds(usual.step, clock=clock)
    for change in _changes(backbone.module, device=device):
        tried = replace(best, **change)
        try:
            taken = seconds(
                _Steps(backbone, tried, device=device).step, hopeless=HOPELESS * shortest, clock=clock
            )
        except RuntimeError as problem:  # an operation that is not there in this precision
            _log.info("kernels do not run: kernels=%s why=%s", tried, problem)
            continue
        if taken * PAYS <= shortest:
            best, shortest = tried, taken
    return best


def _changes(module: nn.Module, *, device: torch.device) -> tuple[Mapping[str, Any], ...]:
    """One switch after the other; where only the stem is a convolution, the layout is no matter.

    Nor on a CPU: so few samples there speak for contiguous memory, and whole batches do not.
    """
    convolutions = sum(isinstance(part, nn.Conv2d) for part in module.modules())
    precision = {"precision": Precision.BFLOAT16}
    has_layout = convolutions > 1 and device.type == "cuda"
    return (precision, {"layout": Layout.CONTIGUOUS}) if has_layout else (precision,)


class _Steps:
    """Training steps of a fresh copy, on the same few random samples."""

    def __init__(self, backbone: Backbone, kernels: Kernels, *, device: torch.device) -> None:
        module = choose_layout(copy.deepcopy(backbone.module)).to(device).eval()
        prepared = drawn(backbone.preprocessing, SAMPLES).to(device)
        batch = lay_out(normalise(prepared, backbone.preprocessing))
        rewrite(module, stages=backbone.stages, examples=batch)
        network = Network(backbone=module, features=backbone.spec.features, classes=2).to(device)
        nn.init.normal_(network.head.weight, std=0.01)  # from zero no gradient would reach the backbone
        self.trainee = Trainee(backbone=network.backbone, head=network.head, kernels=kernels)
        keep_statistics(self.trainee)
        self.trainee.train()
        self._batch = (batch,)
        self._targets = torch.arange(SAMPLES, device=device) % 2

    def step(self) -> bool:
        """One step without the optimizer's part; whether its gradient is made of numbers."""
        self.trainee.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.trainee(self._batch), self._targets)
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = [p.grad for p in self.trainee.parameters() if p.grad is not None]
        return bool(torch.nn.utils.get_total_norm(gradients).isfinite())  # also waits for a GPU
