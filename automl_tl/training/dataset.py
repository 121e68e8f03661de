"""A frozen dataset as training sees it: classes, targets, and pictures prepared for one candidate."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from automl_tl.data.manifest import read_manifest
from automl_tl.data.pictures import prepare
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.model.spec import ImagePreprocessing
from automl_tl.training.inputs import PictureInputs, Pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """``pictures`` are indexed as ``manifest.samples`` is."""

    manifest: Manifest
    pictures: Pictures
    look: ImagePreprocessing

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels; a label's place is its target."""
        return self.manifest.classes

    def inputs(self, split: Split, *, device: torch.device) -> PictureInputs:
        """One split's pictures, in the manifest's order."""
        indices = np.array(self.manifest.indices(split), np.int64)
        place = {label: target for target, label in enumerate(self.manifest.classes)}
        targets = [place[self.manifest.samples[index].label] for index in indices]
        return PictureInputs(
            self.pictures, indices=indices, targets=torch.tensor(targets), look=self.look, device=device
        )


@lru_cache(maxsize=4)
def open_dataset(path: Path, *, look: ImagePreprocessing, cache: Path, splits: tuple[Split, ...]) -> Dataset:
    """The dataset of a frozen manifest, whose file never changes; raises what the data room raises."""
    manifest = read_manifest(path)
    pictures = prepare(manifest, preprocessing=look, cache=cache, splits=splits)
    return Dataset(manifest=manifest, pictures=pictures, look=look)
