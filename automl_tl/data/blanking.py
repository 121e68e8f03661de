"""Rows taken out of tables: what stays is blank, so that every other row keeps its number."""

import csv
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from automl_tl.data.delimited import delimiter_of
from automl_tl.data.disk import replaced
from automl_tl.data.rows import COLUMNAR, LINES


def blank(table: Path, rows: Collection[int]) -> None:
    """Empty every cell of these rows, on disk; a table that is gone stays gone. Raises DiskFull, OSError.

    Blank rows are passed over when the table is read again. What cannot be parsed is copied as it is.
    """
    suffix = table.suffix.lower()
    if not table.is_file():
        return
    if suffix in COLUMNAR:
        from automl_tl.data import columnar  # pyarrow: a third of a second, and only here

        columnar.blank(table, rows)
        return
    records = _lines(table) if suffix in LINES else _records(table)
    with replaced(table) as file:
        _copy(records, rows, file)


def _copy(records: Iterator[bytes], rows: Collection[int], file: BinaryIO) -> None:
    for number, record in enumerate(records, start=1):
        file.write(b"\n" if number in rows else record)


def _lines(table: Path) -> Iterator[bytes]:
    with table.open("rb") as file:
        yield from file


def _records(table: Path) -> Iterator[bytes]:
    """The header and each row below it as they stand, with the line breaks inside of cells."""
    with table.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        delimiter = delimiter_of(table, file.readline())
        file.seek(0)
        held: list[str] = []

        def lines() -> Iterator[str]:
            for line in file:
                held.append(line)
                yield line

        reader = csv.reader(lines(), delimiter=delimiter, strict=True)
        while _advance(reader):
            yield "".join(held).encode("utf-8", errors="surrogateescape")
            held.clear()


def _advance(reader: Iterator[list[str]]) -> bool:
    try:
        next(reader)
    except csv.Error:
        return True
    except StopIteration:
        return False
    return True
