"""What is kept for one trial: a boundary's bytes, weighed with this home's figures against its passes."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import torch

from automl_tl.cache.activations import ActivationCache
from automl_tl.cache.form import Floats
from automl_tl.training.opening import Opened
from automl_tl.training.speeds import Reading, Speeds, memory_bytes
from automl_tl.training.split import Halves
from automl_tl.training.variation import variation_of
from automl_tl.training.way import MULTIPLY_ADDS_A_SECOND, Cost, Sizes, Varied, Way, cheapest, vary


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where activations are kept: how many bytes one trial may want, in which precision, how many views.

    ``views`` are versions of each picture that are kept beside itself; 0: activations are varied instead.
    """

    cache: ActivationCache | None
    limit_bytes: int
    speeds: Speeds
    floats: Floats = np.float32
    views: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``kept`` is the freeze depth whose boundary is kept, None where nothing is; ``told`` says it in words.

    ``versions`` of each picture are computed once.
    """

    way: Way
    varied: Varied
    kept: int | None
    told: str
    versions: int = 1


def plan(
    *,
    opened: Opened,
    depth: int,
    augmentation: float,
    samples: int,
    room: Room,
    length_share: float = 1.0,
) -> Plan:
    """How a trial of freeze depth ``depth`` is trained on ``samples`` of both splits.

    ``length_share`` is what a text takes up of the longest, on average, where its boundary is kept by bucket.

    Whether an epoch of reading is cheaper than one of computing is weighed for its boundary; where that one
    does not fit, or does not pay, for those behind earlier stages, from which the others are computed.
    """
    halves, facts = opened.halves(depth), opened.facts
    sizes = Sizes(
        samples=samples,
        limit_bytes=room.limit_bytes,
        views=room.views,
        figure_bytes=np.dtype(room.floats).itemsize,
        length_share=length_share,
    )
    variation = variation_of(opened.preprocessing)
    varied = vary(
        halves=halves,
        facts=facts,
        depth=depth,
        augmentation=augmentation,
        sizes=sizes,
        does_vary=variation.does_vary,
    )
    if halves is None or varied is Varied.PIXELS or room.limit_bytes == 0:
        is_still = augmentation > 0 and varied is Varied.NOTHING
        how = f"{variation.noun} {'not ' if is_still else ''}varied" if augmentation > 0 else ""
        passes = "" if halves is None else "frozen stages computed for each batch"
        way = Way.WHOLE if halves is None else Way.THROUGH_PREFIX
        return Plan(way=way, varied=varied, kept=None, told="; ".join(filter(None, (passes, how))))
    if depth == len(opened.stages):
        return Plan(way=Way.FROM_BOUNDARY, varied=varied, kept=depth, told=_with("features kept", varied))
    weighed = _Weighed(opened=opened, depth=depth, sizes=sizes, speeds=room.speeds, varied=varied)
    chosen = weighed.chosen(halves)
    told = _with(weighed.told(chosen, room.floats), varied, views=room.views)
    return Plan(way=Way.FROM_BOUNDARY, varied=varied, kept=chosen.depth, told=told, versions=weighed.versions)


def passes_key(opened: Opened) -> str:
    """What a candidate's pass depends on: weights, shape, threads, device."""
    parts = [asdict(opened.spec), opened.preprocessing.shape, torch.get_num_threads(), str(opened.device)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


class _Weighed:
    """The figures of one decision."""

    def __init__(self, *, opened: Opened, depth: int, sizes: Sizes, speeds: Speeds, varied: Varied) -> None:
        self._opened, self._depth, self._sizes, self._varied = opened, depth, sizes, varied
        self._reading: Reading = speeds.reading()
        usual = opened.facts.multiply_adds / MULTIPLY_ADDS_A_SECOND
        self._seconds = speeds.seconds_a_picture(passes_key(opened)) or usual

    @property
    def versions(self) -> int:
        """How many of each picture are kept."""
        return 1 + self._sizes.views if self._varied is Varied.VIEWS else 1

    def chosen(self, halves: Halves) -> Cost:
        """The cheapest: its own boundary, none, or an earlier one."""
        anew = self._cost(None, 0)
        found = self._cheapest([self._cost(self._depth, self._sizes.of(halves)), anew])
        if found is anew and self._varied is Varied.NOTHING:
            return self._cheapest([anew, *self._earlier()])
        return found

    def told(self, cost: Cost, floats: Floats) -> str:
        """The decision with its figures, for an epoch."""
        passes = self._cost(None, 0).seconds * self._sizes.samples
        if cost.depth is None:
            return (
                f"frozen stages computed for each batch: {passes:.1f} s of passes, nothing kept pays or fits"
            )
        total = cost.bytes * self._sizes.samples
        speed = self._speed(cost.bytes) / 1e9
        precision = "" if floats is np.float32 else f" in {np.dtype(floats).name}"
        return (
            f"kept{precision} behind stage {cost.depth}: {total / 1e6:.0f} MB at {speed:.1f} GB/s "
            f"against {passes:.1f} s of passes"
        )

    def _earlier(self) -> Iterator[Cost]:
        for depth in range(1, self._depth):
            halves = self._opened.halves(depth)
            if halves is not None:
                yield self._cost(depth, self._sizes.of(halves))

    def _cost(self, depth: int | None, bytes_per_sample: int) -> Cost:
        """``bytes_per_sample`` are those of float32 rows."""
        facts = self._opened.facts
        behind = facts.frozen_share(self._depth) - (0 if depth is None else facts.frozen_share(depth))
        kept = bytes_per_sample * self._sizes.figure_bytes // 4
        reading = kept / self._speed(kept) if kept else 0.0
        return Cost(depth=depth, bytes=kept, reading=reading, computing=behind * self._seconds)

    def _cheapest(self, costs: list[Cost]) -> Cost:
        samples = self._sizes.samples * self.versions
        return cheapest(costs, samples=samples, limit_bytes=self._sizes.limit_bytes)

    def _speed(self, bytes_per_sample: int) -> float:
        return self._reading.of(bytes_per_sample * self._sizes.samples, memory_bytes=memory_bytes())


def _with(told: str, varied: Varied, *, views: int = 0) -> str:
    what = f"{views} kept views" if varied is Varied.VIEWS else varied.value
    return "; ".join(filter(None, (told, "" if varied is Varied.NOTHING else f"{what} varied")))
