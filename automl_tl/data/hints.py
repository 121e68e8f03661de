"""What tells the class of a sample without being looked at: sizes, formats, names, and labels in texts."""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from pathlib import PurePosixPath

from automl_tl.data.survey import Found
from automl_tl.data.text_sketch import plain
from automl_tl.domain.finding import Finding, Health

LEAST_TOLD = 0.5
"""Share of the majority class's errors that a hint must save to be told."""

_LEAST_SAID = 0.5  # of a class's texts, that say its name
_LEAST_RIGHT = 0.9  # of the texts that say its name, those of the class
_FEWEST = 20  # samples of a class, or of a dataset
_LETTERS = re.compile(r"[^\W\d_]+")


def hint(keys: Sequence[Hashable], labels: Sequence[str], *, what: str, advice: str) -> tuple[Finding, ...]:
    """A finding where the class of most samples is the commonest among the others with the same key."""
    if len(labels) < _FEWEST:
        return ()
    groups: defaultdict[Hashable, Counter[str]] = defaultdict(Counter)
    for key, label in zip(keys, labels, strict=True):
        groups[key][label] += 1
    told = sum(_guessed(counts) for counts in groups.values()) / len(labels)
    usual = max(Counter(labels).values()) / len(labels)
    if len(groups) < 2 or (1 - told) > (1 - LEAST_TOLD) * (1 - usual):
        return ()
    found = f"{what} alone tells the class of {told:.0%} of the samples (the commonest class: {usual:.0%})"
    return (Finding(what="hint", health=Health.WARN, found=found, advice=advice),)


def _guessed(counts: Counter[str]) -> int:
    """Samples of a group whose class is the commonest among the group's others."""
    (_, most), *rest = counts.most_common(2)
    return most if most - 1 > (rest[0][1] if rest else 0) else 0


def name_keys(samples: Sequence[Found]) -> list[str] | None:
    """The letters of each file's name; None where these are the class, as people name files in its folder."""
    keys = [" ".join(_LETTERS.findall(PurePosixPath(sample.path).stem.casefold())) for sample in samples]
    labels = ["".join(_LETTERS.findall(sample.label.casefold())) for sample in samples]
    same = sum(
        1
        for key, label in zip(keys, labels, strict=True)
        if key and (key.replace(" ", "") in label or label in key)
    )
    return None if 2 * same > len(samples) else keys


def labels_in_texts(texts: Iterable[bytes], labels: Sequence[str]) -> tuple[Finding, ...]:
    """Classes whose texts say the class's name, where hardly any other text does."""
    names = {label: f" {plain(label.encode()).decode()} " for label in set(labels)}
    names = {label: name for label, name in names.items() if len(_LETTERS.findall(name)) and len(name) > 4}
    of_class = Counter(labels)
    said: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    for text, label in zip(texts, labels, strict=True):
        padded = f" {plain(text).decode(errors='ignore')} "
        for name in names:
            if names[name] in padded:
                said[name][name == label] += 1
    found = [
        (label, counts[True] / of_class[label])
        for label, counts in sorted(said.items())
        if of_class[label] >= _FEWEST
        and counts[True] >= _LEAST_SAID * of_class[label]
        and counts[True] >= _LEAST_RIGHT * counts.total()
    ]
    if not found:
        return ()
    label, share = max(found, key=lambda one: one[1])
    more = f", and so do those of {len(found) - 1:,} more" if len(found) > 1 else ""
    told = f'{share:.0%} of the texts of class "{label}" say its name{more}, and hardly any other text does'
    advice = "see whether somebody wrote labels into the texts: what is to be predicted will not say them"
    return (Finding(what="hint", health=Health.WARN, found=told, advice=advice),)
