"""Hugging Face datasets as ``save_to_disk`` leaves them: Arrow tables beside JSON, and no code."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl_tl.data.features import label_names
from automl_tl.data.placed import GivenTable
from automl_tl.data.split_names import split_of
from automl_tl.domain.dataset import Split
from automl_tl.errors import RequestError

_DICT, _STATE, _INFO = "dataset_dict.json", "state.json", "dataset_info.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The tables of a saved dataset; ``notes`` tell what was left out."""

    tables: tuple[GivenTable, ...]
    notes: tuple[str, ...]


def is_saved(folder: Path) -> bool:
    """Whether a folder is a dataset, or splits of one, as ``save_to_disk`` writes them."""
    return (folder / _DICT).is_file() or all((folder / name).is_file() for name in (_STATE, _INFO))


def saved_tables(folder: Path) -> Saved:
    """The tables of a saved dataset, with the names of its classes; raises RequestError."""
    folder = folder.resolve()
    if not (folder / _DICT).is_file():
        return Saved(tables=tuple(_tables(folder, root=folder, given=None)), notes=())
    splits = _json(folder / _DICT).get("splits")
    if not isinstance(splits, list) or not all(isinstance(name, str) for name in splits):
        raise RequestError(f"{folder / _DICT} names no splits, as it is expected to")
    known = [name for name in splits if split_of(name) is not None]
    if not known:
        raise RequestError(f"{folder} has the splits {', '.join(splits)}, but train or test was expected")
    return Saved(
        tables=tuple(
            table for name in known for table in _tables(folder / name, root=folder, given=split_of(name))
        ),
        notes=tuple(
            f"the split {name} was left out: it is neither train, validation nor test"
            for name in splits
            if name not in known
        ),
    )


def _tables(folder: Path, *, root: Path, given: Split | None) -> Iterator[GivenTable]:
    state = _json(folder / _STATE)
    if state.get("_indices_data_files"):
        raise RequestError(f"{folder} has indices beside its rows: save it anew after flatten_indices()")
    classes = label_names(_json(folder / _INFO).get("features"))
    files = state.get("_data_files")
    if not isinstance(files, list) or not files:
        raise RequestError(f"{folder / _STATE} names no data files, as it is expected to")
    for file in files:
        path = (folder / str(file.get("filename") if isinstance(file, dict) else file)).resolve()
        if not path.is_relative_to(root) or path.suffix != ".arrow":
            raise RequestError(f"{folder / _STATE} names {path.name}, but Arrow files beside it are expected")
        yield GivenTable(path=path, given=given, classes=classes)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise RequestError(f"{path} cannot be read, but a saved dataset has it: {error}") from None
    if not isinstance(found, dict):
        raise RequestError(f"{path} is no JSON object, as it is expected to be")
    return found
