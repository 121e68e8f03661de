"""A child that dies with its parent, however the parent dies."""

import ctypes
import os
import runpy
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


def child_command(module: str, *arguments: str) -> list[str]:
    """How this process starts a module that dies with it, from its first moment: before its imports."""
    return [sys.executable, "-m", "automl_tl.daemon.parent", str(os.getpid()), module, *arguments]


def main() -> None:
    """``PARENT MODULE ARGUMENTS``: become that module, bound to the life of that parent."""
    parent, module, *arguments = sys.argv[1:]
    die_with_parent(int(parent))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
