"""The sketches of a dataset's samples, written down as they are made and read as one array."""

import tempfile
import threading
import weakref
from typing import IO

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.disk import room_for


class Sketches:
    """Records of one kind on disk, added by any thread; memory does not grow with their count."""

    def __init__(self, kind: np.dtype[np.void] | None) -> None:
        self._kind = kind
        self._count = 0
        self._lock = threading.Lock()
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="automl-tl-sketches-")  # noqa: SIM115  (closed below)
        weakref.finalize(self, self._file.close)

    def add(self, sketch: bytes | None) -> int | None:
        """Keep a record, and say in which row it stands; None for no record. Raises DiskFull."""
        if sketch is None:
            return None
        with self._lock, room_for("sketches of the samples"):
            self._file.write(sketch)
            self._count += 1
            return self._count - 1

    def rows(self) -> NDArray[np.void]:
        """All of them, in the order in which they came; read-only. Raises DiskFull."""
        kind = np.dtype([]) if self._kind is None else self._kind
        if not self._count:
            return np.empty(0, dtype=kind)
        with room_for("sketches of the samples"):
            self._file.flush()
        return np.memmap(self._file, dtype=kind, mode="r", shape=(self._count,))
