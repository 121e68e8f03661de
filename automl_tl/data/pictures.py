"""Prepared pictures: a dataset's pixels as a backbone wants them, made once and mapped by every worker."""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from automl_tl.data import picture_card
from automl_tl.data.contents import content
from automl_tl.data.disk import replaced
from automl_tl.data.pool import in_order
from automl_tl.domain.dataset import Manifest, Sample, Split
from automl_tl.errors import DatasetChanged, DiskFull
from automl_tl.filelock import FileLock
from automl_tl.model.picture import PictureUnreadable, load_picture
from automl_tl.model.spec import ImagePreprocessing

FORMAT_VERSION = 1
"""Part of the key: goes up when the same file would give other pixels."""

_LOG = logging.getLogger(__name__)
Tell = Callable[[int, int], object]


class Pictures:
    """The prepared pictures of some splits of a manifest; the other splits' rows were never read.

    ``targets`` [N] int64 holds each sample's class index in manifest order, −1 for the splits left out.
    """

    def __init__(self, manifest: Manifest, *, arrays: dict[Split, NDArray[np.uint8]]) -> None:
        self._splits = tuple(arrays)
        self._arrays = tuple(arrays.values())
        self._array = np.full(len(manifest.samples), -1, dtype=np.int64)
        self._row = np.zeros(len(manifest.samples), dtype=np.int64)
        classes = {label: target for target, label in enumerate(manifest.classes)}
        targets = np.full(len(manifest.samples), -1, dtype=np.int64)
        for position, split in enumerate(self._splits):
            indices = np.array(manifest.indices(split), dtype=np.int64)
            self._array[indices] = position
            self._row[indices] = np.arange(len(indices))
            targets[indices] = [classes[manifest.samples[i].label] for i in indices]
        self.targets = torch.from_numpy(targets)

    def __len__(self) -> int:
        """How many samples the manifest has, prepared or not."""
        return len(self.targets)

    def batch(self, indices: Tensor | NDArray[np.int64] | Sequence[int]) -> Tensor:
        """The pictures at these positions of the manifest: uint8 [B, C, S, S] in channels-last memory.

        The pixels are copied once, out of the mapped file. Raises ValueError for a split left out.
        """
        wanted = np.asarray(indices, dtype=np.int64)
        arrays, rows = self._array[wanted], self._row[wanted]
        held = np.unique(arrays)
        if held.size and held[0] < 0:
            prepared = ", ".join(split.value for split in self._splits)
            raise ValueError(
                f"sample {wanted[arrays < 0][0]} was asked for, but only {prepared} was prepared"
            )
        if held.size == 1:
            pixels = self._arrays[held[0]][rows]
        else:
            pixels = np.empty((len(wanted), *self._arrays[0].shape[1:]), dtype=np.uint8)
            for position in held:
                here = arrays == position
                pixels[here] = self._arrays[position][rows[here]]
        return torch.from_numpy(pixels).permute(0, 3, 1, 2)


def prepare(
    manifest: Manifest,
    *,
    preprocessing: ImagePreprocessing,
    cache: Path,
    splits: Iterable[Split],
    tell: Tell | None = None,
) -> Pictures:
    """Map the prepared pictures of ``splits`` in ``cache/pictures``, and make those that are not there yet.

    Of several processes one makes a split's file while the others wait. Every picture's bytes are compared
    with the manifest. ``tell(done, total)`` is called while pictures are made or waited for, in samples of
    all splits wanted; what it raises ends the work and leaves nothing half done.

    Raises DatasetChanged naming the file, DiskFull.
    """
    wanted = [split for split in Split if split in frozenset(splits)]
    folder = cache / "pictures" / picture_key(manifest, preprocessing=preprocessing)
    total = sum(len(manifest.indices(split)) for split in wanted)
    picture_card.use(folder, fingerprint=manifest.fingerprint)
    done = 0
    arrays: dict[Split, NDArray[np.uint8]] = {}
    for split in wanted:
        samples = [manifest.samples[i] for i in manifest.indices(split)]
        path = folder / f"{split.value}.u8"
        counted = partial(_tell, tell, before=done, total=total)
        if not path.is_file():
            with FileLock(folder / f"{split.value}.lock").exclusive(partial(counted, 0)):
                if not path.is_file():
                    _make(
                        samples,
                        root=Path(manifest.root),
                        preprocessing=preprocessing,
                        path=path,
                        tell=counted,
                    )
        arrays[split] = _mapped(path, samples=len(samples), preprocessing=preprocessing)
        done += len(samples)
    return Pictures(manifest, arrays=arrays)


def picture_key(manifest: Manifest, *, preprocessing: ImagePreprocessing) -> str:
    """The folder's name: a hash of the samples and of the geometry; mean and std are applied later."""
    geometry = [
        preprocessing.size,
        preprocessing.channels,
        preprocessing.interpolation,
        preprocessing.crop_mode,
        preprocessing.crop_share,
    ]
    return hashlib.sha256(json.dumps([FORMAT_VERSION, manifest.fingerprint, geometry]).encode()).hexdigest()


def _make(
    samples: Sequence[Sample],
    *,
    root: Path,
    preprocessing: ImagePreprocessing,
    path: Path,
    tell: Callable[[int], object],
) -> None:
    for left_behind in path.parent.glob(f".{path.name}.*"):  # by a process that was killed here
        left_behind.unlink(missing_ok=True)
    _require_room(path.parent, bytes_needed=len(samples) * _picture_bytes(preprocessing))
    load = partial(_load, root=root, preprocessing=preprocessing)
    with replaced(path) as file, closing(in_order(load, samples)) as loaded:
        for done, pixels in enumerate(loaded, start=1):
            file.write(pixels.data)  # not through a map: a full disk would be a signal, not an error
            tell(done)
    _LOG.info("pictures prepared samples=%d size=%d file=%s", len(samples), preprocessing.size, path)


def _load(sample: Sample, *, root: Path, preprocessing: ImagePreprocessing) -> NDArray[np.uint8]:
    data = content(root, sample)
    try:
        return load_picture(data, preprocessing=preprocessing)
    except PictureUnreadable as error:  # another Pillow than the one that checked it
        raise DatasetChanged(f"the file {sample.path} could be decoded before, but now {error}") from error


def _mapped(path: Path, *, samples: int, preprocessing: ImagePreprocessing) -> NDArray[np.uint8]:
    shape = (samples, preprocessing.size, preprocessing.size, preprocessing.channels)
    if not samples:
        return np.empty(shape, dtype=np.uint8)  # nothing cannot be mapped
    return np.asarray(np.memmap(path, dtype=np.uint8, mode="r", shape=shape))


def _picture_bytes(preprocessing: ImagePreprocessing) -> int:
    return preprocessing.size**2 * preprocessing.channels


def _require_room(folder: Path, *, bytes_needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if bytes_needed > free:
        raise DiskFull(
            f"the prepared pictures need {bytes_needed:,} bytes in {folder}, but only {free:,} are free"
        )


def _tell(tell: Tell | None, done: int, *, before: int, total: int) -> None:
    if tell is not None:
        tell(before + done, total)
