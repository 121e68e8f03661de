"""Labelled files and texts of a person's own: class folders, or a table with a column of labels."""

import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from automl_tl.data.folder import survey
from automl_tl.data.pool import in_order
from automl_tl.data.readers import READERS
from automl_tl.data.rows import SUFFIXES, is_table
from automl_tl.data.table import open_table
from automl_tl.domain.dataset import Split
from automl_tl.domain.prediction import Input, Written
from automl_tl.errors import RequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Files or texts and their labels; ``sha256`` tells which of them are sealed somewhere."""

    inputs: tuple[Input, ...]
    labels: tuple[str, ...]
    sha256: tuple[str, ...]

    def only(self, *, labels: Collection[str]) -> "Labelled":
        """Those that have one of these labels."""
        return self._of([i for i, label in enumerate(self.labels) if label in labels])

    def without(self, sealed: Collection[str]) -> "Labelled":
        """Those that have none of these sha256."""
        return self._of([i for i, sha256 in enumerate(self.sha256) if sha256 not in sealed])

    def counts(self) -> dict[str, int]:
        """How many of each label, by label."""
        return dict(sorted(Counter(self.labels).items()))

    def _of(self, indices: list[int]) -> "Labelled":
        return Labelled(
            inputs=tuple(self.inputs[i] for i in indices),
            labels=tuple(self.labels[i] for i in indices),
            sha256=tuple(self.sha256[i] for i in indices),
        )


def read_labelled(
    dataset: Path, *, input_column: str | None = None, label_column: str | None = None
) -> Labelled:
    """The files of a folder of class folders (only the test split, where one is given), or of a table.

    Raises RequestError (DatasetRefused among them) when there is nothing to read, or a file is unreadable.
    """
    if is_table(dataset):
        return _of_table(dataset, input_column=input_column, label_column=label_column)
    column = input_column or label_column
    if column is not None:
        raise RequestError(f"the column {column} is for a table, but {dataset} is none")
    if dataset.is_file():
        tables = ", ".join(sorted(SUFFIXES))
        raise RequestError(f"{dataset} is neither a folder of class folders nor a table ({tables})")
    return _of_folder(dataset)


def _of_folder(folder: Path) -> Labelled:
    found = survey(folder)
    noun = next(reader.noun for reader in READERS if reader.modality is found.modality)
    if found.unreadable:
        first = found.unreadable[0]
        raise RequestError(f"{len(found.unreadable)} {noun}s cannot be read; {first.path} {first.reason}")
    test = [sample for sample in found.samples if sample.given is Split.TEST]
    samples = test or found.samples
    if not samples:
        raise RequestError(f"{folder} holds no {noun} in a class folder")
    return Labelled(
        inputs=tuple(found.root / sample.path for sample in samples),
        labels=tuple(sample.label for sample in samples),
        sha256=tuple(sample.sha256 for sample in samples),
    )


def _of_table(path: Path, *, input_column: str | None, label_column: str | None) -> Labelled:
    table = open_table(path, input_column=input_column, label_column=label_column, labelled=True)
    inputs: list[Input] = []
    labels: list[str] = []
    for number, record in enumerate(table.records(), start=1):
        inputs.append(table.input_of(record))
        labels.append(table.label_of(record))
        if not labels[-1]:
            raise RequestError(f"record {number} of {path} has no {table.label_column}")
    return Labelled(inputs=tuple(inputs), labels=tuple(labels), sha256=tuple(in_order(_sha256, inputs)))


def _sha256(given: Input) -> str:
    return hashlib.sha256(given.text.encode()).hexdigest() if isinstance(given, Written) else _of_file(given)


def _of_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise RequestError(f"there is no file {path}") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise RequestError(f"{path} cannot be read: {why}") from None
