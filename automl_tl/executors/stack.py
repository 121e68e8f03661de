"""Where a worker that hangs is: its threads' stacks, told on a signal, whatever holds the interpreter."""

import faulthandler
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_SIGNAL = signal.SIGUSR1
_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 0.02


@contextmanager
def told_on_demand(progress: str | None) -> Iterator[None]:
    """Let this process tell its threads' stacks, beside the file of ``progress``, while the block runs.

    Where that cannot be written nothing is told, and the block runs all the same.
    """
    file = None if progress is None else _opened(_file(progress))
    if file is None:
        yield
        return
    with file:
        faulthandler.register(_SIGNAL, file=file, all_threads=True)
        try:
            yield
        finally:
            faulthandler.unregister(_SIGNAL)
            Path(file.name).unlink(missing_ok=True)


def ask(pid: int, *, progress: str) -> str:
    """What that process tells of itself within a second; nothing where it does not listen, or cannot."""
    path = _file(progress)
    try:
        if path.stat().st_size:  # it was asked before
            return path.read_text()
        os.kill(pid, _SIGNAL)
        return _read(path)
    except (OSError, ValueError):  # its work ended meanwhile
        return ""


def _opened(path: Path) -> TextIO | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w")
    except OSError:
        return None


def _read(path: Path) -> str:
    """The file once it does not grow any more."""
    before, deadline = "", time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
        text = path.read_text()
        if text and text == before:
            break
        before = text
    return before


def _file(progress: str) -> Path:
    return Path(f"{progress}.stack")
