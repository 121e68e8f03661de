"""The rows of a table, one after another, whatever its format."""

from collections.abc import Collection, Generator
from contextlib import closing
from itertools import islice
from pathlib import Path

from automl_tl.data import delimited, json_lines
from automl_tl.data.row import BadRow, Row
from automl_tl.errors import RequestError

LINES = frozenset((".jsonl", ".ndjson"))
COLUMNAR = frozenset((".parquet", ".arrow"))
SUFFIXES = frozenset((".csv", ".tsv", *LINES, *COLUMNAR))
LOOK = 20
"""Rows that are looked at to guess a column."""


def is_table(path: Path) -> bool:
    """Whether a file's name says that it is a table."""
    return path.suffix.lower() in SUFFIXES


def read_rows(path: Path, *, columns: Collection[str] | None = None) -> Generator[Row | BadRow, None, None]:
    """Every row, from the first, at least with these ``columns``; memory does not grow with their count.

    Raises RequestError for a file that is gone or no table.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in COLUMNAR:
            from automl_tl.data import columnar  # pyarrow: a third of a second, and only here

            yield from columnar.rows(path, columns=columns)
        elif suffix in LINES:
            yield from json_lines.rows(path)
        else:
            yield from delimited.rows(path)
    except FileNotFoundError:
        raise RequestError(f"there is no file {path}") from None
    except OSError as error:
        raise RequestError(f"{path} cannot be read as a table: {error.strerror or error}") from None


def class_names(path: Path) -> dict[str, tuple[str, ...]]:
    """Names of classes by column, where a Parquet or Arrow table brings them along; raises RequestError."""
    from automl_tl.data import columnar

    return columnar.class_names(path)


def look(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    """The columns, and the first rows that can be read; raises RequestError, also where there is none."""
    with closing(read_rows(path)) as rows:
        head = list(islice(rows, LOOK))
    if not head:
        raise RequestError(f"{path} has no rows: expected one for each sample")
    good = [row for row in head if isinstance(row, Row)]
    if not good:
        assert isinstance(head[0], BadRow)
        raise RequestError(f"row {head[0].number} of {path} {head[0].reason}")
    named = () if path.suffix.lower() in COLUMNAR | LINES else delimited.names(path)
    return tuple(dict.fromkeys((*named, *(name for row in good for name in row.cells)))), good
