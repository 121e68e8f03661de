"""The right to a set of actors: no two processes ever hand work to the same actor."""

from dataclasses import dataclass

from automl_tl.executors.ray_address import PoolFolder
from automl_tl.filelock import FileLock


@dataclass(slots=True, kw_only=True)
class Lane:
    """One process's set of actors; the kernel gives the lane back when the process dies."""

    number: int
    _lock: FileLock

    @classmethod
    def take(cls, folder: PoolFolder) -> "Lane":
        """The first lane that no living process holds, so that its warm actors are used again."""
        number = 0
        while True:
            lock = FileLock(folder.lane(number))
            if lock.try_exclusive():
                return cls(number=number, _lock=lock)
            lock.release()
            number += 1

    def close(self) -> None:
        """Give it back."""
        self._lock.release()
