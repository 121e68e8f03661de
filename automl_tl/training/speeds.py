"""How fast this machine reads kept rows, and how fast a candidate computes them: measured once in a home.

Decisions rest on what is written down here, not on the moment's load: a resumed job decides as before.
"""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

USUAL_BYTES_A_SECOND = 500e6  # a modest disk, where nothing could be measured
_MEASURED_BYTES = 16 * 2**20
_ROW_BYTES = 32 * 2**10
_BATCH = 32
_MOST_RESIDENT = 0.5  # of the machine's memory: what is more does not stay in the page cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Bytes a second of rows in random order: from the page cache, and from the disk itself."""

    resident: float
    cold: float

    def of(self, wanted_bytes: int, *, memory_bytes: int) -> float:
        """How fast so many bytes are read again and again."""
        return self.resident if wanted_bytes <= _MOST_RESIDENT * memory_bytes else self.cold


class Speeds:
    """The figures of one home, one small file each; the first that is written stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def reading(self) -> Reading:
        """How fast rows are read; a modest disk's figure where the folder takes no file."""
        names = ("resident", "cold")
        found = self._read("reading", names)
        if found is None:
            try:
                found = self._first("reading", names, _measured(self._folder))
            except OSError:
                found = [USUAL_BYTES_A_SECOND] * len(names)
        return Reading(resident=found[0], cold=found[1])

    def seconds_a_picture(self, key: str) -> float | None:
        """What one picture's pass through a whole backbone takes; None: nobody has measured it yet."""
        found = self._read(key, ("seconds_a_picture",))
        return None if found is None else found[0]

    def tell(self, key: str, *, seconds_a_picture: float) -> None:
        """Keep what was measured, unless a figure is kept already; a folder that takes no file is let be."""
        if self.seconds_a_picture(key) is None:
            try:
                self._first(key, ("seconds_a_picture",), [seconds_a_picture])
            except OSError:
                return

    def _first(self, key: str, names: Sequence[str], figures: Sequence[float]) -> Sequence[float]:
        """Write the figures down; those of another worker that was first, if it was."""
        self._folder.mkdir(parents=True, exist_ok=True)
        mine = self._folder / f".{key}-{os.getpid()}"
        mine.write_text(json.dumps(dict(zip(names, figures, strict=True))), encoding="utf-8")
        try:
            os.link(mine, self._file(key))
        except FileExistsError:
            theirs = self._read(key, names)
            if theirs is not None:
                return theirs
            mine.replace(self._file(key))  # damaged
        finally:
            mine.unlink(missing_ok=True)
        return figures

    def _read(self, key: str, names: Sequence[str]) -> Sequence[float] | None:
        try:
            found = json.loads(self._file(key).read_text(encoding="utf-8"))
            figures = [float(found[name]) for name in names]
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return figures if all(0 < figure < np.inf for figure in figures) else None

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"


def memory_bytes() -> int:
    """What memory this machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _measured(folder: Path) -> list[float]:
    """Bytes a second of rows copied from a mapped file: out of the page cache, and out of the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".reading-{os.getpid()}"
    rows = _MEASURED_BYTES // _ROW_BYTES
    order = np.random.default_rng(0).permutation(rows)
    try:
        with path.open("wb") as file:
            file.write(np.random.default_rng(1).bytes(_MEASURED_BYTES))
            file.flush()
            os.fsync(file.fileno())  # dirty pages are not dropped
        resident = min(_seconds(path, order) for _ in range(3))
        _drop(path)
        return [_MEASURED_BYTES / resident, _MEASURED_BYTES / max(_seconds(path, order), resident)]
    finally:
        path.unlink(missing_ok=True)


def _seconds(path: Path, order: np.ndarray) -> float:
    mapped = np.asarray(np.memmap(path, dtype=np.uint8, mode="r", shape=(len(order), _ROW_BYTES)))
    begun = time.perf_counter()
    for first in range(0, len(order), _BATCH):
        mapped[order[first : first + _BATCH]]
    return time.perf_counter() - begun


def _drop(path: Path) -> None:
    """Out of the page cache, where the system has a way to say so."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
