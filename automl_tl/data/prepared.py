"""Prepared samples: a dataset as a backbone wants it, made once and mapped by every worker."""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from functools import partial
from itertools import groupby, tee
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from automl_tl.data import prepared_card
from automl_tl.data.contents import content, contents
from automl_tl.data.disk import replaced
from automl_tl.data.pool import in_order
from automl_tl.domain.dataset import Manifest, Sample, Split
from automl_tl.errors import DatasetChanged, DiskFull
from automl_tl.filelock import FileLock
from automl_tl.model.prepared import as_batch
from automl_tl.model.preparer import Preparer
from automl_tl.model.problem import SampleUnreadable
from automl_tl.model.spec import Preprocessing
from automl_tl.steps import step

FORMAT_VERSION = 1
"""Part of the key: goes up when the same file would give another array."""

FOLDER = "pictures"
"""Below a home's cache; older than the other modalities, whose samples lie there too."""

_LOG = logging.getLogger(__name__)
Tell = Callable[[int, int], object]
Stored = NDArray[Any]


class PreparedSamples:
    """The prepared samples of some splits of a manifest; the other splits' rows were never read.

    ``targets`` [N] int64 holds each sample's class index in manifest order, −1 for the splits left out.
    """

    def __init__(
        self, manifest: Manifest, *, arrays: dict[Split, Stored], preprocessing: Preprocessing
    ) -> None:
        """``arrays`` hold one stored sample a row, in the order of the split's samples."""
        self._preprocessing = preprocessing
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
        """The samples at these positions of the manifest: [B, *shape]; pictures in channels-last memory.

        They are copied once, out of the mapped file. Raises ValueError for a split left out.
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
            found = self._arrays[held[0]][rows]
        else:
            found = np.empty((len(wanted), *self._preprocessing.stored_shape), self._preprocessing.dtype)
            for position in held:
                here = arrays == position
                found[here] = self._arrays[position][rows[here]]
        return as_batch(found, self._preprocessing)


def prepare(
    manifest: Manifest,
    *,
    preparer: Preparer,
    cache: Path,
    splits: Iterable[Split],
    tell: Tell | None = None,
) -> PreparedSamples:
    """Map the prepared samples of ``splits`` in ``cache``, and make those that are not there yet.

    Of several processes one makes a split's file while the others wait. Every sample's bytes are compared
    with the manifest. ``tell(done, total)`` is called while samples are made or waited for, in samples of
    all splits wanted; what it raises ends the work and leaves nothing half done.

    Raises DatasetChanged naming the sample, DiskFull.
    """
    preprocessing = preparer.preprocessing
    wanted = [split for split in Split if split in frozenset(splits)]
    folder = cache / FOLDER / prepared_key(manifest, preprocessing=preprocessing)
    total = sum(len(manifest.indices(split)) for split in wanted)
    prepared_card.use(folder, fingerprint=manifest.fingerprint)
    done = 0
    arrays: dict[Split, Stored] = {}
    for split in wanted:
        samples = [manifest.samples[i] for i in manifest.indices(split)]
        path = folder / f"{split.value}.{_suffix(preprocessing)}"
        counted = partial(_tell, tell, before=done, total=total)
        if not path.is_file():
            with FileLock(folder / f"{split.value}.lock").exclusive(partial(counted, 0)):
                if not path.is_file():
                    _make(samples, root=Path(manifest.root), preparer=preparer, path=path, tell=counted)
        arrays[split] = _mapped(path, samples=len(samples), preprocessing=preprocessing)
        done += len(samples)
    return PreparedSamples(manifest, arrays=arrays, preprocessing=preprocessing)


def prepared_key(manifest: Manifest, *, preprocessing: Preprocessing) -> str:
    """The folder's name: a hash of the samples and of what is done to them."""
    key = [FORMAT_VERSION, manifest.fingerprint, preprocessing.prepared_by]
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()


def _make(
    samples: Sequence[Sample], *, root: Path, preparer: Preparer, path: Path, tell: Callable[[int], object]
) -> None:
    for left_behind in path.parent.glob(f".{path.name}.*"):  # by a process that was killed here
        left_behind.unlink(missing_ok=True)
    _require_room(path.parent, bytes_needed=len(samples) * _sample_bytes(preparer.preprocessing))
    prepared = _prepared(samples, root=root, preparer=preparer)
    with replaced(path) as file, closing(prepared) as loaded:
        for done, stored in enumerate(loaded, start=1):
            file.write(stored.data)  # not through a map: a full disk would be a signal, not an error
            tell(done)
    _LOG.info(
        "samples prepared samples=%d shape=%s file=%s", len(samples), preparer.preprocessing.shape, path
    )


def _prepared(samples: Sequence[Sample], *, root: Path, preparer: Preparer) -> Generator[Stored, None, None]:
    """Files are read by the threads that prepare them, a table's rows in one pass before them."""
    prepare = partial(_stored, preparer=preparer)
    for is_row, group in groupby(samples, key=lambda sample: sample.column is not None):
        if is_row:
            here, read = tee(group)
            yield from in_order(lambda pair: prepare(*pair), zip(here, contents(root, read), strict=True))
        else:
            yield from in_order(lambda sample: prepare(sample, content(root, sample)), group)


def _stored(sample: Sample, data: bytes, *, preparer: Preparer) -> Stored:
    try:
        return preparer.prepare(data)
    except SampleUnreadable as error:  # another decoder than the one that checked it
        raise DatasetChanged(f"{sample.path} could be decoded before, but now {error}") from error


def _mapped(path: Path, *, samples: int, preprocessing: Preprocessing) -> Stored:
    shape = (samples, *preprocessing.stored_shape)
    if not samples:
        return np.empty(shape, dtype=preprocessing.dtype)  # nothing cannot be mapped
    return np.asarray(np.memmap(path, dtype=preprocessing.dtype, mode="r", shape=shape))


def _suffix(preprocessing: Preprocessing) -> str:
    dtype = np.dtype(preprocessing.dtype)
    return f"{dtype.kind}{8 * dtype.itemsize}"


def _sample_bytes(preprocessing: Preprocessing) -> int:
    return prod(preprocessing.stored_shape) * np.dtype(preprocessing.dtype).itemsize


def _require_room(folder: Path, *, bytes_needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if bytes_needed > free:
        raise DiskFull(
            f"the prepared samples need {bytes_needed:,} bytes in {folder}, but only {free:,} are free"
        )


def _tell(tell: Tell | None, done: int, *, before: int, total: int) -> None:
    step()
    if tell is not None:
        tell(before + done, total)
