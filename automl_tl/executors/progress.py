"""The small mapped file through which running work tells its steps and learns that it should stop."""

import mmap
import os
import struct
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LAYOUT = struct.Struct("<qqdq")  # steps done, steps in all, monotonic seconds of the last step, stop wished
_STOP_OFFSET = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What a worker told last; ``told`` is this machine's monotonic clock in seconds."""

    done: int
    total: int
    told: float


class Progress:
    """One work's mapped file; the worker writes steps, the runner reads them and may wish for a stop."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            _create(path)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _LAYOUT.size)

    def tell(self, *, done: int, total: int) -> bool:
        """Write the steps so far; True when the runner wishes that the work stops now."""
        self._map[:_STOP_OFFSET] = _LAYOUT.pack(done, total, time.monotonic(), 0)[:_STOP_OFFSET]
        return self._map[_STOP_OFFSET] != 0

    def steps(self) -> Steps:
        """What the worker told last."""
        done, total, told, _ = _LAYOUT.unpack(self._map[:])
        return Steps(done=done, total=total, told=told)

    def stop(self) -> None:
        """Wish that the work stops at its next step."""
        self._map[_STOP_OFFSET] = 1

    def close(self) -> None:
        """Unmap the file."""
        self._map.close()


def _create(path: Path) -> None:
    """Put the file there whole: runner and worker may both be the first to open it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".") as draft:
        draft.write(_LAYOUT.pack(0, 0, time.monotonic(), 0))
        draft.flush()
        with suppress(FileExistsError):
            os.link(draft.name, path)
