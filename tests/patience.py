"""Waiting for what other threads and processes do, as long as a busy machine may need for it."""

import time
from collections.abc import Callable

import psutil

WAIT_SECONDS = 120.0


def until(fact: Callable[[], object], *, what: str = "it") -> None:
    """Return once the fact is true; fail by name when it does not come to be."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not fact():
        assert time.monotonic() < deadline, f"{what} did not come to be in {WAIT_SECONDS:.0f} s"
        time.sleep(0.01)


def has_ended(pid: int) -> bool:
    """Whether no process runs under that number; one whose parent has not yet asked for its end has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
