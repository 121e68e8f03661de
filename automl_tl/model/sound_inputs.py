"""Sounds as people hand them to a saved model: paths, bytes, base64, waveforms with their rate."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl_tl.model.given import shown, written
from automl_tl.model.signature import COLUMNS
from automl_tl.model.sound_preparer import Sound, Waveform

_COLUMN = COLUMNS["audio"]
_ARRAY, _RATE = "array", "sampling_rate"
_OBJECT = frozenset({_ARRAY, _RATE, "bytes", "path"})


def sounds(model_input: object, *, with_paths: bool = True) -> list[Sound]:
    """The sounds of a data frame's column ``audio`` (or its only column), a list, or one by itself.

    A list in a cell stands for its sounds. Without ``with_paths`` a string is base64 and nothing else.
    Raises ValueError, counting rows from 0.
    """
    values = _flat(_column(model_input))
    return [_sound(value, row=row, with_paths=with_paths) for row, value in enumerate(values)]


def _column(model_input: object) -> Iterable[object]:
    if isinstance(model_input, Mapping) and not _is_sound(model_input):
        return _column(pd.DataFrame({name: [cell] for name, cell in model_input.items()}))
    if isinstance(model_input, pd.DataFrame):
        columns = list(model_input.columns)
        if _COLUMN not in columns and len(columns) != 1:
            found = ", ".join(map(str, columns)) or "none"
            raise ValueError(f"the columns are {found}, but sounds stand in a column {_COLUMN!r}")
        return list(model_input[_COLUMN if _COLUMN in columns else columns[0]])
    return list(model_input) if isinstance(model_input, pd.Series | list | tuple) else [model_input]


def _flat(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _flat(value)
        elif isinstance(value, np.ndarray) and value.dtype.kind in "OSU":
            yield from _flat(value.ravel().tolist())
        elif isinstance(value, Mapping) and not _is_sound(value):
            yield from _flat(_column(value))
        else:
            yield value


def _is_sound(value: Mapping[Any, object]) -> bool:
    return bool(value) and value.keys() <= _OBJECT


def _sound(value: object, *, row: int, with_paths: bool) -> Sound:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, Waveform):
        return value
    if isinstance(value, Mapping):
        return _of_object(value, row=row, with_paths=with_paths)
    if isinstance(value, np.ndarray):
        raise ValueError(f"row {row} is an array alone, but its rate is needed: {{{_ARRAY}: …, {_RATE}: …}}")
    if isinstance(value, str):
        return written(value, noun="sound", row=row, with_paths=with_paths)
    if isinstance(value, Path) and with_paths:
        return value
    raise ValueError(
        f"row {row} is {shown(value)}, but a sound comes as path, bytes, base64, or array and sampling_rate"
    )


def _of_object(value: Mapping[Any, Any], *, row: int, with_paths: bool) -> Sound:
    if value.get(_ARRAY) is not None:
        rate = value.get(_RATE)
        if not isinstance(rate, int | np.integer):
            raise ValueError(
                f"row {row} has an {_ARRAY} and the {_RATE} {shown(rate)}: a whole number is expected"
            )
        try:
            samples = np.asarray(value[_ARRAY])
        except ValueError as error:  # of lists of different lengths
            raise ValueError(f"row {row} has an {_ARRAY} that is none: {error}") from error
        if samples.dtype.kind not in "fiu":
            raise ValueError(f"row {row} has an {_ARRAY} of {samples.dtype}, but samples are numbers")
        return Waveform(samples=samples, rate=int(rate))
    for key in ("bytes", "path"):
        if value.get(key) is not None:
            return _sound(value[key], row=row, with_paths=with_paths)
    raise ValueError(f"row {row} has neither {_ARRAY} nor bytes nor path")
