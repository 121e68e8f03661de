"""A child that dies with its parent, however the parent dies."""

import ctypes
import os
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1  # prctl


def die_with_parent(parent: int | None = None) -> None:
    """Let the kernel kill this process when the thread that started it ends (Linux; elsewhere nothing).

    ``parent`` is the pid that started it: raises SystemExit where that one is gone already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        raise SystemExit(f"process {parent} ended before its child began")
