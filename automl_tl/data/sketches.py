"""The sketches of a dataset's samples, written down as they are made and read as one array."""

import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import IO

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.disk import room_for

_AT_ONCE = 1024
_BYTES_AT_ONCE = 2**20
Make = Callable[[Sequence[bytes]], NDArray[np.void]]


class Sketches:
    """Records of one kind on disk, added by any thread; memory does not grow with their count.

    ``make`` turns samples into records, many at once; without it, what is added are records already.
    """

    def __init__(self, kind: np.dtype[np.void] | None, *, make: Make | None = None) -> None:
        self._kind = kind
        self._make = make
        self._count = 0
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._lock = threading.Lock()
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="automl-tl-sketches-")  # noqa: SIM115  (closed below)
        weakref.finalize(self, self._file.close)

    def add(self, sample: bytes | None) -> int | None:
        """Keep a sample's record, and say in which row it stands; None for no record. Raises DiskFull."""
        if sample is None:
            return None
        with self._lock:
            self._waiting.append(sample)
            self._waiting_bytes += len(sample)
            if len(self._waiting) >= _AT_ONCE or self._waiting_bytes >= _BYTES_AT_ONCE:
                self._write()
            self._count += 1
            return self._count - 1

    def rows(self) -> NDArray[np.void]:
        """All of them, in the order in which they came; read-only. Raises DiskFull."""
        with self._lock:
            self._write()
        kind = np.dtype([]) if self._kind is None else self._kind
        return np.memmap(self._file, dtype=kind, mode="r") if self._count else np.empty(0, dtype=kind)

    def _write(self) -> None:
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if waiting:
            with room_for("sketches of the samples"):
                self._file.write(self._make(waiting).tobytes() if self._make else b"".join(waiting))
                self._file.flush()
