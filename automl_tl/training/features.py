"""A boundary's activations of one split: from the cache, or computed for it by the frozen prefix."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import numpy as np
import torch
from torch import Tensor

from automl_tl.cache.activations import ActivationCache, Entry, Request
from automl_tl.cache.form import Floats, Form
from automl_tl.training import batches
from automl_tl.training.augment import VIEW_STRENGTH
from automl_tl.training.boundary import SlotKind, rows_of
from automl_tl.training.inputs import ActivationInputs, SampleInputs
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
        """The split's activations; where the cache has no room for them, in memory, or batch by batch."""
        device = self._opened.device
        request = self._request(samples)
        entry = (
            cache.get(request, compute=lambda places: self._compute(samples, places, alive), waiting=alive)
            if cache
            else None
        )
        if entry is not None:
            return KeptInputs(entry, targets=samples.targets, device=device)
        if request.bytes <= _MEMORY_BYTES:
            everything = np.arange(len(samples.targets))
            parts = zip(*self._compute(samples, everything, alive), strict=True)
            rows = [request.form.narrowed(np.concatenate(part)) for part in parts]
            return ActivationInputs(rows, targets=samples.targets, device=device)
        return self.anew(samples)

    def anew(self, samples: SampleInputs) -> "ComputedInputs":
        """The split's activations, computed again for each batch."""
        return ComputedInputs(samples, halves=self._halves)

    def _request(self, samples: SampleInputs) -> Request:
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
        return Request(
            identity=identity, samples=samples.samples, form=Form(shapes=shapes, floats=self._floats)
        )

    def _compute(
        self, samples: SampleInputs, places: np.ndarray, alive: Callable[[], None]
    ) -> Iterator[Sequence[np.ndarray]]:
        micro_batch = MicroBatch()
        for rows in batches.in_order(len(places), size=_PREFIX_BATCH):
            yield from micro_batch.each(len(rows), self._reader(samples, places[rows]))
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


class ComputedInputs:
    """Activations computed anew for each batch: what is left where there is no room for them."""

    def __init__(self, samples: SampleInputs, *, halves: Halves) -> None:
        self.targets = samples.targets
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
