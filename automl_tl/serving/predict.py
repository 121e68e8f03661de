"""What a model says about a person's files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from automl_tl.data.image import IMAGE
from automl_tl.errors import RequestError
from automl_tl.model.picture import PictureUnreadable
from automl_tl.model.predictor import Predictor


class Prediction(TypedDict):
    """One input's answer, as JSON: ``probability`` is the label's, ``probabilities`` are by class."""

    input: str
    label: str
    probability: float
    probabilities: dict[str, float]


def predict(predictor: Predictor, inputs: Sequence[Path], *, batch_size: int = 64) -> list[Prediction]:
    """One answer a picture, in the order given; a folder stands for the picture files in it, by path.

    Raises RequestError, naming the file, for one that is missing or cannot be read, or a folder without any.
    """
    pictures = [picture for path in inputs for picture in _expanded(path)]
    classes = predictor.spec.classes
    try:
        rows = predictor.predict(pictures, batch_size=batch_size)
    except PictureUnreadable as error:
        raise RequestError(str(error)) from error
    except OSError as error:
        raise RequestError(f"{error.filename} cannot be read: {error.strerror}") from error
    return [
        Prediction(
            input=str(picture),
            label=classes[int(row.argmax())],
            probability=float(row.max()),
            probabilities={name: float(share) for name, share in zip(classes, row, strict=True)},
        )
        for picture, row in zip(pictures, rows, strict=True)
    ]


def _expanded(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        if not path.exists():
            raise RequestError(f"there is no file {path}")
        yield path
        return
    found = sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in IMAGE.suffixes and file.is_file() and not file.name.startswith(".")
    )
    if not found:
        raise RequestError(f"{path} holds no picture")
    yield from found
