"""What was found when a dataset was read, before anything was judged or split."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from automl_tl.data.sketches import Sketches
from automl_tl.domain.dataset import Modality, Rejected, Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One readable sample; ``given`` is the split its owner put it into, None where nobody did.

    ``column`` is set where the sample is a cell of a table, and ``path`` names its row.
    ``sketch`` is its row among the survey's sketches; ``near`` names its family of near copies, if any.
    """

    path: str
    size: int
    sha256: str
    label: str
    given: Split | None = None
    group: str | None = None
    slice: str | None = None
    column: str | None = None
    sketch: int | None = field(default=None, compare=False)
    near: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Everything that was found below ``root``, files ordered by path, rows as they stand in their tables.

    ``unreadable`` holds those of the ``rejected`` that should have been samples but could not be read.
    """

    root: Path
    samples: tuple[Found, ...]
    rejected: tuple[Rejected, ...] = ()
    unreadable: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()
    modality: Modality = Modality.IMAGE
    sketches: Sketches | None = field(default=None, compare=False)


def no_sketches() -> Sketches:
    """Of a modality whose samples are not compared with each other."""
    return Sketches(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How files of one modality are told and tried.

    ``verify`` decodes a file's bytes and raises ValueError with a clause that continues the file's name. It
    returns what the sample's sketch is made of, where the modality has one: see ``Sketches``.
    A file that fails counts as unreadable when it ends in one of ``suffixes``; else it was something else.
    """

    modality: Modality
    noun: str
    suffixes: frozenset[str]
    most_bytes: int
    verify: Callable[[bytes], bytes | None]
    sketched: Callable[[], Sketches] = no_sketches
