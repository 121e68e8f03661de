"""A boundary's activations of one split: from the cache, or computed for it by the frozen prefix."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from automl_tl.cache.activations import ActivationCache, Entry, Request
from automl_tl.cache.form import Floats, Form, Shapes
from automl_tl.cache.rows import Gathered, Located
from automl_tl.cache.segment import Batches
from automl_tl.training import batches
from automl_tl.training.augment import VIEW_STRENGTH
from automl_tl.training.boundary import SlotKind, rows_of
from automl_tl.training.inputs import ActivationInputs, SampleInputs
from automl_tl.training.length_bucket import buckets
from automl_tl.training.micro_batch import MicroBatch
from automl_tl.training.mixing import jitter, mixing_alpha
from automl_tl.training.opening import Opened
from automl_tl.training.split import Halves

_log = logging.getLogger(__name__)
_PREFIX_BATCH = 64
_MEMORY_BYTES = 512 * 2**20


class Activations:
    """What the frozen prefix of one opened candidate gives for a dataset's splits.

    ``computed`` counts samples that the prefix was run on.
    """

    def __init__(self, *, opened: Opened, depth: int, halves: Halves, floats: Floats = np.float32) -> None:
        self._opened = opened
        self._depth = depth
        self._halves = halves
        self._floats = floats
        self._timed: list[tuple[float, int]] = []  # seconds and samples of each batch
        self.computed = 0

    @property
    def seconds_a_sample(self) -> float | None:
        """What one sample's pass took; the first batch, which warms up, is left out where there are more."""
        timed = self._timed[1:] or self._timed
        samples = sum(count for _, count in timed)
        return sum(seconds for seconds, _ in timed) / samples if samples else None

    def inputs(
        self, samples: SampleInputs, *, cache: ActivationCache | None, alive: Callable[[], None]
    ) -> "ActivationInputs | ComputedInputs":
        """The split's activations; where the cache has no room for them, in memory, or batch by batch.

        Texts' are computed by bucket, and kept padded to its length alone.
        """
        lengths, is_long = samples.lengths, self._halves.has_outline
        if lengths is None:
            request = self._request(samples)
            found = self._kept(samples, request, cache=cache, alive=alive, memory_bytes=_MEMORY_BYTES)
            return found or self.anew(samples)
        places = buckets(lengths)
        parts: list[ActivationInputs] = []
        memory_bytes = _MEMORY_BYTES
        for length, rows in places.items():
            samples_here = samples.part(rows)
            request = self._request(samples_here, length=length if is_long else None)
            part = self._kept(samples_here, request, cache=cache, alive=alive, memory_bytes=memory_bytes)
            if part is None:
                return self.anew(samples)
            memory_bytes -= 0 if isinstance(part, KeptInputs) else request.bytes
            parts.append(part)
        return BucketInputs(
            parts,
            places=list(places.values()),
            lengths=lengths if is_long else None,
            targets=samples.targets,
            device=self._opened.device,
        )

    def _kept(
        self,
        samples: SampleInputs,
        request: Request,
        *,
        cache: ActivationCache | None,
        alive: Callable[[], None],
        memory_bytes: int,
    ) -> ActivationInputs | None:
        """On disk, or where that has no room in at most so much memory; None: there is none either."""
        device, shapes = self._opened.device, request.form.shapes

        def compute(places: np.ndarray) -> Batches:
            return self._compute(samples, places, alive, shapes)

        entry = cache.get(request, compute=compute, waiting=alive) if cache else None
        if entry is not None:
            return KeptInputs(entry, targets=samples.targets, device=device)
        if request.bytes > memory_bytes:
            return None
        parts = zip(*compute(np.arange(len(samples.targets))), strict=True)
        rows = [request.form.narrowed(np.concatenate(part)) for part in parts]
        return ActivationInputs(rows, targets=samples.targets, device=device)

    def anew(self, samples: SampleInputs) -> "ComputedInputs":
        """The split's activations, computed again for each batch."""
        return ComputedInputs(samples, halves=self._halves)

    def _request(self, samples: SampleInputs, *, length: int | None = None) -> Request:
        """Of samples of any length, or of a bucket of that ``length``."""
        identity: dict[str, object] = {
            "weights": self._opened.facts.weights_sha256,
            "architecture": asdict(self._opened.spec),
            "preprocessing": asdict(self._opened.preprocessing),
            "depth": self._depth,
            "torch": torch.__version__,
        }
        if samples.view is not None:
            identity["view"] = [samples.view, VIEW_STRENGTH]
        shapes = tuple(slot.shape for slot in self._halves.slots if slot.kind is SlotKind.ROWS)
        if length is not None:
            identity["length"] = length
            shapes = tuple((length, *shape[1:]) for shape in shapes)
        return Request(
            identity=identity, samples=samples.samples, form=Form(shapes=shapes, floats=self._floats)
        )

    def _compute(
        self, samples: SampleInputs, places: np.ndarray, alive: Callable[[], None], shapes: Shapes
    ) -> Iterator[Sequence[np.ndarray]]:
        """Batches of those places, cut to these ``shapes``: what is cut off is 0."""
        micro_batch = MicroBatch()
        parts = [tuple(slice(size) for size in shape) for shape in shapes]
        for rows in batches.in_order(len(places), size=_PREFIX_BATCH):
            for found in micro_batch.each(len(rows), self._reader(samples, places[rows])):
                yield [tensor[:, *part] for tensor, part in zip(found, parts, strict=True)]
            self.computed += len(rows)
            alive()
        _log.info("activations computed: depth=%d samples=%d", self._depth, len(places))

    def _reader(self, samples: SampleInputs, places: np.ndarray) -> Callable[[slice], list[np.ndarray]]:
        def read(part: slice) -> list[np.ndarray]:
            batch = samples.clean(places[part])
            begun = time.perf_counter()
            with torch.inference_mode():
                values = self._halves.prefix(*batch)
            found = [tensor.contiguous().cpu().numpy() for tensor in rows_of(values, self._halves.slots)]
            self._timed.append((time.perf_counter() - begun, len(found[0])))
            return found

        return read


