"""``bench gate``: how often the gate promotes what is no better, and how often what is."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from automl_tl.bench.gate_models import Pair, chances, equal_pair
from automl_tl.domain.gate import GatePolicy, granted
from automl_tl.proof.shares import Hits, hits_gain_interval

Gaining = Callable[[Pair, float, np.random.Generator], Pair]

_METRICS = ("accuracy", "balanced_accuracy")
_NO_GAIN = 1.0  # standard errors below which no interval can exclude 0, whatever its level


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How often something happened in so many tries."""

    times: int
    tries: int

    @property
    def value(self) -> float:
        """The share."""
        return self.times / self.tries

    @property
    def error(self) -> float:
        """Its standard error."""
        return math.sqrt(self.value * (1 - self.value) / self.tries)


def run(
    *, pairs: int, sequences: int, nights: int, samples: int, seed: int, patients: int = 50
) -> dict[str, Any]:
    """Models are simulated: samples differ in difficulty, and each model hits each sample by its own luck.

    Equal models have the same chance on every sample; promoted is what the gate's interval proves above 0. In
    a sequence every night's challenger is as good as the champion, and all are read on the same samples; the
    level falls with each reading. Where the samples are ``patients``', a model has its own luck with each
    patient as a whole; "unheeded" is what the gate would do if it did not know whose samples they are. A
    better model is better by twice the smallest gain that a first reading of an equal pair calls provable,
    in samples here and there or in whole patients.
    """
    simulation = _Simulation(pairs=pairs, samples=samples, patients=patients, seed=seed)
    found = dict(simulation.shares())
    found[f"sequences of {nights} equal nights with a promotion"] = _sequences(
        sequences, nights=nights, samples=samples, seed=seed
    )
    lines = [f"{'':<76} {'share':>8} {'± 2 s.e.':>9}   of {'tries':>6}"]
    lines += [
        f"{name:<76} {s.value:>8.4f} {2 * s.error:>9.4f}      {s.tries:>6}" for name, s in found.items()
    ]
    alpha = GatePolicy().alpha
    return {
        "alpha": alpha,
        "samples": samples,
        "patients": patients,
        **{
            name: {"share": s.value, "two_standard_errors": 2 * s.error, "tries": s.tries}
            for name, s in found.items()
        },
        "table": "\n".join([f"alpha {alpha}, {samples} test samples, {patients} patients", *lines]),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Simulation:
    """Pairs of models at a first reading, alone and of patients."""

    pairs: int
    samples: int
    patients: int
    seed: int

    def shares(self) -> Iterator[tuple[str, Share]]:
        """Every share, by what it is of."""
        for metric in _METRICS:
            for patients, whose in ((None, ""), (self.patients, " of patients")):
                of = f"{whose} ({metric})"
                yield f"equal pairs{of}, promoted", self._share(metric, patients, _as_it_is)
                if patients is not None:
                    yield f"equal pairs{of}, unheeded, promoted", self._share(metric, patients, Pair.alone)
                yield (
                    f"better by twice the provable gain{of}, promoted",
                    self._better(metric, patients, Pair.better),
                )
                if patients is not None:
                    yield (
                        f"better by twice the provable gain in whole patients ({metric}), promoted",
                        (self._better(metric, patients, Pair.better_patients)),
                    )

    def _share(self, metric: str, patients: int | None, seen: Callable[[Pair], Pair]) -> Share:
        drawn = self._drawn(metric, patients)
        times = sum(
            seen(pair).gain(metric=metric, level=_level(), generator=generator).low > 0
            for generator, pair in drawn
        )
        return Share(times=times, tries=self.pairs)

    def _better(self, metric: str, patients: int | None, gaining: Gaining) -> Share:
        times = 0
        for generator, pair in self._drawn(metric, patients):
            said = pair.gain(metric=metric, level=_level(), generator=generator)
            # What an interval spans is twice the half that is printed as provable.
            fresh = equal_pair(generator, samples=self.samples, patients=patients)
            better = gaining(fresh, said.high - said.low, generator)
            times += better.gain(metric=metric, level=_level(), generator=generator).low > 0
        return Share(times=times, tries=self.pairs)

    def _drawn(self, metric: str, patients: int | None) -> Iterator[tuple[np.random.Generator, Pair]]:
        kind = 2 * _METRICS.index(metric) + (patients is not None)
        for number in range(self.pairs):
            generator = np.random.default_rng([self.seed, 1, kind, number])
            yield generator, equal_pair(generator, samples=self.samples, patients=patients)


def _as_it_is(pair: Pair) -> Pair:
    return pair


def _level() -> float:
    return granted(GatePolicy().alpha, reading=1)


def _sequences(sequences: int, *, nights: int, samples: int, seed: int) -> Share:
    alpha = GatePolicy().alpha
    promoted = 0
    for sequence in range(sequences):
        generator = np.random.default_rng([seed, 2, sequence])
        of_each = chances(generator, samples)
        champion = generator.random(samples) < of_each
        promoted += any(
            _beats(generator.random(samples) < of_each, champion, level=granted(alpha, reading=night))
            for night in range(1, nights + 1)
        )
    return Share(times=promoted, tries=sequences)


def _beats(ours: Hits, theirs: Hits, *, level: float) -> bool:
    wins, losses = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    if wins - losses <= _NO_GAIN * math.sqrt(wins + losses):
        return False
    return hits_gain_interval(ours, theirs, alpha=level).low > 0
