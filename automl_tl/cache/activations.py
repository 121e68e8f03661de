"""Activations on disk: computed once, read by every process, bounded in bytes.

One entry is a folder of raw float32 rows, one file a tensor, mapped into memory by its readers. A key names
everything the rows depend on; at present a whole split of a manifest is one entry. Keys of single samples
belong into ``Request`` (and an index from sample to row beside the rows), so that a dataset that grew pays
for its new samples only.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from automl_tl.cache.shelf import CARD, Shelf, folder_bytes
from automl_tl.filelock import FileLock

_log = logging.getLogger(__name__)
Batches = Iterable[Sequence[np.ndarray]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is wanted: ``identity`` (JSON values) is all that the rows depend on.

    ``shapes`` has one row's shape for each tensor of the boundary.
    """

    identity: Mapping[str, object]
    samples: int
    shapes: tuple[tuple[int, ...], ...]

    @property
    def key(self) -> str:
        """The entry's folder name."""
        text = json.dumps([dict(self.identity), self.samples, self.shapes], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def bytes(self) -> int:
        """What the rows take."""
        return sum(4 * self.samples * prod(shape) for shape in self.shapes)


class Entry:
    """Mapped rows, one array [N, *shape] float32 a tensor; not evicted until it is closed."""

    def __init__(self, rows: tuple[np.ndarray, ...], lock: FileLock) -> None:
        self.rows = rows
        self._lock = lock

    def close(self) -> None:
        """The rows are no longer read."""
        self._lock.release()


class ActivationCache:
    """Entries under one folder that together take at most ``limit_bytes``."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self._shelf = Shelf(folder=folder)
        self._limit_bytes = limit_bytes

    def get(
        self, request: Request, *, compute: Callable[[], Batches], waiting: Callable[[], None]
    ) -> Entry | None:
        """The rows of a request; where they are not here yet, one process computes and the others wait.

        ``compute`` gives the batches in order, one array [b, *shape] a tensor. ``waiting`` is called while
        another computes. What they raise passes through, but for OSErrors, which count as the disk's.
        None: no room, or no disk that takes the rows; then the caller goes on without.
        """
        try:
            return self._found(request) or self._made(request, compute=compute, waiting=waiting)
        except OSError as error:
            _log.warning("activations were not kept: key=%s reason=%r", request.key, str(error))
            return None

    def _found(self, request: Request) -> Entry | None:
        folder = self._shelf.entry(request.key)
        if not (folder / CARD).is_file():
            return None
        lock = self._shelf.reading(request.key)
        if not lock.try_shared() or not (folder / CARD).is_file() or folder_bytes(folder) < request.bytes:
            lock.release()
            return None
        os.utime(folder / CARD)
        return Entry(_mapped(folder, request), lock)

    def _made(
        self, request: Request, *, compute: Callable[[], Batches], waiting: Callable[[], None]
    ) -> Entry | None:
        with self._shelf.making(request.key).exclusive(waiting):
            found = self._found(request)
            if found is not None or not self._reserved(request, waiting=waiting):
                return found
            unfinished, entry = self._shelf.unfinished(request.key), self._shelf.entry(request.key)
            try:
                _write(unfinished, request, compute())
                shutil.rmtree(entry, ignore_errors=True)  # a damaged one
                unfinished.rename(entry)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
            return self._found(request)

    def _reserved(self, request: Request, *, waiting: Callable[[], None]) -> bool:
        unfinished = self._shelf.unfinished(request.key)
        with self._shelf.room() as room:
            room.exclusive(waiting)
            shutil.rmtree(unfinished, ignore_errors=True)  # left by a maker that died
            if not self._shelf.make_room(request.bytes, limit_bytes=self._limit_bytes):
                return False
            unfinished.mkdir()
            try:
                for index, shape in enumerate(request.shapes):
                    _allocate(_file(unfinished, index), 4 * request.samples * prod(shape))
            except OSError:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
        return True


def _allocate(path: Path, size: int) -> None:
    # Reserved now, so that a full disk says so here and not while mapped rows are written.
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)


def _write(folder: Path, request: Request, batches: Batches) -> None:
    files = [_file(folder, index).open("r+b") for index in range(len(request.shapes))]
    samples = 0
    try:
        for batch in batches:
            samples += len(batch[0])
            for file, rows in zip(files, batch, strict=True):
                file.write(np.ascontiguousarray(rows, dtype=np.float32).data)
    finally:
        for file in files:
            file.flush()
            os.fsync(file.fileno())
            file.close()
    if samples != request.samples:
        raise ValueError(f"{samples} rows were computed, but {request.samples} were wanted")
    card = {"identity": dict(request.identity), "samples": samples, "shapes": request.shapes}
    (folder / CARD).write_text(json.dumps(card, sort_keys=True), encoding="utf-8")


def _mapped(folder: Path, request: Request) -> tuple[np.ndarray, ...]:
    return tuple(
        np.memmap(_file(folder, index), dtype=np.float32, mode="r", shape=(request.samples, *shape))
        for index, shape in enumerate(request.shapes)
    )


def _file(folder: Path, index: int) -> Path:
    return folder / f"{index}.f32"
