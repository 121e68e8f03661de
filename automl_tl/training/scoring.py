"""One candidate opened, seen to run, and measured."""

import statistics
import time
from dataclasses import replace

import torch
from torch import nn

from automl_tl.domain.work import Score, Scored
from automl_tl.errors import CandidateFailed
from automl_tl.training.memory import memory_errors
from automl_tl.training.opening import device
from automl_tl.zoo.base import Zoo

_WARM_UP = 2
_FORWARDS = 5


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
    return Scored(facts=replace(facts, latency_seconds=latency), scores={})


def _latency(module: nn.Module, sample: torch.Tensor, *, candidate: str) -> float:
    seconds = []
    with torch.inference_mode():
        for _ in range(_WARM_UP + _FORWARDS):
            begun = time.perf_counter()
            features = module(sample)
            finite = bool(features.isfinite().all())  # also waits for a GPU
            seconds.append(time.perf_counter() - begun)
            if not finite:
                raise CandidateFailed(f"{candidate} gives features that are no numbers for a black picture")
    return statistics.median(seconds[_WARM_UP:])
