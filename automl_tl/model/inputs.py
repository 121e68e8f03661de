"""Samples as people hand them to a saved model: of pictures paths, bytes, base64, arrays, open pictures."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from automl_tl.model.given import shown, written
from automl_tl.model.picture_preparer import Picture
from automl_tl.model.signature import COLUMNS

_CHANNELS = (1, 3, 4)


def pictures(model_input: object, *, with_paths: bool = True) -> list[Picture]:
    """The pictures of a data frame's column ``image`` (or its only column), a list, or one by itself.

    A list in a cell stands for its pictures. Without ``with_paths`` a string is base64 and nothing else.
    Raises ValueError, counting rows from 0.
    """
    values = _flat(_column(model_input, name=COLUMNS["image"]), name=COLUMNS["image"])
    return [_picture(value, row=row, with_paths=with_paths) for row, value in enumerate(values)]


def texts(model_input: object) -> list[str]:
    """The texts of a data frame's column ``text`` (or its only column), a list, or one by itself.

    Raises ValueError, counting rows from 0.
    """
    values = _flat(_column(model_input, name=COLUMNS["text"]), name=COLUMNS["text"])
    return [_text(value, row=row) for row, value in enumerate(values)]


def _text(value: object, *, row: int) -> str:
    if not isinstance(value, str):
        raise ValueError(f"row {row} is {shown(value)}, but a text is expected")
    if not value.strip():
        raise ValueError(f"row {row} is empty, but a text is expected")
    return value


def _column(model_input: object, *, name: str) -> Iterable[object]:
    if isinstance(model_input, dict):
        return _column(pd.DataFrame({key: [cell] for key, cell in model_input.items()}), name=name)
    if isinstance(model_input, pd.DataFrame):
        columns = list(model_input.columns)
        if name not in columns and len(columns) != 1:
            found = ", ".join(map(str, columns)) or "none"
            name_of = {"image": "pictures", "text": "texts"}
            raise ValueError(f"the columns are {found}, but {name_of[name]} stand in a column {name!r}")
        return list(model_input[name if name in columns else columns[0]])
    if isinstance(model_input, pd.Series | list | tuple):
        return list(model_input)
    return (
        list(model_input) if isinstance(model_input, np.ndarray) and model_input.ndim == 4 else [model_input]
    )


def _flat(values: Iterable[object], *, name: str) -> Iterator[object]:
    for value in values:
        is_texts = isinstance(value, np.ndarray) and value.dtype.kind in "OSU"
        if isinstance(value, list | tuple) or is_texts:
            yield from _flat(np.ravel(value) if is_texts else value, name=name)  # type: ignore[call-overload, arg-type]
        elif isinstance(value, dict):
            yield from _flat(_column(value, name=name), name=name)
        else:
            yield value


def _picture(value: object, *, row: int, with_paths: bool) -> Picture:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, Image.Image):
        return value
    if isinstance(value, np.ndarray):
        return Image.fromarray(_pixels(value, row=row))
    if isinstance(value, str):
        return written(value, noun="picture", row=row, with_paths=with_paths)
    if isinstance(value, Path) and with_paths:
        return value
    raise ValueError(
        f"row {row} is {shown(value)}, but a picture comes as path, bytes, base64, uint8 array or PIL image"
    )


def _pixels(array: NDArray[np.generic], *, row: int) -> NDArray[np.uint8]:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"row {row} is an array with NaN or infinity, but pixels are whole numbers 0 to 255")
    if array.dtype != np.uint8:
        raise ValueError(f"row {row} is an array of {array.dtype}, but pixels are uint8, 0 to 255")
    has_channels = array.ndim == 3 and array.shape[2] in _CHANNELS
    if not (array.size and (array.ndim == 2 or has_channels)):
        shape = list(array.shape)
        raise ValueError(
            f"row {row} is an array of shape {shape}, but pictures are [H, W] or [H, W, 1, 3 or 4]"
        )
    return np.ascontiguousarray(array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array, np.uint8)
