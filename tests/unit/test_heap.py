"""Freed memory goes back to the system when a process says so."""

import sys

import psutil
import pytest

from automl_tl import heap

_PIECE = b"x" * 100_000  # below what glibc maps by itself


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_what_is_free_below_what_is_not_goes_back() -> None:
    process = psutil.Process()
    pieces = [bytearray(_PIECE) for _ in range(600)]
    last = bytearray(_PIECE)  # the heap cannot shrink from its end
    pieces.clear()
    before = process.memory_info().rss

    heap.trim()

    assert before - process.memory_info().rss > 30_000_000
    assert len(last) == len(_PIECE)
