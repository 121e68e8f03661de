"""A folder that appears whole, or not at all."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from automl_tl.errors import Conflict, DiskFull, OperatorError


@contextmanager
def new_folder(to: Path, *, what: str = "a model is exported", mode: int = 0o755) -> Iterator[Path]:
    """An empty folder beside ``to`` that takes its place when the block ends, and goes when it raises.

    ``what`` is done there, in the words of a complaint.

    Raises Conflict where ``to`` holds something already, OperatorError where it cannot be written.
    """
    require_new(to, what=what)
    beside: Path | None = None
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
        yield beside
        beside.chmod(mode)  # temporary folders are their owner's alone
        beside.replace(to)
    except OSError as error:
        kind = DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else OperatorError
        raise kind(f"{to} cannot be written: {error.strerror}") from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)


def require_new(to: Path, *, what: str = "a model is exported") -> None:
    """Raise Conflict unless ``to`` is not there yet, or an empty folder."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise Conflict(f"{to} is there already, but {what} into a new or an empty folder")
