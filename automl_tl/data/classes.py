"""How many samples each class has, and whether that is enough to learn from."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from automl_tl.data.survey import Found
from automl_tl.domain.dataset import Split

ENOUGH = len(Split)
"""Distinct samples with which a class stands in every split."""

FEWEST = 2
"""Distinct samples without which nothing about a class could be learnt and tested too."""


def class_refusal(samples: Sequence[Found]) -> str | None:
    """The sentence that says which class cannot be learnt or tested, or None where all can."""
    distinct = _distinct(samples)
    if len(distinct) < 2:
        found = f'only one class, "{next(iter(distinct))}",' if distinct else "no class with a sample"
        return f"{found} was found, but at least two are needed"
    few = [label for label, count in distinct.items() if count < FEWEST]
    if few:
        return (
            f'class "{few[0]}" has 1 {"distinct " if _total(samples, few[0]) > 1 else ""}sample'
            f"{_others(few)}, but each class needs at least {FEWEST} (and {ENOUGH} to stand in every split)"
        )
    trained = {sample.label for sample in samples if sample.given in (None, Split.TRAIN)}
    untrained = [label for label in distinct if label not in trained]
    if untrained:
        return f'class "{untrained[0]}" stands in test or validation{_others(untrained)}, but not in train'
    return None


def class_notes(samples: Sequence[Found]) -> tuple[str, ...]:
    """What is worth knowing about small classes and about classes that the given splits leave out."""
    distinct = _distinct(samples)
    notes = []
    few = [label for label, count in distinct.items() if FEWEST <= count < ENOUGH]
    if few:
        notes.append(
            f'class "{few[0]}" has {distinct[few[0]]} distinct samples{_others(few)}: too few to stand in '
            "every split; training comes first, then test, then validation"
        )
    for split in (Split.TEST, Split.VALIDATION):
        given = {sample.label for sample in samples if sample.given is split}
        absent = [label for label in distinct if given and label not in given]
        if absent:
            notes.append(f'class "{absent[0]}" has no sample in the given {split.value}{_others(absent)}')
    return tuple(notes)


def _distinct(samples: Sequence[Found]) -> dict[str, int]:
    hashes: defaultdict[str, set[str]] = defaultdict(set)
    for sample in samples:
        hashes[sample.label].add(sample.sha256)
    return {label: len(hashes[label]) for label in sorted(hashes)}


def _total(samples: Sequence[Found], label: str) -> int:
    return Counter(sample.label for sample in samples)[label]


def _others(labels: Sequence[str]) -> str:
    more = len(labels) - 1
    return f" (so do {more:,} other classes)" if more > 1 else " (so does 1 other class)" if more else ""
