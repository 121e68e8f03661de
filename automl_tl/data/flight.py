"""Single flight: of several processes that want the same thing made, one makes it while the others wait."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE_SECONDS = 0.05


@contextmanager
def single_flight(lock: Path, *, waiting: Callable[[], object] | None = None) -> Iterator[None]:
    """Hold the file ``lock`` alone, between threads too; it is let go when the process ends, however it does.

    ``waiting`` is called every 50 milliseconds until the lock is held; what it raises ends the wait.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _taken(handle):
            if waiting is not None:
                waiting()
            time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
