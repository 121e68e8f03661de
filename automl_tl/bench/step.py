"""``bench step``: what a training step takes with batch norms folded into convolutions, and apart."""

import copy
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from automl_tl.bench.drawn_nets import drawn_net
from automl_tl.settings import Settings
from automl_tl.training.arithmetic import settle
from automl_tl.training.folding import fold_norms
from automl_tl.training.freezing import keep_statistics
from automl_tl.training.trainee import choose_layout, lay_out
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.worker import zoo_of
from automl_tl.zoo.base import Backbone


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Seconds of the process for the fastest step of each kind, and how many norms were folded."""

    architecture: str
    folded_norms: int
    apart_seconds: float
    folded_seconds: float

    @property
    def gain(self) -> float:
        """How much longer a step takes with norms apart."""
        return self.apart_seconds / self.folded_seconds


def run(
    architectures: Sequence[str], *, image_size: int | None, batch: int, repeats: int, threads: int
) -> dict[str, Any]:
    """Steps of AdamW on one batch of random pictures, the two kinds by turns, ``repeats`` times each."""
    settle(threads=threads)
    zoo = zoo_of(Settings())
    with temporary_folder("automl-tl-bench-") as folder:
        rows = []
        for architecture in architectures:
            candidate = drawn_net(architecture, image_size=image_size, into=Path(folder))
            size = candidate.image_size
            assert size is not None
            pictures = lay_out(torch.rand(batch, 3, size, size))
            rows.append(_timed(architecture, zoo.load(candidate), pictures, repeats=repeats))
    return {
        "architectures": [asdict(row) | {"gain": row.gain} for row in rows],
        "batch": batch,
        "table": _table(rows),
    }


def _timed(architecture: str, backbone: Backbone, pictures: torch.Tensor, *, repeats: int) -> Steps:
    apart = choose_layout(backbone.module).eval()
    folded = copy.deepcopy(apart)
    count = fold_norms(folded, stages=backbone.stages, examples=pictures[:2])
    steppers = [_Stepper(apart), _Stepper(folded)]
    seconds = [[stepper.step(pictures) for stepper in steppers] for _ in range(1 + repeats)][1:]
    fastest = [min(column) for column in zip(*seconds, strict=True)]
    return Steps(
        architecture=architecture, folded_norms=count, apart_seconds=fastest[0], folded_seconds=fastest[1]
    )


class _Stepper:
    def __init__(self, module: nn.Module) -> None:
        self._module = module
        keep_statistics(module)
        module.train()
        self._optimizer = torch.optim.AdamW(module.parameters(), lr=1e-6)

    def step(self, pictures: torch.Tensor) -> float:
        """Seconds of this process, so that busy neighbours do not show."""
        begun = time.process_time()
        self._optimizer.zero_grad()
        self._module(pictures).square().mean().backward()
        self._optimizer.step()
        return time.process_time() - begun


def _table(rows: Sequence[Steps]) -> str:
    head = f"{'architecture':<26} {'folded norms':>12} {'apart ms':>9} {'folded ms':>9} {'gain':>6}"
    lines = [
        f"{row.architecture:<26} {row.folded_norms:>12} {1000 * row.apart_seconds:>9.0f} "
        f"{1000 * row.folded_seconds:>9.0f} {row.gain:>6.2f}"
        for row in rows
    ]
    return "\n".join([head, *lines])
