"""The right to a set of actors: no two processes ever hand work to the same actor."""

import fcntl
import os
from dataclasses import dataclass

from automl_tl.executors.ray_address import PoolFolder


@dataclass(slots=True, kw_only=True)
class Lane:
    """One process's set of actors; the kernel gives the lane back when the process dies."""

    number: int
    _lock: int

    @classmethod
    def take(cls, folder: PoolFolder) -> "Lane":
        """The first lane that no living process holds, so that its warm actors are used again."""
        number = 0
        while True:
            lock = os.open(folder.lane(number), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                number += 1
            else:
                return cls(number=number, _lock=lock)

    def close(self) -> None:
        """Give it back."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
