"""Works that are no evaluation tell their steps by the same small mapped file."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from automl_tl.errors import Stopped
from automl_tl.executors.progress import Progress
from automl_tl.steps import heard_by

_BETWEEN_SECONDS = 0.05  # steps may be as short as a row


@contextmanager
def told(path: str | None) -> Iterator[None]:
    """Tell the steps of the block, from its beginning on; they raise Stopped when the runner wishes so."""
    if path is None:
        yield
        return
    progress = Progress(Path(path))
    done, last = 0, 0.0

    def tell() -> None:
        nonlocal done, last
        done += 1
        now = time.monotonic()
        if now - last >= _BETWEEN_SECONDS:
            last = now
            if progress.tell(done=done, total=0):
                raise Stopped(f"stopped on request after {done} steps")

    try:
        tell()
        with heard_by(tell):
            yield
    finally:
        progress.close()
