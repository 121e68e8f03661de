"""``bench gate``: how often the gate promotes what is no better, and how often what is."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.domain.gate import GatePolicy, granted
from automl_tl.proof.intervals import gain_interval
from automl_tl.proof.shares import Hits, hits_gain_interval

_CLASSES = 3
_ACCURACY = 0.85
_ALIKE = 4.0  # how alike samples' difficulties are; the smaller, the more two models agree
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


def run(*, pairs: int, sequences: int, nights: int, samples: int, seed: int) -> dict[str, Any]:
    """Models are simulated: samples differ in difficulty, and each model hits each sample by its own luck.

    Equal models have the same chance on every sample; promoted is what the gate's interval proves above 0. In
    a sequence every night's challenger is as good as the champion, and all are read on the same samples; the
    level falls with each reading. A better model is better by twice the smallest gain that a first reading of
    an equal pair calls provable.
    """
    alpha = GatePolicy().alpha
    found: dict[str, Share] = {
        "equal pairs promoted (accuracy)": _pairs(pairs, samples=samples, seed=seed, metric="accuracy"),
        "equal pairs promoted (balanced accuracy)": _pairs(
            pairs, samples=samples, seed=seed, metric="balanced_accuracy"
        ),
        f"sequences of {nights} equal nights with a promotion": _sequences(
            sequences, nights=nights, samples=samples, seed=seed
        ),
        "better by twice the provable gain, promoted": _better(pairs, samples=samples, seed=seed),
    }
    lines = [f"{'':<52} {'share':>8} {'± 2 s.e.':>9}   of {'tries':>6}"]
    lines += [
        f"{name:<52} {s.value:>8.4f} {2 * s.error:>9.4f}      {s.tries:>6}" for name, s in found.items()
    ]
    return {
        "alpha": alpha,
        "samples": samples,
        **{
            name: {"share": s.value, "two_standard_errors": 2 * s.error, "tries": s.tries}
            for name, s in found.items()
        },
        "table": "\n".join([f"alpha {alpha}, {samples} test samples", *lines]),
    }


def _pairs(pairs: int, *, samples: int, seed: int, metric: str) -> Share:
    level = granted(GatePolicy().alpha, reading=1)
    promoted = 0
    for pair in range(pairs):
        generator = np.random.default_rng([seed, 1, pair])
        chances = _chances(generator, samples)
        ours, theirs = (generator.random(samples) < chances for _ in range(2))
        promoted += _is_proven(ours, theirs, metric=metric, level=level, generator=generator)
    return Share(times=promoted, tries=pairs)


def _is_proven(
    ours: Hits, theirs: Hits, *, metric: str, level: float, generator: np.random.Generator
) -> bool:
    if metric == "accuracy":
        return hits_gain_interval(ours, theirs, alpha=level).low > 0
    targets = generator.choice(_CLASSES, size=len(ours), p=(0.6, 0.3, 0.1))
    called = [np.where(hits, targets, (targets + 1) % _CLASSES) for hits in (ours, theirs)]
    probabilities = [np.eye(_CLASSES, dtype=np.float32)[calls] for calls in called]
    found = gain_interval(
        targets, *probabilities, metric=metric, alpha=level, seed=int(generator.integers(2**31))
    )
    return found.low > 0


def _sequences(sequences: int, *, nights: int, samples: int, seed: int) -> Share:
    alpha = GatePolicy().alpha
    promoted = 0
    for sequence in range(sequences):
        generator = np.random.default_rng([seed, 2, sequence])
        chances = _chances(generator, samples)
        champion = generator.random(samples) < chances
        promoted += any(
            _beats(generator.random(samples) < chances, champion, level=granted(alpha, reading=night))
            for night in range(1, nights + 1)
        )
    return Share(times=promoted, tries=sequences)


def _beats(ours: Hits, theirs: Hits, *, level: float) -> bool:
    wins, losses = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    if wins - losses <= _NO_GAIN * math.sqrt(wins + losses):
        return False
    return hits_gain_interval(ours, theirs, alpha=level).low > 0


def _better(pairs: int, *, samples: int, seed: int) -> Share:
    level = granted(GatePolicy().alpha, reading=1)
    promoted = 0
    for pair in range(pairs):
        generator = np.random.default_rng([seed, 3, pair])
        chances = _chances(generator, samples)
        ours, theirs = (generator.random(samples) < chances for _ in range(2))
        said = hits_gain_interval(ours, theirs, alpha=level)
        gap = said.high - said.low  # twice the half that is printed as provable
        # The better model also hits so many of the samples that it would have missed.
        share = min(1.0, gap / (1 - _ACCURACY))
        theirs = generator.random(samples) < chances
        ours = (generator.random(samples) < chances) | (generator.random(samples) < share)
        promoted += hits_gain_interval(ours, theirs, alpha=level).low > 0
    return Share(times=promoted, tries=pairs)


def _chances(generator: np.random.Generator, samples: int) -> NDArray[np.float64]:
    """Each sample's chance of being hit, ``_ACCURACY`` on average."""
    return generator.beta(_ALIKE * _ACCURACY, _ALIKE * (1 - _ACCURACY), samples)
