"""A few threads that read ahead of one consumer, in order and without running away from it."""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from automl_tl.steps import step

Item = TypeVar("Item")
Made = TypeVar("Made")

_CHUNK = 32  # items a thread takes at once: small enough to be fair, large enough to cost nothing
_AHEAD = 4  # chunks per thread that may wait for the consumer
_NICENESS = 15  # beyond a worker's own


def in_order(
    make: Callable[[Item], Made], items: Iterable[Item], *, threads: int | None = None
) -> Generator[Made, None, None]:
    """``map`` by threads (None: one a core), for what lets other threads run: reading, hashing, decoding.

    Items are taken as they are wanted, so there may be any number of them. The first error ends it, at its
    place in the order; so does closing it, and no thread outlives it. On Linux the threads give way to
    everything else that runs, training in other workers above all.
    """
    count = threads or os.cpu_count() or 1
    source = iter(items)
    waiting: deque[Future[list[Made]]] = deque()
    with ThreadPoolExecutor(count, thread_name_prefix="reader", initializer=_give_way) as executor:
        try:
            while chunk := list(islice(source, _CHUNK)):
                waiting.append(executor.submit(_chunk, make, chunk))
                if len(waiting) >= count * _AHEAD:
                    yield from waiting.popleft().result()
                    step()
            while waiting:
                yield from waiting.popleft().result()
                step()
        finally:
            executor.shutdown(cancel_futures=True)


def _give_way() -> None:
    if sys.platform == "linux":  # where a thread has a niceness of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _chunk(make: Callable[[Item], Made], items: list[Item]) -> list[Made]:
    return [make(item) for item in items]
