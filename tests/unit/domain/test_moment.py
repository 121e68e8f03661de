"""A moment as people write it."""

import pytest

from automl_tl.domain.moment import moment_of, since
from automl_tl.errors import RequestError

TEN = "2026-11-23T22:00+01:00"


def test_a_time_is_read_with_its_zone() -> None:
    assert moment_of(TEN) == moment_of("2026-11-23T21:00+00:00") == 1_795_467_600.0


def test_since_is_a_time_or_how_long_ago() -> None:
    assert since("2h", now=10_000.0) == 2_800.0
    assert since(TEN, now=0.0) == moment_of(TEN)


def test_what_is_neither_is_refused_with_what_was_expected() -> None:
    with pytest.raises(RequestError, match="yesterday is not a time: expected ISO 8601 such as"):
        moment_of("yesterday")
    with pytest.raises(RequestError, match="or how long ago, such as 2h"):
        since("yesterday", now=0.0)
