"""The mistakes worth looking at: those a model was surest of, of several kinds."""

from collections import Counter
from dataclasses import dataclass

from automl_tl.proof.predictions import Predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistaken:
    """One sample, by its position in the split, that was called class ``called`` with ``probability``.

    ``of_true`` is the probability that its true class got.
    """

    position: int
    true: int
    called: int
    probability: float
    of_true: float


def surest_mistakes(predictions: Predictions, *, most: int, of_a_kind: int) -> tuple[Mistaken, ...]:
    """At most ``most`` mistakes, surest first, and of any pair of classes at most ``of_a_kind``."""
    calls = predictions.probabilities.argmax(axis=1)
    sureness = predictions.probabilities.max(axis=1)
    wrong = [int(i) for i in (calls != predictions.targets).nonzero()[0]]
    kinds: Counter[tuple[int, int]] = Counter()
    found: list[Mistaken] = []
    for i in sorted(wrong, key=lambda i: -sureness[i]):
        true, called = int(predictions.targets[i]), int(calls[i])
        kinds[true, called] += 1
        if kinds[true, called] > of_a_kind or len(found) == most:
            continue
        found.append(
            Mistaken(
                position=i,
                true=true,
                called=called,
                probability=float(sureness[i]),
                of_true=float(predictions.probabilities[i, true]),
            )
        )
    return tuple(found)
