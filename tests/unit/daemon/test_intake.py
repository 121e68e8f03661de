"""What comes in one by one is batched without waiting."""

import threading
from collections.abc import Iterator
from itertools import count, islice

import pytest
from patience import WAIT_SECONDS

from automl_tl.daemon.intake import batches_as_they_come


def test_all_items_come_in_order_and_no_batch_is_too_large() -> None:
    batches = list(batches_as_they_come(range(1000), most=64))

    assert [item for batch in batches for item in batch] == list(range(1000))
    assert max(map(len, batches)) <= 64
    assert list(batches_as_they_come([], most=64)) == []


def test_one_item_is_handed_on_while_the_next_is_not_there() -> None:
    more = threading.Event()

    def slowly() -> Iterator[int]:
        yield 1
        assert more.wait(WAIT_SECONDS)
        yield 2

    batches = batches_as_they_come(slowly(), most=64)

    assert next(batches) == [1]
    more.set()
    assert next(batches) == [2]


def test_it_reads_no_more_than_two_batches_ahead() -> None:
    taken = count()
    batches = batches_as_they_come(taken, most=10)
    batch = next(batches)
    batches.close()

    assert len(batch) <= 10
    assert next(taken) <= 10 + 20 + 1


def test_an_error_comes_after_what_came_before_it() -> None:
    def broken() -> Iterator[int]:
        yield from (1, 2)
        raise ValueError("the source broke")

    found = []
    with pytest.raises(ValueError, match="the source broke"):
        for batch in batches_as_they_come(broken(), most=10):
            found += batch

    assert list(islice(found, 5)) == [1, 2]
