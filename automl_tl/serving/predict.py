"""What a model says about a person's files."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.magic import HEAD_BYTES, kind_of
from automl_tl.data.picture_files import unfolded
from automl_tl.data.pool import in_order
from automl_tl.domain.prediction import OnError, PredictionTerms
from automl_tl.errors import AutomlError, OperatorError, RequestError
from automl_tl.model.prepared import stacked
from automl_tl.model.preparer import Preparer
from automl_tl.model.problem import SampleUnreadable
from automl_tl.serving.load import Served

BATCH = 64
MOST_PICTURES = 10_000  # of one call; a stream of calls has no end

Row = NDArray[np.float32]
Stored = NDArray[Any]


class Prediction(TypedDict):
    """One input's answer, as JSON: ``probability`` is the guess's, ``probabilities`` are by class.

    ``label`` is the guess, or None where the model abstained.
    """

    input: str
    label: str | None
    guess: str
    probability: float
    abstained: bool
    probabilities: dict[str, float]
    version: int
    digest: str


class Unanswered(TypedDict):
    """An input without an answer, as JSON; ``error`` has ``title`` and ``detail``."""

    input: str
    error: dict[str, str]


def predict(
    served: Served, inputs: Iterable[Path], *, terms: PredictionTerms
) -> Generator[Prediction | Unanswered, None, None]:
    """One answer a picture, in the order given, while they are read: memory does not grow with their count.

    Raises what is wrong with an input where the terms say so, and RequestError for a folder without any.
    """
    is_told = terms.on_error is OnError.TELL
    pictures = inputs if is_told else _expanded(inputs)
    with closing(read(served, pictures)) as found:
        for path, row in found:
            if not isinstance(row, AutomlError):
                yield _prediction(served, path, row, abstain_below=terms.abstain_below)
            elif is_told:
                yield Unanswered(input=str(path), error={"title": row.title, "detail": row.detail})
            else:
                raise row


def read(served: Served, pictures: Iterable[Path]) -> Generator[tuple[Path, Row | AutomlError], None, None]:
    """Each picture and its probabilities [C], or why there are none; decoded by threads, some way ahead."""
    load = partial(_loaded, preparer=served.predictor.preparer)
    with closing(in_order(load, pictures)) as loaded:
        while batch := list(islice(loaded, BATCH)):
            yield from _answered(served, batch)


def _answered(
    served: Served, batch: list[tuple[Path, Stored | AutomlError]]
) -> Iterator[tuple[Path, Row | AutomlError]]:
    stored = [found for _, found in batch if not isinstance(found, AutomlError)]
    rows = iter(_probabilities(served, stored))
    for path, found in batch:
        if isinstance(found, AutomlError):
            yield path, found
            continue
        row = next(rows)
        yield path, row if np.isfinite(row).all() else _nonsense(served, path, row)


def _probabilities(served: Served, stored: list[Stored]) -> Row:
    if not stored:
        return np.empty((0, len(served.predictor.spec.classes)), np.float32)
    return served.probabilities(stacked(stored, served.predictor.spec.preprocessing))


def _nonsense(served: Served, path: Path, row: Row) -> AutomlError:
    worst = float(row[~np.isfinite(row)][0])
    return OperatorError(
        f"version {served.version} of {served.name} predicts {worst} for {path}; expected a probability"
    )


def _prediction(served: Served, path: Path, row: Row, *, abstain_below: float) -> Prediction:
    classes = served.predictor.spec.classes
    guess, probability = classes[int(row.argmax())], float(row.max())
    abstained = probability < abstain_below
    return Prediction(
        input=str(path),
        label=None if abstained else guess,
        guess=guess,
        probability=probability,
        abstained=abstained,
        probabilities=dict(zip(classes, row.tolist(), strict=True)),
        version=served.version,
        digest=served.digest,
    )


def _loaded(path: Path, *, preparer: Preparer) -> tuple[Path, Stored | AutomlError]:
    try:
        return path, preparer.prepare(path)
    except SampleUnreadable as error:
        return path, RequestError(_unreadable(path, error, noun=preparer.noun))
    except FileNotFoundError:
        return path, RequestError(f"there is no file {path}")
    except IsADirectoryError:
        return path, RequestError(f"{path} is a folder, but the file of a {preparer.noun} is expected")
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return path, RequestError(f"{path} cannot be read: {why}")


def _unreadable(path: Path, error: SampleUnreadable, *, noun: str) -> str:
    """What the file is instead, where its first bytes tell."""
    with path.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES))
    return f"{path} {error}" if kind is None else f"{path} is {kind}, but this model expects a {noun}"


def _expanded(inputs: Iterable[Path]) -> Iterator[Path]:
    """Folders become the pictures in them; raises RequestError for one without any, and for too many."""
    for count, path in enumerate(unfolded(inputs)):
        if count >= MOST_PICTURES:
            raise RequestError(f"there are more than {MOST_PICTURES:,} pictures, the most of one request")
        yield path
