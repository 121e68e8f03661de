"""What a model is worth on a labelled folder of a person's own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.folder import survey
from automl_tl.data.image import IMAGE
from automl_tl.domain.dataset import Split
from automl_tl.domain.gate import Interval
from automl_tl.errors import RequestError
from automl_tl.model.predictor import Predictor

Targets = NDArray[np.int64]
Probabilities = NDArray[np.float32]


class Evaluation(TypedDict):
    """A metric's value on ``samples`` samples and its interval, as JSON."""

    metric: str
    value: float
    interval: list[float]
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The samples of a labelled folder; ``sha256`` tells which of them are sealed elsewhere."""

    paths: tuple[Path, ...]
    labels: tuple[str, ...]
    sha256: tuple[str, ...]


def read_labelled(folder: Path) -> Labelled:
    """The pictures of a folder of class folders; where a test split is given, only that.

    Raises RequestError (DatasetRefused among them) when there is nothing to read, or a picture is unreadable.
    """
    found = survey(folder, reader=IMAGE)
    if found.unreadable:
        first = found.unreadable[0]
        raise RequestError(f"{len(found.unreadable)} pictures cannot be read; {first.path} {first.reason}")
    test = [sample for sample in found.samples if sample.given is Split.TEST]
    samples = test or found.samples
    if not samples:
        raise RequestError(f"{folder} holds no picture in a class folder")
    return Labelled(
        paths=tuple(found.root / sample.path for sample in samples),
        labels=tuple(sample.label for sample in samples),
        sha256=tuple(sample.sha256 for sample in samples),
    )


def evaluate(
    predictor: Predictor,
    labelled: Labelled,
    *,
    metric: str,
    measure: Callable[[Targets, Probabilities], float],
    interval: Callable[[Targets, Probabilities], Interval],
) -> Evaluation:
    """The metric on the labelled samples.

    ``measure`` and ``interval`` are functions of targets [N] and probabilities [N, C]. Raises RequestError
    for labels that the model does not know.
    """
    classes = {name: target for target, name in enumerate(predictor.spec.classes)}
    strange = sorted(set(labelled.labels) - classes.keys())
    if strange:
        known = ", ".join(list(classes)[:20])
        raise RequestError(f"the folder has classes {', '.join(strange[:5])}, but the model knows {known}")
    targets = np.array([classes[label] for label in labelled.labels], np.int64)
    probabilities = predictor.predict(labelled.paths)
    found = interval(targets, probabilities)
    return Evaluation(
        metric=metric,
        value=float(measure(targets, probabilities)),
        interval=[found.low, found.high],
        samples=len(targets),
    )
