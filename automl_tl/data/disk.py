"""Writing files whole or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from automl_tl.errors import DiskFull

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def room_for(what: object) -> Iterator[None]:
    """Turn the operating system's "no space left" into DiskFull; ``what`` was being written."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull(f"no room left on the disk to write {what}") from error
        raise


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """Write ``path`` beside itself, make it durable, and put it in its place only when the block ends well.

    Raises DiskFull. Two writers at once do no harm: the last one's file stays, whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with room_for(path), beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
