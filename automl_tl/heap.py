"""What glibc keeps of freed memory, as each process wants it; elsewhere nothing happens."""

import ctypes
import functools
import sys

_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8  # names of glibc's malloc.h
_NEVER = 2**31 - 1


def keep_freed() -> None:
    """Reuse big blocks instead of mapping fresh pages in every training step: a third off its time."""
    library = _glibc()
    if library is not None:
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, _NEVER)


def share_one_arena() -> None:
    """Let threads that come and go leave no heap of their own behind; before the first of them."""
    library = _glibc()
    if library is not None:
        library.mallopt(_ARENA_MAX, 1)


def trim() -> None:
    """Give what is free back to the system."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


@functools.cache
def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") else None
