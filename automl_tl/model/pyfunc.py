"""Lets MLflow's loader open a saved model; travels with it, so it imports nothing of ours but this room."""

import base64
import binascii
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from automl_tl.model.artifact import load
from automl_tl.model.predictor import Predictor

COLUMN = "image"


class Pictures:
    """What MLflow calls for predictions."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """One row a picture: ``label``, its ``probability``, and ``probability_CLASS`` of every class.

        Pictures come in the column ``image`` of a data frame (or its only column), or as a list; each is a
        path, the bytes of a picture file, or those in base64. ``params`` has no meaning here. Raises
        ValueError for anything else, and for a picture that cannot be read.
        """
        pictures = [_picture(value) for value in _column(model_input)]
        classes = self._predictor.spec.classes
        found = self._predictor.predict(pictures)
        answers = pd.DataFrame(found, columns=[f"probability_{name}" for name in classes])
        answers.insert(0, "label", [classes[index] for index in found.argmax(axis=1)])
        answers.insert(1, "probability", found.max(axis=1))
        return answers


def _load_pyfunc(data_path: str) -> Pictures:
    return Pictures(load(Path(data_path)))


def _column(model_input: Any) -> Iterable[object]:
    if isinstance(model_input, pd.DataFrame):
        columns = list(model_input.columns)
        if COLUMN not in columns and len(columns) != 1:
            raise ValueError(
                f"columns {', '.join(map(str, columns))}, but pictures stand in a column {COLUMN!r}"
            )
        return list(model_input[COLUMN if COLUMN in columns else columns[0]])
    return [model_input] if isinstance(model_input, (str, bytes, Path)) else list(model_input)


def _picture(value: object) -> Path | bytes:
    if isinstance(value, (Path, bytes)):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if not isinstance(value, str):
        raise ValueError(f"a picture given as {type(value).__name__}, but it is a path, bytes or base64")
    path = Path(value)
    try:
        if path.is_file():
            return path
        return base64.b64decode(value, validate=True)
    except OSError:  # too long for a file's name
        return base64.b64decode(value)
    except binascii.Error as error:
        raise ValueError(f"{value[:80]} is neither the path of a file nor a picture in base64") from error
