"""A file lock between processes that a killed holder cannot leave behind."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

_WAIT_SECONDS = 0.05


class FileLock:
    """An advisory lock on one small file, between threads too; the kernel drops it with its holder.

    ``with FileLock(path).exclusive():`` holds it for the block. Raises OSError where the file cannot be
    written.
    """

    def __init__(self, path: Path) -> None:
        self._file = -1
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_exclusive(self) -> bool:
        """Take it for one holder alone, or leave it; whether it was taken."""
        return self._take(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Take it beside other readers, or leave it; whether it was taken."""
        return self._take(fcntl.LOCK_SH)

    def exclusive(self, waiting: Callable[[], object] | None = None) -> Self:
        """Take it for one holder alone; ``waiting`` is called again and again until then, and may raise."""
        if waiting is None:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            return self
        try:
            while not self.try_exclusive():
                waiting()
                time.sleep(_WAIT_SECONDS)
        except BaseException:
            self.release()
            raise
        return self

    def shared(self) -> Self:
        """Take it beside other readers, once nobody holds it alone."""
        fcntl.flock(self._file, fcntl.LOCK_SH)
        return self

    def release(self) -> None:
        """Give it back; twice does no harm."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def __del__(self) -> None:
        self.release()

    def _take(self, how: int) -> bool:
        try:
            fcntl.flock(self._file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
