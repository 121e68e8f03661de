"""What comes in one by one, taken in batches that wait for nothing."""

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")
_LOOK_SECONDS = 0.2


def batches_as_they_come(items: Iterable[Item], *, most: int) -> Generator[list[Item], None, None]:
    """What is there, up to ``most``: a single item is answered at once, a flood in large batches.

    A thread reads ahead, two batches at most; what it raises is raised here, after what came before it.
    Closing lets it go: one that waits for its source ends with the process.
    """
    intake = _Intake(items, room=2 * most)
    try:
        yield from intake.batches(most)
    finally:
        intake.close()


class _Intake(Generic[Item]):
    def __init__(self, items: Iterable[Item], *, room: int) -> None:
        self._items = items
        self._queue: queue.Queue[Item | _End] = queue.Queue(room)
        self._closed = threading.Event()
        threading.Thread(target=self._read, name="intake", daemon=True).start()

    def batches(self, most: int) -> Iterator[list[Item]]:
        while True:
            batch: list[Item] = []
            found: Item | _End = self._queue.get()
            while not isinstance(found, _End):
                batch.append(found)
                if len(batch) == most or self._queue.empty():
                    break
                found = self._queue.get_nowait()
            if batch:
                yield batch
            if isinstance(found, _End):
                if found.error is not None:
                    raise found.error
                return

    def close(self) -> None:
        self._closed.set()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                if not self._put(item):
                    return
        except BaseException as problem:  # noqa: BLE001  # raised where the batches are taken
            error = problem
        self._put(_End(error))

    def _put(self, item: "Item | _End") -> bool:
        while not self._closed.is_set():
            try:
                self._queue.put(item, timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
            return True
        return False


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error
