"""A trial's state at the end of an epoch, on disk: safetensors + JSON, whole or not there at all.

Only what moves is kept: frozen tensors are the pretrained weights', to the bit, and come from the zoo again.
No random state either: every epoch draws from (seed, epoch).
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.optim import Optimizer

from automl_tl.domain.trial import Report, report_in
from automl_tl.errors import TrialFailed
from automl_tl.training.optimizer import trained

CARD = "checkpoint.json"
NETWORK = "network.safetensors"
TRAINING = "training.safetensors"

Tensors = dict[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """``network`` holds the tensors that moved, by name and averaged: what is measured, proven and served.

    ``training`` is what training goes on from: the tensors themselves as ``live/name``, AdamW's as
    ``moment/name``. ``work`` is what the evaluation was (JSON values), ``best`` the best value so far; the
    report is the evaluation's own.
    """

    work: dict[str, Any]
    report: Report
    best: float
    network: Tensors
    training: Tensors


def save(checkpoint: Checkpoint, folder: Path) -> None:
    """Write the checkpoint; what lay in ``folder`` before is replaced as one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        save_file(checkpoint.network, beside / NETWORK)
        save_file(checkpoint.training, beside / TRAINING)
        card = {"work": checkpoint.work, "report": asdict(checkpoint.report), "best": checkpoint.best}
        (beside / CARD).write_text(json.dumps(card, indent=1, sort_keys=True), encoding="utf-8")
        for path in (*beside.iterdir(), beside):
            _sync(path)
        beside.chmod(0o755)
        if folder.exists():
            folder.rename(beside.with_name(beside.name + "-old"))
        beside.rename(folder)
        _sync(folder.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(beside.with_name(beside.name + "-old"), ignore_errors=True)


def load(folder: Path) -> Checkpoint:
    """The checkpoint of a folder; raises TrialFailed when it is missing or damaged."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        return Checkpoint(
            work=card["work"],
            report=report_in(card["report"]),
            best=card["best"],
            network=load_file(folder / NETWORK),
            training=load_file(folder / TRAINING),
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise TrialFailed(f"the checkpoint {folder} cannot be read: {error}") from error


def reported(folder: Path, work: Mapping[str, Any]) -> Report | None:
    """The report of exactly this work, where it was finished before; None otherwise."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        return report_in(card["report"]) if card["work"] == work else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def optimizer_tensors(optimizer: Optimizer) -> Tensors:
    """The optimizer's state as copied tensors named ``moment/parameter``."""
    return {
        f"{moment}/{name}": copied(value)
        for name, parameter in trained(optimizer)
        for moment, value in optimizer.state[parameter].items()
    }


def restore_optimizer(optimizer: Optimizer, tensors: Tensors) -> None:
    """Put the state back; raises TrialFailed when it does not fit the parameters."""
    for name, parameter in trained(optimizer):
        if f"step/{name}" not in tensors:  # it never had a gradient
            continue
        try:
            optimizer.state[parameter] = {
                "step": tensors[f"step/{name}"].to(parameter.device, copy=True),
                "exp_avg": torch.empty_like(parameter).copy_(tensors[f"exp_avg/{name}"]),
                "exp_avg_sq": torch.empty_like(parameter).copy_(tensors[f"exp_avg_sq/{name}"]),
            }
        except (KeyError, RuntimeError) as error:
            raise TrialFailed(f"the checkpoint does not fit the optimizer: {error}") from error


def copied(tensor: Tensor) -> Tensor:
    """A plain copy that training does not touch."""
    return tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
