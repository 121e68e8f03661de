"""One candidate opened, seen to run, and measured."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from automl_tl.data.manifest import modality_of, read_manifest
from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import Split
from automl_tl.domain.work import Score, Scored
from automl_tl.errors import CandidateFailed, OutOfMemory
from automl_tl.model.latency import median_seconds
from automl_tl.model.prepared import blank, normalise
from automl_tl.model.spec import TextPreprocessing
from automl_tl.steps import step
from automl_tl.training.allocation import give_back_memory
from automl_tl.training.arithmetic import settle
from automl_tl.training.batches import batch_size
from automl_tl.training.fitting import fitted, require_modality, trained_length
from automl_tl.training.memory import memory_errors
from automl_tl.training.opening import device
from automl_tl.training.rehearsal import rehearse
from automl_tl.training.rewriting import rewrite
from automl_tl.training.speed import speed, timed_batch
from automl_tl.training.trainee import choose_layout, lay_out
from automl_tl.zoo.base import Backbone, Zoo

WORTH_MULTIPLY_ADDS = 25_000_000  # a sample's forward pass; tiny nets are bound by other things
WORTH_SAMPLES = 400  # trying out costs as much as training on 24 of them
WORTH_ON_GPU = (
    10**13
)  # an epoch's forward passes; there it builds kernels for each shape: 9 s for MobileNetV1
_TIMED_CALLS = 5


def score(work: Score, *, zoo: Zoo, threads: int, may_switch: bool) -> Scored:
    """The candidate's facts, with what this machine adds: latency, pace of a training batch, memory, kernels.

    Kernels are tried out where they ``may_switch`` and training is enough work to earn that back.
    Raises CandidateUnknown, CandidateFailed (it cannot be loaded, or gives no numbers), OutOfMemory.
    """
    settle(threads=threads)
    candidate = fitted(work.candidate, zoo=zoo, manifest=Path(work.manifest))
    facts = zoo.facts(candidate)
    backbone = zoo.load(candidate)
    look = backbone.preprocessing
    require_modality(candidate, reads=look.modality, modality=modality_of(Path(work.manifest)))
    sample = normalise(blank(look, 1).to(device()), look)
    manifest = read_manifest(Path(work.manifest))
    samples = len(manifest.indices(Split.TRAIN))
    may_switch = may_switch and is_worth_rehearsing(
        facts.multiply_adds, samples=samples, device=device().type
    )
    step()
    with memory_errors():
        latency = _latency(backbone.module.to(device()).eval(), sample, candidate=work.candidate.id)
        rehearsal = rehearse(backbone, device=device(), may_switch=may_switch)
    step()
    facts = replace(
        facts,
        latency_seconds=latency,
        kernels=rehearsal.kernels,
        training_bytes=rehearsal.training_bytes(batch_size(samples, is_probe=False)),
        device_bytes=device_bytes(),
    )
    if isinstance(look, TextPreprocessing):
        sample = sample[:, : trained_length(zoo.preparer(candidate), manifest)]
    facts = _timed(facts, backbone, sample)
    give_back_memory()
    return Scored(facts=facts)


def is_worth_rehearsing(multiply_adds: int, *, samples: int, device: str) -> bool:
    """Whether training on ``samples`` of so many multiply-adds forward earns back trying out kernels."""
    if device == "cuda" and multiply_adds * samples < WORTH_ON_GPU:
        return False
    return multiply_adds >= WORTH_MULTIPLY_ADDS and samples >= WORTH_SAMPLES


def device_bytes() -> int | None:
    """All of the memory of the GPU that this worker trains on; None: it trains on the CPU."""
    here = device()
    return torch.cuda.get_device_properties(here).total_memory if here.type == "cuda" else None


def _timed(facts: CandidateFacts, backbone: Backbone, sample: torch.Tensor) -> CandidateFacts:
    """With what a sample takes in a batch; without where a batch is too much for this machine's memory."""
    assert facts.latency_seconds is not None
    batch = lay_out(sample.expand(timed_batch(facts.latency_seconds), *sample.shape[1:]))
    try:
        with memory_errors():
            module = choose_layout(backbone.module).eval()
            rewrite(module, stages=backbone.stages, examples=batch[:1])
            found = speed(module, batch, stages=backbone.stages)
    except (OutOfMemory, RuntimeError):  # a trial will tell what is wrong, if it is
        return facts
    return replace(facts, stage_seconds=found.stages, backward_seconds=found.backward)


def _latency(module: nn.Module, sample: torch.Tensor, *, candidate: str) -> float:
    def forward() -> None:
        step()
        if not bool(module(sample).isfinite().all()):  # also waits for a GPU
            raise CandidateFailed(f"{candidate} gives features that are no numbers for a blank sample")

    with torch.inference_mode():
        return median_seconds(forward, calls=_TIMED_CALLS)
