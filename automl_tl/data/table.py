"""Tables that name files: CSV, TSV, or lines of JSON, read row by row."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from automl_tl.errors import RequestError

SUFFIXES = frozenset((".csv", ".tsv", ".jsonl", ".ndjson"))
_NAMES = "path file filename file_name filepath file_path image image_path img picture photo input"
INPUTS = tuple(_NAMES.split())
LABELS = ("label", "class", "target", "category", "class_name", "y")
_LOOK = 20  # rows that are looked at to guess a column
_REST = "automl-tl: more cells than the header has"

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTable:
    """A table and the column whose cells are paths, relative to the table's folder."""

    path: Path
    columns: tuple[str, ...]
    input_column: str
    label_column: str | None = None

    def records(self) -> Iterator[Record]:
        """Every row, from the first; memory does not grow with their count. Raises RequestError."""
        return _records(self.path)

    def file_of(self, record: Record) -> Path:
        """The file that a row names; the folder of the table itself for an empty cell."""
        return self.path.absolute().parent / str(record.get(self.input_column) or "")

    def label_of(self, record: Record) -> str:
        """The label of a row, of a table that has a label column."""
        assert self.label_column is not None
        value = record.get(self.label_column)
        return "" if value is None else str(value)


def is_table(path: Path) -> bool:
    """Whether a file's name says that it is a table."""
    return path.suffix.lower() in SUFFIXES


def open_table(
    path: Path, *, input_column: str | None = None, label_column: str | None = None, labelled: bool = False
) -> FileTable:
    """The table, its columns named or guessed; ``labelled`` wants a label column too.

    Raises RequestError for a file that is no table or has no rows, and for a column that is missing or that
    nothing points to.
    """
    head = list(islice(_records(path), _LOOK))
    if not head:
        raise RequestError(f"{path} has no rows: expected one for each picture")
    columns = tuple(dict.fromkeys(column for record in head for column in record))
    for wanted in (input_column, label_column):
        if wanted is not None and wanted not in columns:
            raise RequestError(f"{path} has no column {wanted}: its columns are {', '.join(columns)}")
    rest = [column for column in columns if column != label_column]
    chosen = input_column or _guess_input(path, rest, head)
    label = label_column
    if labelled and label is None:
        label = _guess_label(path, [column for column in columns if column != chosen])
    return FileTable(path=path, columns=columns, input_column=chosen, label_column=label)


def _guess_input(path: Path, columns: Sequence[str], head: Sequence[Record]) -> str:
    folder = path.absolute().parent
    exist = [c for c in columns if any(r.get(c) and _is_file(folder, str(r[c])) for r in head)]
    named = [c for name in INPUTS for c in columns if c.strip().casefold() == name]
    for found in ([c for c in named if c in exist], exist, named, columns):
        if len(found) == 1 or (found and found[0] in named):
            return found[0]
    raise RequestError(
        f"none of {path}'s columns ({', '.join(columns)}) is known to name files: say the input column"
    )


def _guess_label(path: Path, columns: Sequence[str]) -> str:
    named = [c for name in LABELS for c in columns if c.strip().casefold() == name]
    if named or len(columns) == 1:
        return (named or list(columns))[0]
    raise RequestError(
        f"none of {path}'s columns ({', '.join(columns)}) is known to be the label: say the label column"
    )


def _is_file(folder: Path, cell: str) -> bool:
    try:
        return (folder / cell).is_file()
    except (OSError, ValueError):
        return False


def _records(path: Path) -> Iterator[Record]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix.lower() in (".jsonl", ".ndjson"):
                yield from _objects(path, file)
            else:
                yield from _rows(path, file)
    except FileNotFoundError:
        raise RequestError(f"there is no file {path}") from None
    except UnicodeDecodeError:
        raise RequestError(f"{path} is not text in UTF-8, as a table is expected to be") from None
    except (OSError, csv.Error) as error:
        raise RequestError(f"{path} cannot be read as a table: {error}") from None


def _rows(path: Path, file: TextIO) -> Iterator[Record]:
    header = file.readline()
    names = next(csv.reader(io.StringIO(header), delimiter=_delimiter(path, header)), [])
    if len(set(names)) < len(names):
        raise RequestError(f"{path} has two columns of one name: {header.strip()[:200]}")
    rows = csv.DictReader(file, fieldnames=names, restkey=_REST, delimiter=_delimiter(path, header))
    for number, row in enumerate(rows, start=2):
        if _REST in row:
            raise RequestError(f"row {number} of {path} has more cells than the header's {len(names)}")
        yield row


def _delimiter(path: Path, header: str) -> str:
    """Tabs in a .tsv; else what the header has most of, for spreadsheets write semicolons in some places."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    return max(",;\t", key=header.count)


def _objects(path: Path, file: TextIO) -> Iterator[Record]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise RequestError(f"line {number} of {path} is not JSON: {error}") from None
        if not isinstance(found, dict):
            raise RequestError(f"line {number} of {path} is no JSON object, as each line is expected to be")
        yield found
