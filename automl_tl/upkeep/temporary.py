"""Temporary folders that no killed process leaves behind for ever."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from automl_tl.filelock import FileLock

_LOCK = ".alive"
_YOUNG_SECONDS = 60.0  # its process may not have locked it yet


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A folder that is gone afterwards.

    A process that is killed cannot clear its own: the next that wants one of that ``prefix`` does it.
    """
    sweep(Path(tempfile.gettempdir()), prefix=prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    with FileLock(folder / _LOCK).exclusive():
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path, *, prefix: str) -> int:
    """Clear the folders of that prefix whose process is gone; how many there were.

    One without a lock of ours is somebody else's, and stays.
    """
    swept = 0
    for mark in parent.glob(f"{prefix}*/{_LOCK}"):
        folder = mark.parent
        try:
            if folder.is_symlink() or time.time() - mark.stat().st_mtime < _YOUNG_SECONDS:
                continue
            with FileLock(mark) as lock:
                if lock.try_exclusive():
                    shutil.rmtree(folder, ignore_errors=True)
                    swept += 1
        except OSError:  # somebody else's, or gone meanwhile
            continue
    return swept
