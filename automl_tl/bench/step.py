"""``bench step``: what a training step takes as a net came, with norms folded, and with products besides."""

import copy
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from automl_tl import heap
from automl_tl.bench.drawn_nets import drawn_net
from automl_tl.settings import Settings
from automl_tl.training.arithmetic import settle
from automl_tl.training.folding import fold_norms
from automl_tl.training.freezing import keep_statistics
from automl_tl.training.rewriting import rewrite
from automl_tl.training.trainee import choose_layout, lay_out
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.worker import zoo_of
from automl_tl.zoo.base import Backbone


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Seconds of the process for the fastest step of each kind, and how many modules were rewritten.

    ``plain``: as it came; ``folded``: batch norms within convolutions; ``rewritten``: as trials train.
    """

    architecture: str
    folded_norms: int
    products: int
    plain_seconds: float
    folded_seconds: float
    rewritten_seconds: float

    @property
    def gain(self) -> float:
        """How much longer a step takes as the net came."""
        return self.plain_seconds / self.rewritten_seconds


def run(
    architectures: Sequence[str], *, image_size: int | None, batch: int, repeats: int, threads: int
) -> dict[str, Any]:
    """Steps of AdamW on one batch of random pictures, the kinds by turns, ``repeats`` times each."""
    settle(threads=threads)
    heap.keep_freed()  # as workers do
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
    plain = choose_layout(backbone.module).eval()
    folded, rewritten = copy.deepcopy(plain), copy.deepcopy(plain)
    fold_norms(folded, stages=backbone.stages, examples=pictures[:2])
    done = rewrite(rewritten, stages=backbone.stages, examples=pictures[:2])
    steppers = [_Stepper(module) for module in (plain, folded, rewritten)]
    seconds = [[stepper.step(pictures) for stepper in steppers] for _ in range(1 + repeats)][1:]
    fastest = [min(column) for column in zip(*seconds, strict=True)]
    return Steps(
        architecture=architecture,
        folded_norms=done.folded_norms,
        products=done.products,
        plain_seconds=fastest[0],
        folded_seconds=fastest[1],
        rewritten_seconds=fastest[2],
    )


class _Stepper:
    def __init__(self, module: nn.Module) -> None:
        self._module = module
        keep_statistics(module)
        module.train()
        self._optimizer = torch.optim.AdamW(module.parameters(), lr=1e-6, fused=True)

    def step(self, pictures: torch.Tensor) -> float:
        """Seconds of this process, so that busy neighbours do not show."""
        begun = time.process_time()
        self._optimizer.zero_grad()
        self._module(pictures).square().mean().backward()
        self._optimizer.step()
        return time.process_time() - begun


def _table(rows: Sequence[Steps]) -> str:
    head = (
        f"{'architecture':<26} {'folded norms':>12} {'products':>8} "
        f"{'plain ms':>9} {'folded ms':>9} {'rewritten ms':>12} {'gain':>6}"
    )
    lines = [
        f"{row.architecture:<26} {row.folded_norms:>12} {row.products:>8} {1000 * row.plain_seconds:>9.0f} "
        f"{1000 * row.folded_seconds:>9.0f} {1000 * row.rewritten_seconds:>12.0f} {row.gain:>6.2f}"
        for row in rows
    ]
    return "\n".join([head, *lines])
