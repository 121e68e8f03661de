"""One candidate opened, seen to run, and measured."""

from dataclasses import replace

import torch
from torch import nn

from automl_tl.domain.work import Score, Scored
from automl_tl.errors import CandidateFailed
from automl_tl.model.latency import median_seconds
from automl_tl.training.memory import memory_errors
from automl_tl.training.opening import device
from automl_tl.zoo.base import Zoo

_TIMED_CALLS = 5


def score(work: Score, *, zoo: Zoo, threads: int) -> Scored:
    """The candidate's facts, with the latency of one sample on this machine.

    Raises CandidateUnknown, CandidateFailed (it cannot be loaded, or gives no numbers), OutOfMemory.
    """
    torch.set_num_threads(threads)
    facts = zoo.facts(work.candidate)
    backbone = zoo.load(work.candidate)
    look = backbone.preprocessing
    sample = torch.zeros(1, look.channels, look.size, look.size, device=device())
    with memory_errors():
        latency = _latency(backbone.module.to(device()).eval(), sample, candidate=work.candidate.id)
    return Scored(facts=replace(facts, latency_seconds=latency))


def _latency(module: nn.Module, sample: torch.Tensor, *, candidate: str) -> float:
    def forward() -> None:
        if not bool(module(sample).isfinite().all()):  # also waits for a GPU
            raise CandidateFailed(f"{candidate} gives features that are no numbers for a black picture")

    with torch.inference_mode():
        return median_seconds(forward, calls=_TIMED_CALLS)
