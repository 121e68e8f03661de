"""Families of near copies: what is joined by a chain of pairs."""

from dataclasses import dataclass, replace

import numpy as np

from automl_tl.data.joined import Joined
from automl_tl.data.near import near_copies
from automl_tl.data.survey import Found, Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two files that are near copies of each other, as paths; ``likeness`` in [-1, 1]."""

    one: str
    other: str
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """A survey whose samples know their families, the pairs that made them, and from which likeness on."""

    survey: Survey
    pairs: tuple[Pair, ...] = ()
    threshold: float | None = None


def find_families(survey: Survey) -> Families:
    """Join near copies (of samples that have a sketch): a family is named by its first file's sha256.

    Exact copies are one file here, and of one family with whatever their file is a near copy of.
    """
    if survey.sketches is None:
        return Families(survey=survey)
    firsts: dict[str, Found] = {}
    for sample in sorted(survey.samples, key=lambda sample: sample.sha256):
        if sample.sketch is not None:
            firsts.setdefault(sample.sha256, sample)
    files = list(firsts.values())
    if not files:
        return Families(survey=survey)
    rows = np.array([sample.sketch for sample in files])
    found = near_copies(survey.sketches.rows(), rows)
    joined = Joined(len(files))
    for a, b in found.pairs.tolist():
        joined.join(a, b)
    names = {files[i].sha256: files[joined.first(i)].sha256 for i in np.unique(found.pairs).tolist()}
    samples = tuple(replace(s, near=names[s.sha256]) if s.sha256 in names else s for s in survey.samples)
    pairs = (
        Pair(one=files[a].path, other=files[b].path, likeness=float(alike))
        for (a, b), alike in zip(found.pairs, found.likeness, strict=True)
    )
    return Families(
        survey=replace(survey, samples=samples),
        pairs=tuple(sorted(pairs, key=lambda pair: -pair.likeness)),
        threshold=found.threshold,
    )