class KeptInputs(ActivationInputs):
    """Activations of a cache entry, which stays in use as long as these inputs live."""

    def __init__(self, entry: Entry, *, targets: Tensor, device: torch.device) -> None:
        super().__init__(entry.rows, targets=targets, device=device)
        self._entry = entry


class BucketInputs(ActivationInputs):
    """Activations of texts by bucket; row ``places[k][i]`` of all is row i of ``parts[k]``.

    ``lengths`` [N] is that of each one's bucket, where activations are as long; None: they are pooled.
    """

    def __init__(
        self,
        parts: Sequence[ActivationInputs],
        *,
        places: Sequence[np.ndarray],
        lengths: NDArray[np.int64] | None,
        targets: Tensor,
        device: torch.device,
    ) -> None:
        segment, row = (np.empty(len(targets), np.int64) for _ in range(2))
        for number, held in enumerate(places):
            segment[held], row[held] = number, np.arange(len(held))
        located = Located(segment=segment, row=row)
        tensors = zip(*(part.rows for part in parts), strict=True)
        longest = None if lengths is None else int(lengths.max())
        rows = [Gathered(tensor, located, length=longest) for tensor in tensors]
        super().__init__(rows, targets=targets, device=device)
        self.lengths = lengths
        self._parts = parts  # their entries stay in use


class ComputedInputs:
    """Activations computed anew for each batch: what is left where there is no room for them."""

    def __init__(self, samples: SampleInputs, *, halves: Halves) -> None:
        self.targets = samples.targets
        self.lengths = samples.lengths if halves.has_outline else None
        self._samples = samples
        self._halves = halves

    def clean(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """A batch as it is."""
        with torch.no_grad():
            values = self._halves.prefix(*self._samples.clean(rows))
        return rows_of(values, self._halves.slots)

    def varied(
        self, rows: np.ndarray, *, strength: float, randomness: np.random.Generator
    ) -> tuple[Tensor, ...]:
        """A batch jittered."""
        return jitter(self.clean(rows), strength=strength, randomness=randomness)

    def alpha(self, strength: float) -> float:
        """As for kept activations."""
        return mixing_alpha(strength, of_activations=True)
