"""What became of a candidate that was to be brought onto this machine ahead of any job."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Progress = Callable[[int, int | None], object]  # bytes of the weights so far, and in all where that is known


class Arrival(StrEnum):
    """Whether it can be used without a network from now on."""

    HERE = "already here"
    FETCHED = "fetched"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefetched:
    """One candidate's arrival; ``size_bytes`` of its weights, ``why`` it was refused or has failed."""

    candidate: str
    source: str
    arrival: Arrival
    licence: str | None = None
    size_bytes: int | None = None
    why: str | None = None
