"""Rows of CSV and TSV tables, streamed; what is wrong with a row stays with that row."""

import csv
from _csv import Reader
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TextIO

from automl_tl.data.row import BadRow, Row
from automl_tl.errors import RequestError

MOST_CELL = 2**24
"""Characters of a cell: more is a quotation mark that somebody forgot to close."""

_MOST_LINE = 2**25
_ESCAPED = range(0xDC80, 0xDD00)  # how surrogateescape writes the bytes 0x80 to 0xff
_LOOK = 4096
_WIDE = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\0\0\xfe\xff": "UTF-32"}


def rows(path: Path) -> Iterator[Row | BadRow]:
    """Every row below the header; raises RequestError where the table as a whole cannot be read, OSError."""
    with _opened(path) as reader:
        number, columns = 1, _header(path, reader)
        while True:
            number, line = number + 1, reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRow(number=number, reason=_unparsed(path, error, line=line))
                continue
            if not any(cells):
                continue
            reason = _unfit(cells, columns)
            if reason is None:
                yield Row(number=number, cells=dict(zip(columns, cells, strict=True)))
            else:
                yield BadRow(number=number, reason=f"(line {line}) {reason}")


def names(path: Path) -> tuple[str, ...]:
    """The columns that the header names; raises RequestError, OSError."""
    with _opened(path) as reader:
        return tuple(_header(path, reader))


def require_utf8(path: Path, *, called: str = "") -> None:
    """Raises RequestError, which may call it otherwise, for a table in UTF-16 or -32, or no text; OSError."""
    called = called or str(path)
    with path.open("rb") as file:
        start = file.read(_LOOK)
    for mark, name in _WIDE.items():
        if start.startswith(mark):
            raise RequestError(f"{called} is {name}, but a table is expected to be UTF-8: save it as UTF-8")
    if b"\0" in start:
        raise RequestError(f"{called} is not text in UTF-8, as a table is expected to be: it has zero bytes")


@contextmanager
def _opened(path: Path) -> Iterator[Reader]:
    require_utf8(path)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = _lines(path, file)
        first = next(lines, "")
        csv.field_size_limit(max(csv.field_size_limit(), MOST_CELL))
        yield csv.reader(chain([first], lines), delimiter=delimiter_of(path, first), strict=True)


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    for number, line in enumerate(iter(partial(file.readline, _MOST_LINE), ""), start=1):
        if len(line) >= _MOST_LINE:
            raise RequestError(f"line {number} of {path} has more than {_MOST_LINE:,} characters")
        yield line


def delimiter_of(path: Path, header: str) -> str:
    """Tabs in a .tsv; else what the header has most of, for spreadsheets write semicolons in some places."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    return max(",;\t", key=header.count)


def _header(path: Path, reader: Reader) -> list[str]:
    try:
        names = next(reader, [])
    except csv.Error as error:
        raise RequestError(f"the header of {path} cannot be read: {error}") from None
    if (reason := _no_text(names)) is not None:
        raise RequestError(f"the header of {path} {reason}")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RequestError(f"{path} has two columns of one name, {twice!r}")
    return names


def _unparsed(path: Path, error: csv.Error, *, line: int) -> str:
    if "end of data" in str(error):
        raise RequestError(f"line {line} of {path} opens a quotation mark that is never closed") from None
    if "field larger" in str(error):
        raise RequestError(
            f"line {line} of {path} begins a cell of more than {MOST_CELL:,} characters: is a quotation mark "
            "never closed?"
        ) from None
    return f"(line {line}) has a quotation mark inside a quoted cell that is not doubled"


def _unfit(cells: list[str], names: list[str]) -> str | None:
    if len(cells) != len(names):
        more = "more" if len(cells) > len(names) else "fewer"
        return f"has {more} cells than the header's {len(names)}: {len(cells)}"
    return _no_text(cells)


def _no_text(cells: list[str]) -> str | None:
    text = "".join(cells)
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        sign = ord(text[error.start])
        byte = f"the byte 0x{sign - 0xDC00:02x}" if sign in _ESCAPED else "half a character"
        return f"is not UTF-8: it has {byte}, as Latin-1 and other encodings do"
    return None
