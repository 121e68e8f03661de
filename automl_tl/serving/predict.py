"""What a model says about a person's files and texts."""

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
from automl_tl.domain.dataset import Modality
from automl_tl.domain.prediction import Input, OnError, PredictionTerms, Written
from automl_tl.errors import AutomlError, OperatorError, RequestError
from automl_tl.model.prepared import stacked
from automl_tl.model.preparer import Preparer
from automl_tl.model.problem import SampleUnreadable
from automl_tl.serving.load import Served

BATCH = 64
_SHOWN = 60  # characters of a text that an error shows
MOST_INPUTS = 10_000  # of one call; a stream of calls has no end

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
    served: Served, inputs: Iterable[Input], *, terms: PredictionTerms
) -> Generator[Prediction | Unanswered, None, None]:
    """One answer an input, in the order given, while they are read: memory does not grow with their count.

    Raises what is wrong with an input where the terms say so, and RequestError for a folder without any.
    """
    is_told = terms.on_error is OnError.TELL
    asked = inputs if is_told else _expanded(inputs)
    with closing(read(served, asked)) as found:
        for asked_of, row in found:
            if not isinstance(row, AutomlError):
                yield _prediction(served, asked_of, row, abstain_below=terms.abstain_below)
            elif is_told:
                yield Unanswered(input=str(asked_of), error={"title": row.title, "detail": row.detail})
            else:
                raise row


def read(served: Served, inputs: Iterable[Input]) -> Generator[tuple[Input, Row | AutomlError], None, None]:
    """Each input and its probabilities [C], or why there are none; decoded by threads, some way ahead."""
    load = partial(_loaded, preparer=served.predictor.preparer)
    with closing(in_order(load, inputs)) as loaded:
        while batch := list(islice(loaded, BATCH)):
            yield from _answered(served, batch)


def _answered(
    served: Served, batch: list[tuple[Input, Stored | AutomlError]]
) -> Iterator[tuple[Input, Row | AutomlError]]:
    stored = [found for _, found in batch if not isinstance(found, AutomlError)]
    rows = iter(_probabilities(served, stored))
    for asked, found in batch:
        if isinstance(found, AutomlError):
            yield asked, found
            continue
        row = next(rows)
        yield asked, row if np.isfinite(row).all() else _nonsense(served, asked, row)


def _probabilities(served: Served, stored: list[Stored]) -> Row:
    if not stored:
        return np.empty((0, len(served.predictor.spec.classes)), np.float32)
    return served.probabilities(stacked(stored, served.predictor.spec.preprocessing))


def _shown(asked: Input) -> str:
    return repr(asked.text[:_SHOWN]) if isinstance(asked, Written) else str(asked)


def _nonsense(served: Served, asked: Input, row: Row) -> AutomlError:
    worst = float(row[~np.isfinite(row)][0])
    return OperatorError(
        f"version {served.version} of {served.name} predicts {worst} for {_shown(asked)};"
        " expected a probability"
    )


def _prediction(served: Served, asked: Input, row: Row, *, abstain_below: float) -> Prediction:
    classes = served.predictor.spec.classes
    guess, probability = classes[int(row.argmax())], float(row.max())
    abstained = probability < abstain_below
    return Prediction(
        input=str(asked),
        label=None if abstained else guess,
        guess=guess,
        probability=probability,
        abstained=abstained,
        probabilities=dict(zip(classes, row.tolist(), strict=True)),
        version=served.version,
        digest=served.digest,
    )


def _loaded(asked: Input, *, preparer: Preparer) -> tuple[Input, Stored | AutomlError]:
    return asked, _of_text(asked, preparer) if isinstance(asked, Written) else _of_file(asked, preparer)


def _of_text(asked: Written, preparer: Preparer) -> Stored | AutomlError:
    if preparer.preprocessing.modality != Modality.TEXT:
        return RequestError(f"the text {_shown(asked)} was given, but this model expects a {preparer.noun}")
    try:
        return preparer.prepare(asked.text)
    except SampleUnreadable as error:
        return RequestError(f"the text {_shown(asked)} {error}")


def _of_file(path: Path, preparer: Preparer) -> Stored | AutomlError:
    try:
        return preparer.prepare(path)
    except SampleUnreadable as error:
        return RequestError(_unreadable(path, error, noun=preparer.noun))
    except FileNotFoundError:
        return RequestError(f"there is no file {path}")
    except IsADirectoryError:
        return RequestError(f"{path} is a folder, but the file of a {preparer.noun} is expected")
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return RequestError(f"{path} cannot be read: {why}")


def _unreadable(path: Path, error: SampleUnreadable, *, noun: str) -> str:
    """What the file is instead, where its first bytes tell."""
    with path.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES))
    if kind is None or noun in kind:
        return f"{path} {error}"
    return f"{path} is {kind}, but this model expects a {noun}"


def _expanded(inputs: Iterable[Input]) -> Iterator[Input]:
    """Folders become the pictures in them; raises RequestError for one without any, and for too many."""
    unpacked = (each for one in inputs for each in ([one] if isinstance(one, Written) else unfolded([one])))
    for count, one in enumerate(unpacked):
        if count >= MOST_INPUTS:
            raise RequestError(f"there are more than {MOST_INPUTS:,} inputs, the most of one request")
        yield one
