"""A frozen dataset as training sees it: classes, targets, and pictures prepared for one candidate."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from automl_tl.data.manifest import read_manifest
from automl_tl.data.pictures import Pictures, prepare
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.model.spec import ImagePreprocessing
from automl_tl.training.inputs import PictureInputs

_MOST_OPEN = 4
_open: "OrderedDict[tuple[object, ...], Dataset]" = OrderedDict()


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
        return PictureInputs(
            self.pictures,
            indices=indices,
            samples=np.array([self.manifest.samples[i].sha256 for i in indices], "S64"),
            targets=self.pictures.targets[torch.from_numpy(indices)],
            look=self.look,
            device=device,
        )


def open_dataset(
    path: Path,
    *,
    look: ImagePreprocessing,
    cache: Path,
    splits: tuple[Split, ...],
    alive: Callable[[], None],
) -> Dataset:
    """The dataset of a frozen manifest; the last few stay open, since a manifest's file never changes.

    ``alive`` is called while pictures are prepared. Raises DatasetChanged, DiskFull.
    """
    key = (path, look, cache, splits)
    if key not in _open:
        manifest = read_manifest(path)
        pictures = prepare(
            manifest, preprocessing=look, cache=cache, splits=splits, tell=lambda done, total: alive()
        )
        _open[key] = Dataset(manifest=manifest, pictures=pictures, look=look)
    _open.move_to_end(key)
    while len(_open) > _MOST_OPEN:
        _open.popitem(last=False)
    return _open[key]
