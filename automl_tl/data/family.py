"""Families of near copies: what is joined by a chain of pairs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from automl_tl.data.contents import contents
from automl_tl.data.joined import Joined
from automl_tl.data.near import NearCopies
from automl_tl.data.near_pictures import near_pictures
from automl_tl.data.near_texts import near_texts
from automl_tl.data.row import place
from automl_tl.data.survey import Found, Survey
from automl_tl.domain.dataset import Modality


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
    found = _near(survey, files)
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


def _near(survey: Survey, files: Sequence[Found]) -> NearCopies:
    assert survey.sketches is not None
    sketches, rows = survey.sketches.rows(), np.array([sample.sketch for sample in files])
    if survey.modality is Modality.TEXT:
        return near_texts(sketches, rows, lambda places: _texts(survey.root, [files[i] for i in places]))
    return near_pictures(sketches, rows)  # of sounds, their spectrograms


def _texts(root: Path, samples: Sequence[Found]) -> list[bytes]:
    """The samples' texts; tables are read as they stand."""
    ordered = sorted(samples, key=place)
    found = dict(zip((sample.path for sample in ordered), contents(root, ordered), strict=True))
    return [found[sample.path] for sample in samples]
