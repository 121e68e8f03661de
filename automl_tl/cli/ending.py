"""How a command ends that somebody wants ended: in order, by SIGTERM as by Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

ENDED_EARLY = "the command was ended before it was done"


@contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, so that what a command started ends with it; in the main thread."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
