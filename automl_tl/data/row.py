"""One row of a table, as it was read or as it could not be."""

from dataclasses import dataclass
from typing import Any

from automl_tl.data.survey import Found
from automl_tl.domain.dataset import Sample

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row and its cells by column.

    ``number`` is the one that a spreadsheet shows: a CSV's header is row 1, and blank rows count. It is the
    line of lines of JSON, and counts from 1 in Parquet and Arrow tables, which have no header.
    """

    number: int
    cells: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that could not be read; ``reason`` continues its name in a sentence."""

    number: int
    reason: str


def row_path(table: str, number: int) -> str:
    """The path of a sample that is a row: ``train.csv:17``."""
    return f"{table}:{number}"


def table_row(path: str) -> tuple[str, int]:
    """The table and the row's number that ``row_path`` joined."""
    table, _, number = path.rpartition(":")
    return table, int(number)


def place(sample: Found | Sample) -> tuple[str, int]:
    """By which samples are ordered: files by their paths, rows as they stand in their tables."""
    return (sample.path, 0) if sample.column is None else table_row(sample.path)
