"""An unexpected error in one sentence, and as what it is: libraries say in words only that a disk is full."""

import errno

from automl_tl.errors import AutomlError, DiskFull

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_ROOM_WORDS = ("No space left on device", "Disk quota exceeded", "os error 28")


def understood(error: Exception) -> AutomlError:
    """DiskFull where that is what it says, else what it says."""
    text = f"{type(error).__name__}: {error}"
    if getattr(error, "errno", None) in _NO_ROOM or any(words in text for words in _NO_ROOM_WORDS):
        return DiskFull(f"no room left on the disk to go on with this job; make room, then retry it ({text})")
    return AutomlError(text)
