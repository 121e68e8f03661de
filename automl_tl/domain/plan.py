"""What a job would do, told before it is queued."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Basis(StrEnum):
    """What a candidate's figures rest on."""

    REPORTED = "trained on this machine"
    TIMED = "timed on this machine"
    COUNTED = "counted on this machine"
    PUBLISHED = "a guess from published figures"
    NOTHING = "not measured yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCandidate:
    """One candidate of the space: whether it would be searched, and why; seconds None: nobody can tell yet.

    ``probe_seconds`` is its linear probe to the first rung, ``epoch_seconds`` one epoch of training all of
    it; ``download`` is what would be fetched, None where it is here.
    """

    candidate: str
    source: str
    is_searched: bool
    why: str
    basis: Basis
    place: int | None = None
    chance: float | None = None
    probe_seconds: float | None = None
    epoch_seconds: float | None = None
    size_bytes: int | None = None
    licence: str | None = None
    download: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``seconds`` by part (begin, search, prove, total), None where nobody can tell.

    ``disk_bytes`` by use is what each may take at most; ``download_bytes`` None: of unknown size; ``notes``
    say what the figures rest on.
    """

    name: str
    dataset: str
    samples: int
    candidates: tuple[PlannedCandidate, ...]
    seconds: Mapping[str, float | None]
    trials: int | None
    epochs: int | None
    disk_bytes: Mapping[str, int]
    download_bytes: int | None
    notes: tuple[str, ...] = ()
