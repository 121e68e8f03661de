"""A trained network read on one held-out split, exactly as it will be served."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from automl_tl.data.prepared import prepare
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.trial import Configuration
from automl_tl.errors import CandidateFailed
from automl_tl.model.predictor import Predictor
from automl_tl.model.spec import ModelSpec
from automl_tl.steps import step
from automl_tl.training import checkpoint
from automl_tl.training.arithmetic import settle
from automl_tl.training.opening import open_candidate
from automl_tl.zoo.base import Zoo

BATCH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitReading:
    """``targets`` int64 [N] and ``logits`` float32 [N, C] before temperature, in the split's order."""

    targets: NDArray[np.int64]
    logits: NDArray[np.float32]

    def probabilities(self, *, temperature: float) -> NDArray[np.float32]:
        """softmax(logits / temperature), [N, C]."""
        found: NDArray[np.float32] = torch.softmax(torch.from_numpy(self.logits) / temperature, dim=1).numpy()
        return found


def trained_predictor(
    folder: Path,
    *,
    candidate: Candidate,
    configuration: Configuration,
    classes: tuple[str, ...],
    zoo: Zoo,
) -> Predictor:
    """The network of a trial's checkpoint: the pretrained weights, with what training moved put over them.

    Raises TrialFailed when the checkpoint is damaged, CandidateFailed when it is another network's.
    """
    found = checkpoint.load(folder)
    opened = open_candidate(candidate, configuration=configuration, zoo=zoo, seed=0)
    network = opened.network(len(classes))
    try:
        network.load_state_dict({**network.state_dict(), **found.network})
    except RuntimeError as error:
        raise CandidateFailed(f"the checkpoint {folder} is not one of {candidate.id}: {error}") from error
    spec = ModelSpec(backbone=opened.spec, preprocessing=opened.preprocessing, classes=classes)
    return Predictor(spec=spec, network=network, device=str(opened.device), files=opened.files)


def read_split(
    predictor: Predictor,
    manifest: Manifest,
    *,
    split: Split,
    cache: Path,
    threads: int,
    most: int | None = None,
) -> SplitReading:
    """Read every sample of the split once, from prepared samples; raises DatasetChanged, DiskFull.

    Where there are more than ``most``, so many are read, evenly spread over the split.
    """
    settle(threads=threads)
    samples = prepare(manifest, preparer=predictor.preparer, cache=cache, splits=frozenset({split}))
    indices = np.array(manifest.indices(split), np.int64)
    if most is not None and len(indices) > most:
        indices = indices[np.linspace(0, len(indices) - 1, most).astype(np.int64)]

    def batches() -> Iterator[Tensor]:
        for start in range(0, len(indices), BATCH):
            step()
            yield samples.batch(indices[start : start + BATCH])

    logits = predictor.logits(batches())
    return SplitReading(targets=samples.targets[torch.from_numpy(indices)].numpy(), logits=logits)
