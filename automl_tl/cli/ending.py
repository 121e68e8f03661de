"""How a command ends that somebody wants ended: in order, by SIGTERM as by Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

ENDED_EARLY = "the command was ended before it was done"


@contextmanager
def ended_in_order() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, once, so that what a command started ends too; in the main thread.

    Whoever ends a process group may send several: the next does not break into the clean-up. Where the signal
    is ignored it stays so.
    """
    before = signal.getsignal(signal.SIGTERM)
    if before is signal.SIG_IGN:
        yield
        return

    def end(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
