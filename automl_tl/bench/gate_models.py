"""Simulated models before the gate: what they hit of samples that stand alone, or come in groups."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.domain.gate import Interval
from automl_tl.proof.clusters import Groups
from automl_tl.proof.intervals import gain_interval
from automl_tl.proof.shares import Hits, hits_gain_interval

ACCURACY = 0.85
_CLASSES = 3
_SHARES = (0.6, 0.3, 0.1)
_ALIKE = 4.0  # how alike samples' difficulties are; the smaller, the more two models agree
_MIDDLING = 1.75  # log odds of a hit on a patient of middling difficulty
_DIFFICULTY = 1.0  # spread of the patients' difficulty, which both models meet
_LUCK = 1.0  # spread of what a model makes of a patient, which all of his samples share


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What two models hit of the same samples, [N] each, and whose the samples are (None: each alone)."""

    ours: Hits
    theirs: Hits
    groups: Groups | None = None

    def better(self, by: float, generator: np.random.Generator) -> "Pair":
        """The first also hits so large a share of the samples more, drawn among those that it missed."""
        missed = max(1, int((~self.ours).sum()))
        more = generator.random(len(self.ours)) < by * len(self.ours) / missed
        return Pair(ours=self.ours | more, theirs=self.theirs, groups=self.groups)

    def better_patients(self, by: float, generator: np.random.Generator) -> "Pair":
        """The first also hits so large a share more, in whole patients: none of theirs is missed any more."""
        assert self.groups is not None
        missed = max(1, int((~self.ours).sum()))
        gained = generator.random(int(self.groups.max()) + 1) < by * len(self.ours) / missed
        return Pair(ours=self.ours | gained[self.groups], theirs=self.theirs, groups=self.groups)

    def alone(self) -> "Pair":
        """The same, as though nothing were known of groups."""
        return Pair(ours=self.ours, theirs=self.theirs)

    def gain(self, *, metric: str, level: float, generator: np.random.Generator) -> Interval:
        """The interval that the gate sees; classes are drawn for a metric that heeds them."""
        if metric == "accuracy":
            return hits_gain_interval(self.ours, self.theirs, alpha=level, groups=self.groups)
        targets = generator.choice(_CLASSES, size=len(self.ours), p=_SHARES)
        called = [np.where(hits, targets, (targets + 1) % _CLASSES) for hits in (self.ours, self.theirs)]
        probabilities = [np.eye(_CLASSES, dtype=np.float32)[calls] for calls in called]
        seed = int(generator.integers(2**31))
        return gain_interval(
            targets, *probabilities, metric=metric, alpha=level, seed=seed, groups=self.groups
        )


def chances(generator: np.random.Generator, samples: int) -> NDArray[np.float64]:
    """Each lone sample's chance of being hit, ``ACCURACY`` on average; the same for equal models."""
    return generator.beta(_ALIKE * ACCURACY, _ALIKE * (1 - ACCURACY), samples)


def equal_pair(generator: np.random.Generator, *, samples: int, patients: int | None) -> Pair:
    """Two equally good models; with ``patients``, each errs on a patient's samples as a whole."""
    if patients is None:
        of_each = chances(generator, samples)
        ours, theirs = (generator.random(samples) < of_each for _ in range(2))
        return Pair(ours=ours, theirs=theirs)
    groups = np.arange(samples) % patients
    easy = generator.normal(_MIDDLING, _DIFFICULTY, patients)
    ours, theirs = (_of_patients(generator, easy, groups) for _ in range(2))
    return Pair(ours=ours, theirs=theirs, groups=groups)


def _of_patients(generator: np.random.Generator, easy: NDArray[np.float64], groups: Groups) -> Hits:
    odds = np.exp(easy + generator.normal(0.0, _LUCK, len(easy)))[groups]
    hits: Hits = generator.random(len(groups)) < odds / (1 + odds)
    return hits
