"""Rows of tables that have a JSON object a line, streamed."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from automl_tl.data.delimited import require_utf8
from automl_tl.data.row import BadRow, Row
from automl_tl.errors import RequestError

_MOST_LINE = 2**27  # bytes; a text of a few MB may be written in escapes of six bytes a letter


def rows(path: Path) -> Iterator[Row | BadRow]:
    """Every line that is not blank; raises RequestError for a table that is no text, OSError."""
    require_utf8(path)
    with path.open("rb") as file:
        for number, line in enumerate(iter(partial(file.readline, _MOST_LINE), b""), start=1):
            if len(line) >= _MOST_LINE:
                raise RequestError(f"line {number} of {path} has more than {_MOST_LINE:,} bytes")
            if not line.isspace():
                yield _row(line, number=number)


def _row(line: bytes, *, number: int) -> Row | BadRow:
    try:
        found = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        byte = line[error.start]
        return BadRow(number=number, reason=f"is not UTF-8: it has the byte 0x{byte:02x}")
    except (ValueError, RecursionError) as error:
        return BadRow(number=number, reason=f"is not JSON: {error}")
    if not isinstance(found, dict):
        return BadRow(number=number, reason="is no JSON object, as each line is expected to be")
    return Row(number=number, cells=found)
