"""A few threads that read ahead of one consumer, in order and without running away from it."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

_CHUNK = 32  # items a thread takes at once: small enough to be fair, large enough to cost nothing
_AHEAD = 4  # chunks per thread that may wait for the consumer


def in_order(
    make: Callable[[Item], Made], items: Iterable[Item], *, threads: int | None = None
) -> Generator[Made, None, None]:
    """``map`` by threads (None: one a core), for what lets other threads run: reading, hashing, decoding.

    Items are taken as they are wanted, so there may be any number of them. The first error ends it, at its
    place in the order; so does closing it, and no thread outlives it.
    """
    count = threads or os.cpu_count() or 1
    source = iter(items)
    waiting: deque[Future[list[Made]]] = deque()
    with ThreadPoolExecutor(count, thread_name_prefix="reader") as executor:
        try:
            while chunk := list(islice(source, _CHUNK)):
                waiting.append(executor.submit(_chunk, make, chunk))
                if len(waiting) >= count * _AHEAD:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            executor.shutdown(cancel_futures=True)


def _chunk(make: Callable[[Item], Made], items: list[Item]) -> list[Made]:
    return [make(item) for item in items]
