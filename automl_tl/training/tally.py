"""What preparing one evaluation has cost, as its outlay tells it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Tally:
    """Seconds until the head was solved, seconds of keeping activations, and forward passes spent on both."""

    head_seconds: float = 0.0
    keeping_seconds: float = 0.0
    frozen_passes: float = 0.0

    @contextmanager
    def head(self) -> Iterator[None]:
        """What happens within is done for the head."""
        begun = time.monotonic()
        yield
        self.head_seconds += time.monotonic() - begun

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """What happens within is done to keep activations, or to find them kept."""
        begun = time.monotonic()
        yield
        self.keeping_seconds += time.monotonic() - begun
