"""Threads read ahead in order, not too far, and end with their consumer."""

import os
import sys
import threading
from contextlib import closing

import pytest

from automl_tl.data.pool import in_order


@pytest.mark.parametrize("threads", [1, 3, None])
def test_results_come_in_the_order_of_the_items(threads: int | None) -> None:
    assert list(in_order(lambda i: i * i, range(1000), threads=threads)) == [i * i for i in range(1000)]


def test_error_comes_at_its_place() -> None:
    def make(i: int) -> float:
        return 1 / (50 - i)

    made = in_order(make, range(1000), threads=2)

    assert next(made) == 1 / 50
    with pytest.raises(ZeroDivisionError):
        list(made)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness of their own on Linux alone")
def test_reading_threads_give_way_to_what_else_runs() -> None:
    here = os.getpriority(os.PRIO_PROCESS, 0)

    inside = set(in_order(lambda _: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), range(100)))

    assert inside == {19 if here > 15 else 15}
    assert os.getpriority(os.PRIO_PROCESS, 0) == here


def test_slow_consumer_is_not_run_away_from() -> None:
    begun: list[int] = []
    before = set(threading.enumerate())

    with closing(in_order(lambda i: begun.append(i), range(100_000), threads=2)) as made:
        next(made)

    assert len(begun) < 1000
    assert not [t for t in set(threading.enumerate()) - before if t.name.startswith("reader")]
