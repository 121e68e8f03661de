"""Activations on disk: computed once for each sample, read by every process, bounded in bytes.

What the rows depend on beside the sample (weights, boundary, preprocessing) names a family; a family's rows
lie in segments that are written once. A dataset that grew pays for its new samples only: they become one
segment more. Segments are evicted whole, the least recently used first, never while they are read.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.cache.form import Form
from automl_tl.cache.rows import Located, Rows, gather, locate
from automl_tl.cache.segment import (
    Batches,
    Keys,
    Segment,
    SegmentDamaged,
    open_segment,
    reserve_segment,
    segment_bytes,
    segment_name,
    write_segment,
)
from automl_tl.cache.shelf import Shelf

_log = logging.getLogger(__name__)
MOST_SEGMENTS = 16  # that one request reads; beyond, its rows are brought together in one
_AT_ONCE = 256  # rows copied at a time
Compute = Callable[[NDArray[np.int64]], Batches]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is wanted: ``identity`` (JSON values) is all that the rows depend on beside their samples.

    ``samples`` are their sha256 [N].
    """

    identity: Mapping[str, object]
    samples: Keys
    form: Form

    @property
    def family(self) -> str:
        """What the names of all segments with such rows begin with."""
        kept: list[object] = [dict(self.identity), self.form.shapes]
        if self.form.floats is not np.float32:
            kept.append(np.dtype(self.form.floats).name)
        text = json.dumps(kept, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def bytes(self) -> int:
        """What all the rows take."""
        return self.form.bytes(len(self.samples))


class Entry:
    """The rows of a request, one ``Rows`` [N, *shape] a tensor; not evicted until it is closed."""

    def __init__(self, rows: tuple[Rows, ...], segments: Sequence[Segment]) -> None:
        self.rows = rows
        self._segments = segments

    def close(self) -> None:
        """The rows are no longer read."""
        for segment in self._segments:
            segment.close()


@dataclass(slots=True, kw_only=True)
class Traffic:
    """What came of requests: samples whose rows were there, samples whose rows were not, bytes evicted."""

    hits: int = 0
    misses: int = 0
    evicted_bytes: int = 0

    def evict(self, size: int) -> None:
        """One segment more is gone."""
        self.evicted_bytes += size


class ActivationCache:
    """Segments under one folder that together take at most ``limit_bytes``; ``traffic`` is this object's."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self.traffic = Traffic()
        self._shelf = Shelf(folder=folder)
        self._limit_bytes = limit_bytes

    def get(self, request: Request, *, compute: Compute, waiting: Callable[[], None]) -> Entry | None:
        """The rows of a request; those that are not here yet one process computes while others wait.

        ``compute`` is given the places [M] in ``samples`` that are wanted and gives their batches in that
        order, one array [b, *shape] a tensor. ``waiting`` is called while another computes. What they raise
        passes through, but for OSErrors, which count as the disk's. None: no room, or no disk that takes the
        rows; then the caller goes on without.
        """
        try:
            return self._got(request, compute=compute, waiting=waiting)
        except OSError as error:
            _log.warning("activations were not kept: family=%s reason=%r", request.family, str(error))
            return None

    def _got(self, request: Request, *, compute: Compute, waiting: Callable[[], None]) -> Entry | None:
        found, located = self._found(request)
        missing = _firsts(request.samples, located.missing)
        self.traffic.hits += len(request.samples) - len(located.missing)
        self.traffic.misses += len(missing)
        if not len(missing):
            return self._brought_together(request, found, located, waiting=waiting)
        is_made = self._made(request, missing, batches=lambda: compute(missing), waiting=waiting)
        _close(found)
        if not is_made:
            return None
        found, located = self._found(request)
        if len(located.missing):  # evicted by another meanwhile
            _close(found)
            return None
        return Entry(gather(found, located), found)

    def _found(self, request: Request) -> tuple[list[Segment], Located]:
        """The open segments that hold some of the wanted, and where; the others are closed again."""
        opened = sorted(self._opened(request), key=lambda segment: -len(segment.keys))
        located = locate(opened, request.samples)
        used = np.unique(located.segment[located.segment >= 0])
        _close([segment for number, segment in enumerate(opened) if number not in used])
        renamed = np.full(len(opened) + 1, -1, np.int64)
        renamed[used] = np.arange(len(used))
        kept = [opened[number] for number in used]
        return kept, Located(segment=renamed[located.segment], row=located.row)

    def _opened(self, request: Request) -> Iterator[Segment]:
        for folder in self._shelf.entries(request.family):
            lock = self._shelf.reading(folder.name)
            try:
                if not lock.try_shared():
                    raise FileNotFoundError
                yield open_segment(folder, lock, form=request.form)
            except FileNotFoundError:  # being evicted
                lock.release()
            except SegmentDamaged as damage:
                lock.release()
                _log.warning("activations are damaged and computed again: %s", damage)
                self._shelf.evict(folder)

    def _made(
        self,
        request: Request,
        places: NDArray[np.int64],
        *,
        batches: Callable[[], Batches],
        waiting: Callable[[], None],
    ) -> bool:
        """Whether a segment of the samples at these places is there now, made here or by another."""
        keys = request.samples[places]
        name = f"{request.family}.{segment_name(keys)}"
        with self._shelf.making(name).exclusive(waiting):
            entry, unfinished = self._shelf.entry(name), self._shelf.unfinished(name)
            if self._shelf.is_whole(entry):
                return True
            if not self._reserved(unfinished, samples=len(keys), form=request.form, waiting=waiting):
                return False
            try:
                write_segment(unfinished, batches(), identity=request.identity, keys=keys, form=request.form)
                shutil.rmtree(entry, ignore_errors=True)
                unfinished.rename(entry)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        return True

    def _brought_together(
        self,
        request: Request,
        found: list[Segment],
        located: Located,
        *,
        waiting: Callable[[], None],
    ) -> Entry:
        """Rows that lie in many segments are copied into one: reading them again costs no forward pass."""
        rows = gather(found, located) if found else _nothing(request.form)
        if len(found) <= MOST_SEGMENTS:
            return Entry(rows, found)
        places = _firsts(request.samples, np.arange(len(request.samples)))
        if not self._made(request, places, batches=lambda: _copied(rows, places), waiting=waiting):
            return Entry(rows, found)
        _close(found)
        found, located = self._found(request)
        return Entry(gather(found, located), found)

    def _reserved(self, unfinished: Path, *, samples: int, form: Form, waiting: Callable[[], None]) -> bool:
        with self._shelf.room() as room:
            room.exclusive(waiting)
            shutil.rmtree(unfinished, ignore_errors=True)  # left by a maker that died
            wanted, evicted = segment_bytes(samples, form), self.traffic.evict
            if not self._shelf.make_room(wanted, limit_bytes=self._limit_bytes, evicted=evicted):
                return False
            try:
                reserve_segment(unfinished, samples=samples, form=form)
            except OSError:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
        return True


def _firsts(samples: Keys, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places, ascending, without those of samples that stand at an earlier one."""
    _, firsts = np.unique(samples[places], return_index=True)
    return places[np.sort(firsts)]


def _copied(rows: Sequence[Rows], places: NDArray[np.int64]) -> Iterator[list[np.ndarray]]:
    for start in range(0, len(places), _AT_ONCE):
        yield [tensor[places[start : start + _AT_ONCE]] for tensor in rows]


def _nothing(form: Form) -> tuple[Rows, ...]:
    return tuple(np.empty((0, *shape), form.floats) for shape in form.shapes)


def _close(segments: Sequence[Segment]) -> None:
    for segment in segments:
        segment.close()
