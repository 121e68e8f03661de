"""What is worth a look in a dataset, and stays as it is: balance, odd samples, hints and shift."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.contents import contents
from automl_tl.data.hints import hint, labels_in_texts, name_keys
from automl_tl.data.row import place
from automl_tl.data.survey import Found, Survey
from automl_tl.data.traits import Traits, measures_of, traits_of
from automl_tl.domain.dataset import Measure, Modality, Split
from automl_tl.domain.finding import Finding, Health

UNBALANCED = 3.0
"""Times as many samples as the smallest class from which on the largest is told."""

_TEXTS = 20_000  # that are read for labels in them
_ROWS = 200_000  # among which they stand
_BLANK = 2.0  # grey levels of contrast
_TINY = 16  # pixels of the shorter side
_LONG = 10  # times the median


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found, and how large the samples are."""

    findings: tuple[Finding, ...] = ()
    measures: dict[str, Measure] = field(default_factory=dict)


def examine(survey: Survey, samples: Sequence[Found]) -> Examined:
    """Look at the samples that are left of a survey once copies and conflicts went out."""
    if not samples:
        return Examined()
    from automl_tl.data.shift import (
        shifts,
        whole_of,
    )  # scipy.stats: a second, and other works have no use for it

    traits = _traits(survey, samples)
    labels = [sample.label for sample in samples]
    is_test = np.array([sample.given is Split.TEST for sample in samples])
    findings = (
        *_balance(labels),
        *_odd(traits),
        *_hints(survey, samples, traits=traits),
        *shifts(traits, labels=labels, is_test=is_test, whole=whole_of(survey, samples, is_test=is_test)),
    )
    return Examined(findings=findings, measures=measures_of(traits))


def _traits(survey: Survey, samples: Sequence[Found]) -> Traits:
    if survey.sketches is None or any(sample.sketch is None for sample in samples):
        return {}
    rows = np.array([sample.sketch for sample in samples])
    return traits_of(survey.sketches.rows(), rows, modality=survey.modality)


def _balance(labels: Sequence[str]) -> tuple[Finding, ...]:
    counts = Counter(labels).most_common()
    (largest, most), (smallest, fewest) = counts[0], counts[-1]
    if most < UNBALANCED * fewest:
        return ()
    times = f"{most / fewest:.1f} times as many"
    found = f'class "{largest}" has {most:,} samples, "{smallest}" has {fewest:,}: {times}'
    advice = (
        "judge by balanced accuracy or macro-F1, not by accuracy; more samples of the small classes help most"
    )
    return (Finding(what="balance", health=Health.WARN, found=found, advice=advice),)


def _odd(traits: Traits) -> tuple[Finding, ...]:
    """Samples that are unlike all others in themselves."""
    if "contrast" in traits:
        shorter = np.minimum(traits["width"], traits["height"])
        kinds = {
            "blank or nearly (one grey, no contrast)": traits["contrast"] < _BLANK,
            f"smaller than {_TINY} pixels": shorter < _TINY,
            "more than four times as long as wide": np.maximum(traits["width"], traits["height"])
            > 4 * shorter,
        }
        return _told(kinds, noun="pictures")
    if "words" in traits:
        kinds = {
            "without a letter or digit": traits["words"] == 0,
            f"more than {_LONG} times as long as the median": traits["characters"]
            > _LONG * np.median(traits["characters"]),
        }
        return _told(kinds, noun="texts")
    if "milliseconds" in traits:
        median = np.median(traits["milliseconds"])
        kinds = {f"more than {_LONG} times as long as the median": traits["milliseconds"] > _LONG * median}
        return _told(kinds, noun="sounds")
    return ()


def _told(kinds: dict[str, NDArray[np.bool_]], *, noun: str) -> tuple[Finding, ...]:
    counts = {kind: int(odd.sum()) for kind, odd in kinds.items()}
    return tuple(
        Finding(
            what="odd samples",
            health=Health.WARN,
            found=f"{count:,} of {len(kinds[kind]):,} {noun} are {kind}",
            advice="see whether they belong here",
        )
        for kind, count in counts.items()
        if count
    )


def _hints(survey: Survey, samples: Sequence[Found], *, traits: Traits) -> tuple[Finding, ...]:
    labels = [sample.label for sample in samples]
    found: list[Finding] = []
    if "width" in traits:
        sizes = _rough_sizes(traits)
        advice = (
            "sharpness betrays the size a picture had: bring all classes from the same source, or to one size"
        )
        found += hint(sizes, labels, what="a picture's size", advice=advice)
    if survey.modality is not Modality.TEXT:
        ends = [sample.path.rpartition(".")[2].lower() for sample in samples]
        advice = "bring all classes into one format: its traces show in the pixels"
        found += hint(ends, labels, what="a file's format", advice=advice)
        keys = name_keys(samples)
        advice = "the names suggest that classes come from different sources: a model may learn the source"
        found += hint(keys, labels, what="a word in the file's name", advice=advice) if keys else ()
    elif all(sample.column is not None for sample in samples):
        first = sorted(samples, key=place)[:_ROWS]
        ordered = first[:: -(-len(first) // _TEXTS)]
        found += labels_in_texts(contents(survey.root, ordered), [sample.label for sample in ordered])
    return tuple(found)


def _rough_sizes(traits: Traits) -> list[tuple[int, int]]:
    """Width and height in steps of a fifth: pictures of about one size are alike."""
    width, height = (
        np.rint(np.log(traits[side]) / np.log(1.2)).astype(int).tolist() for side in ("width", "height")
    )
    return list(zip(width, height, strict=True))
