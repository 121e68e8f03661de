"""A candidate's scores: the features of some training samples, and what they tell of its worth."""

import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.cache.activations import ActivationCache
from automl_tl.data.manifest import read_manifest
from automl_tl.data.prepared import prepare
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.work import Appraise, Appraised
from automl_tl.errors import Unscorable
from automl_tl.steps import step
from automl_tl.training.arithmetic import settle
from automl_tl.training.dataset import Dataset
from automl_tl.training.features import Activations
from automl_tl.training.fitting import fitted
from automl_tl.training.memory import memory_errors
from automl_tl.training.opening import Opened, open_pretrained
from automl_tl.training.subsample import subsample
from automl_tl.zoo.base import Zoo

Floats = NDArray[np.float32]
Panel = Callable[[Floats, NDArray[np.int64], Floats | None], dict[str, float]]


def appraise(
    work: Appraise, *, zoo: Zoo, cache: Path, panel: Panel, threads: int, activation_bytes: int
) -> Appraised:
    """The scores on a stratified part of the training split, never of another.

    ``panel`` computes them from features [N, F], classes [N] and, where the
    candidate has a source head, its probabilities [N, Z]. The features are those of a linear probe and
    kept as its are, so that whoever comes second does not compute them again. What has no scores (a single
    class, features that are no numbers) says so in ``reason``. Raises as ``score`` does, and DatasetChanged.
    """
    settle(threads=threads)
    begun = time.perf_counter()
    part = _part(work.manifest, work.seed)
    with memory_errors():
        opened = open_pretrained(zoo, fitted(work.candidate, zoo=zoo, manifest=Path(work.manifest)))
        activations = Activations(opened=opened, depth=len(opened.stages), halves=opened.whole())
        room = ActivationCache(cache / "activations", limit_bytes=activation_bytes)
        samples = _dataset(part, opened, cache).inputs(Split.TRAIN, device=opened.device)
        inputs = activations.inputs(samples, cache=room, alive=step)
        features = inputs.clean(np.arange(len(samples.targets)))[0].cpu().numpy()
    scores, reason = _scored(panel, features, samples.targets.numpy(), _source(opened, features))
    return Appraised(
        scores=scores,
        seconds=time.perf_counter() - begun,
        samples=len(part.samples),
        forward_passes=activations.computed,
        reason=reason,
    )


@lru_cache(maxsize=4)
def _part(manifest: str, seed: int) -> Manifest:
    return subsample(read_manifest(Path(manifest)), seed=seed)


def _dataset(part: Manifest, opened: Opened, cache: Path) -> Dataset:
    samples = prepare(part, preparer=opened.preparer, cache=cache, splits=(Split.TRAIN,))
    return Dataset(manifest=part, samples=samples, preprocessing=opened.preprocessing)


def _source(opened: Opened, features: Floats) -> Floats | None:
    """What the candidate's own classifier says, [N, Z]: one product, no further pass."""
    if opened.source_head is None:
        return None
    weight, bias = opened.source_head
    found: Floats = torch.softmax(torch.from_numpy(features) @ weight.T + bias, dim=1).numpy()
    return found


def _scored(
    panel: Panel, features: Floats, targets: NDArray[np.int64], source: Floats | None
) -> tuple[dict[str, float], str | None]:
    try:
        return panel(features, targets, source), None
    except Unscorable as problem:
        return {}, str(problem)
