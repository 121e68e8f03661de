"""How many samples of a batch pass through a network at once: halved when memory runs out."""

import gc
import itertools
import logging
from collections.abc import Callable
from typing import TypeVar

import torch

from automl_tl.domain.candidate import Candidate
from automl_tl.errors import OutOfMemory
from automl_tl.training.memory import memory_errors

_log = logging.getLogger(__name__)
Part = TypeVar("Part")
_found: dict[tuple[Candidate, int], int] = {}  # by candidate and freeze depth, as long as the worker lives


class MicroBatch:
    """``size`` samples at once; None: the whole batch. What fits is remembered for ``subject``."""

    def __init__(self, size: int | None = None, *, subject: tuple[Candidate, int] | None = None) -> None:
        self.size = size
        self._subject = subject

    def parts(self, samples: int) -> list[slice]:
        """A batch of ``samples`` cut into parts of nearly equal length, ``size`` at most."""
        count = 1 if self.size is None else -(-samples // self.size)
        ends = [samples * part // count for part in range(count + 1)]
        return [slice(start, end) for start, end in itertools.pairwise(ends)]

    def each(self, samples: int, act: Callable[[slice], Part]) -> list[Part]:
        """What ``act`` gives for each part; all of it again, in halves, when memory runs out on the way.

        Raises OutOfMemory when one sample at a time does not fit.
        """
        while True:
            try:
                with memory_errors():
                    return [act(part) for part in self.parts(samples)]
            except OutOfMemory as shortage:
                reason = str(shortage)
            # Beyond the except clause: its error holds the frames, and they hold what did not fit.
            self._halve(samples, reason=reason)

    def _halve(self, samples: int, *, reason: str) -> None:
        longest = max(part.stop - part.start for part in self.parts(samples))
        if longest == 1:
            raise OutOfMemory(f"one sample at a time does not fit into memory either: {reason}")
        self.size = -(-longest // 2)
        if self._subject is not None:
            _found[self._subject] = self.size
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        _log.warning("memory ran out: at_once=%d of=%d why=%s", self.size, samples, reason)


def found_for(candidate: Candidate, *, depth: int) -> MicroBatch:
    """What this worker found to fit that depth, or a deeper one, which wants less; it learns on."""
    sizes = (size for (known, deep), size in _found.items() if known == candidate and deep >= depth)
    return MicroBatch(min(sizes, default=None), subject=(candidate, depth))
