"""One segment of activations on disk: rows of fixed shapes, and which sample each row belongs to."""

import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.cache.form import Form
from automl_tl.cache.shelf import CARD
from automl_tl.filelock import FileLock

Keys = NDArray[np.bytes_]
"""The samples' sha256 in hexadecimal, [N] of 64 bytes each."""
Batches = Iterable[Sequence[np.ndarray]]
_SAMPLES = "samples.s64"
_READ_BYTES = 2**22
_seen_whole: set[tuple[str, int, int]] = set()


class SegmentDamaged(Exception):
    """The files are not those that were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """An open segment: ``rows`` has one array [n, *shape] a tensor; row i is of sample ``keys[i]``.

    It is not evicted until ``close``.
    """

    keys: Keys
    order: NDArray[np.int64]  # of the keys, ascending
    rows: tuple[np.ndarray, ...]
    lock: FileLock

    def find(self, wanted: Keys) -> NDArray[np.int64]:
        """The row [N] of each wanted sample, −1 where it is not here."""
        if not len(self.keys):
            return np.full(len(wanted), -1, np.int64)
        place = np.searchsorted(self.keys, wanted, sorter=self.order)
        row = self.order[np.minimum(place, len(self.order) - 1)]
        return np.where(self.keys[row] == wanted, row, -1)

    def close(self) -> None:
        """The rows are no longer read."""
        self.lock.release()


def segment_name(keys: Keys) -> str:
    """The same samples make the same segment, whoever computes them."""
    return hashlib.sha256(np.ascontiguousarray(keys).tobytes()).hexdigest()[:16]


def segment_bytes(samples: int, form: Form) -> int:
    """What a segment takes on disk: its rows, and the names of their samples."""
    return form.bytes(samples) + 64 * samples


def reserve_segment(folder: Path, *, samples: int, form: Form) -> None:
    """Make the folder and take its room, so that a full disk says so now; raises OSError."""
    folder.mkdir()
    for index, file_bytes in enumerate(_sizes(samples, form)):
        with _file(folder, index, form).open("wb") as file:
            if hasattr(os, "posix_fallocate") and samples:
                os.posix_fallocate(file.fileno(), 0, file_bytes)


def write_segment(
    folder: Path, batches: Batches, *, identity: Mapping[str, object], keys: Keys, form: Form
) -> None:
    """Fill a reserved folder; ``batches`` give one array [b, *shape] a tensor, in the order of ``keys``.

    Raises OSError, and ValueError when more or fewer rows come than there are keys.
    """
    files = [_file(folder, index, form).open("r+b") for index in range(len(form.shapes))]
    sums = [0] * len(files)
    samples = 0
    try:
        for batch in batches:
            samples += len(batch[0])
            for index, (file, rows) in enumerate(zip(files, batch, strict=True)):
                data = form.narrowed(rows).data.cast("B")
                file.write(data)
                sums[index] = zlib.crc32(data, sums[index])
    finally:
        for file in files:
            file.flush()
            os.fsync(file.fileno())
            file.close()
    if samples != len(keys):
        raise ValueError(f"{samples} rows were computed, but {len(keys)} were wanted")
    (folder / _SAMPLES).write_bytes(keys.tobytes())
    card = {"identity": dict(identity), "samples": samples, "shapes": form.shapes, "crc32": sums}
    (folder / CARD).write_text(json.dumps(card, sort_keys=True), encoding="utf-8")


def open_segment(folder: Path, lock: FileLock, *, form: Form) -> Segment:
    """Map a segment that ``lock`` is held on; its bytes are compared at this process's first opening.

    Raises SegmentDamaged, OSError.
    """
    card = _card(folder)
    samples = card["samples"]
    keys = np.fromfile(folder / _SAMPLES, dtype="S64")
    files = [_file(folder, index, form) for index in range(len(form.shapes))]
    sizes = [file.stat().st_size for file in files]
    if len(keys) != samples or sizes != _sizes(samples, form):
        raise SegmentDamaged(f"{folder.name} has files of {sizes} bytes for {samples} samples")
    for file, expected in zip(files, card["crc32"], strict=True):
        _see_whole(file, expected)
    os.utime(folder / CARD)
    rows = tuple(
        np.asarray(np.memmap(file, dtype=form.floats, mode="r", shape=(samples, *shape)))
        if samples
        else np.empty((0, *shape), form.floats)  # nothing cannot be mapped
        for file, shape in zip(files, form.shapes, strict=True)
    )
    return Segment(keys=keys, order=np.argsort(keys, kind="stable"), rows=rows, lock=lock)


def _card(folder: Path) -> dict[str, Any]:
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        if not (isinstance(card["samples"], int) and isinstance(card["crc32"], list)):
            raise SegmentDamaged(f"{folder.name}/{CARD} says nothing of samples")
    except (ValueError, KeyError, TypeError) as error:
        raise SegmentDamaged(f"{folder.name}/{CARD} cannot be read: {error!r}") from error
    found: dict[str, Any] = card
    return found


def _see_whole(file: Path, expected: int) -> None:
    facts = file.stat()
    seen = (str(file), facts.st_ino, facts.st_mtime_ns)
    if seen in _seen_whole:
        return
    found = 0
    with file.open("rb") as data:
        while part := data.read(_READ_BYTES):
            found = zlib.crc32(part, found)
    if found != expected:
        raise SegmentDamaged(f"{file.parent.name}/{file.name} holds other bytes than were written")
    _seen_whole.add(seen)


def _sizes(samples: int, form: Form) -> list[int]:
    return [replace(form, shapes=(shape,)).bytes(samples) for shape in form.shapes]


def _file(folder: Path, index: int, form: Form) -> Path:
    return folder / f"{index}.f{8 * form.figure_bytes}"
