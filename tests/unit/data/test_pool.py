"""Threads read ahead in order, not too far, and end with their consumer."""

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


def test_slow_consumer_is_not_run_away_from() -> None:
    begun: list[int] = []

    with closing(in_order(lambda i: begun.append(i), range(100_000), threads=2)) as made:
        next(made)

    assert len(begun) < 1000
    assert not [t for t in threading.enumerate() if t.name.startswith("reader")]
