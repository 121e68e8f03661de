"""A frozen dataset as training sees it: classes, targets, and samples prepared for one candidate."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from automl_tl.data.manifest import read_manifest
from automl_tl.data.prepared import PreparedSamples, prepare
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.model.preparer import Preparer
from automl_tl.model.spec import Preprocessing
from automl_tl.training.inputs import SampleInputs

_MOST_OPEN = 4
_open: "OrderedDict[tuple[object, ...], Dataset]" = OrderedDict()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """``samples`` are indexed as ``manifest.samples`` is."""

    manifest: Manifest
    samples: PreparedSamples
    preprocessing: Preprocessing

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels; a label's place is its target."""
        return self.manifest.classes

    def inputs(self, split: Split, *, device: torch.device) -> SampleInputs:
        """One split's samples, in the manifest's order."""
        indices = np.array(self.manifest.indices(split), np.int64)
        return SampleInputs(
            self.samples,
            indices=indices,
            samples=np.array([self.manifest.samples[i].sha256 for i in indices], "S64"),
            targets=self.samples.targets[torch.from_numpy(indices)],
            preprocessing=self.preprocessing,
            device=device,
        )


def open_dataset(
    path: Path,
    *,
    preparer: Preparer,
    cache: Path,
    splits: tuple[Split, ...],
    alive: Callable[[], None],
) -> Dataset:
    """The dataset of a frozen manifest; the last few stay open, since a manifest's file never changes.

    ``alive`` is called while samples are prepared. Raises DatasetChanged, DiskFull.
    """
    key = (path, preparer.preprocessing, cache, splits)
    if key not in _open:
        manifest = read_manifest(path)
        samples = prepare(
            manifest, preparer=preparer, cache=cache, splits=splits, tell=lambda done, total: alive()
        )
        _open[key] = Dataset(manifest=manifest, samples=samples, preprocessing=preparer.preprocessing)
    _open.move_to_end(key)
    while len(_open) > _MOST_OPEN:
        _open.popitem(last=False)
    return _open[key]
