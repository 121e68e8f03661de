"""The sketches of a dataset's samples, written down as they are made and read as one array."""

import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.disk import room_for

_AT_ONCE = 1024
_BYTES_AT_ONCE = 2**17  # of texts; hashing takes fifty times that, and little of it is given back
_MOST_WAITING = 4  # portions
Make = Callable[[Sequence[bytes]], NDArray[np.void]]


class Sketches:
    """Records of one kind on disk, added by any thread; memory does not grow with their count.

    ``make`` turns samples into records, many at once, in a thread of its own; without it, what is added are
    records already.
    """

    def __init__(self, kind: np.dtype[np.void] | None, *, make: Make | None = None) -> None:
        self._kind = kind
        self._make = make
        self._count = 0
        self._portion: list[bytes] = []
        self._portion_bytes = 0
        self._lock = threading.Lock()
        self._waiting: deque[Future[None]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sketches")
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="automl-tl-sketches-")  # noqa: SIM115  (closed below)
        weakref.finalize(self, _close, self._thread, self._file)

    def add(self, sample: bytes | None) -> int | None:
        """Keep a sample's record, and say in which row it stands; None for no record. Raises DiskFull."""
        if sample is None:
            return None
        with self._lock:
            self._portion.append(sample)
            self._portion_bytes += len(sample)
            if len(self._portion) >= _AT_ONCE or self._portion_bytes >= _BYTES_AT_ONCE:
                self._write()
            self._count += 1
            return self._count - 1

    def rows(self) -> NDArray[np.void]:
        """All of them, in the order in which they came; read-only. Raises DiskFull."""
        with self._lock:
            self._write()
            while self._waiting:
                self._waiting.popleft().result()
        kind = np.dtype([]) if self._kind is None else self._kind
        return np.memmap(self._file, dtype=kind, mode="r") if self._count else np.empty(0, dtype=kind)

    def _write(self) -> None:
        portion, self._portion, self._portion_bytes = self._portion, [], 0
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft().result()
        if portion:
            self._waiting.append(self._thread.submit(_write, portion, make=self._make, file=self._file))


def _write(portion: Sequence[bytes], *, make: Make | None, file: IO[bytes]) -> None:
    with room_for("sketches of the samples"):
        file.write(b"".join(portion) if make is None else make(portion).tobytes())
        file.flush()


def _close(thread: ThreadPoolExecutor, file: IO[bytes]) -> None:
    thread.shutdown(wait=True, cancel_futures=True)
    file.close()
