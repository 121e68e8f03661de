"""The bytes of a dataset's samples, wherever they lie, compared with what the manifest says of them."""

import hashlib
from collections.abc import Generator, Iterable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path

from automl_tl.data.cells import text_of
from automl_tl.data.pool import in_order
from automl_tl.data.row import Row, table_row
from automl_tl.data.rows import read_rows
from automl_tl.data.survey import Found
from automl_tl.domain.dataset import Sample
from automl_tl.errors import DatasetChanged, RequestError
from automl_tl.steps import step

_WINDOW_BYTES = 8 * 2**20
_WINDOW_SAMPLES = 4096


def contents(root: Path, samples: Iterable[Found | Sample]) -> Generator[bytes, None, None]:
    """Each sample's bytes, in the order given: a file's, or the text of a table's row in UTF-8.

    Files are read ahead by threads. Tables are read once where rows come as they stand (a manifest's order);
    else once more for each 4096 samples that go back. Memory grows neither with samples nor with bytes.
    Raises DatasetChanged where a sample is gone or is no longer the one of its sha256.
    """
    for is_row, group in groupby(samples, key=lambda sample: sample.column is not None):
        if is_row:
            yield from _cells(root, group)
        else:
            yield from in_order(partial(content, root), group)


def content(root: Path, sample: Found | Sample) -> bytes:
    """One sample's bytes; raises DatasetChanged."""
    if sample.column is not None:
        return next(_cells(root, [sample]))
    try:
        data = (root / sample.path).read_bytes()
    except OSError as error:
        raise DatasetChanged(
            f"the file {sample.path} could be read when the job was submitted, but not while it was running: "
            f"{error.strerror}"
        ) from error
    return _unchanged(data, sample, what="the file")


def _cells(root: Path, samples: Iterable[Found | Sample]) -> Iterator[bytes]:
    table: _Pass | None = None
    for window in _windows(samples):
        texts: dict[str, bytes] = {}
        for sample in sorted(window, key=lambda sample: (sample.column, table_row(sample.path))):
            if table is None or not table.is_before(sample):
                table = _Pass(root, sample)
            texts[sample.path] = table.text_of(sample)
        step()
        yield from (texts[sample.path] for sample in window)


def _windows(samples: Iterable[Found | Sample]) -> Iterator[list[Found | Sample]]:
    window: list[Found | Sample] = []
    size = 0
    for sample in samples:
        window.append(sample)
        size += sample.size
        if len(window) >= _WINDOW_SAMPLES or size >= _WINDOW_BYTES:
            yield window
            window, size = [], 0
    if window:
        yield window


class _Pass:
    """One pass over one column of one table, from its first row on."""

    def __init__(self, root: Path, first: Found | Sample) -> None:
        assert first.column is not None
        self._table, _ = table_row(first.path)
        self._column = first.column
        self._rows = read_rows(root / self._table, columns={self._column})
        self._number = 0
        self._text = b""

    def is_before(self, sample: Found | Sample) -> bool:
        """Whether the pass comes to this sample yet, or stands on it."""
        table, number = table_row(sample.path)
        return (table, sample.column) == (self._table, self._column) and number >= self._number

    def text_of(self, sample: Found | Sample) -> bytes:
        """The text of a sample that the pass is before."""
        _, number = table_row(sample.path)
        if number != self._number:
            self._number = number
            self._text = self._read(sample, number)
        return _unchanged(self._text, sample, what="the row")

    def _read(self, sample: Found | Sample, number: int) -> bytes:
        try:
            row = next((row for row in self._rows if row.number >= number), None)
        except RequestError as error:
            raise DatasetChanged(f"{sample.path} could be read before, but now {error}") from error
        text = text_of(row.cells.get(self._column)) if isinstance(row, Row) and row.number == number else None
        if not isinstance(text, bytes):
            raise DatasetChanged(
                f"the row {sample.path} was there when the job was submitted, but is no more"
            )
        return text


def _unchanged(data: bytes, sample: Found | Sample, *, what: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sample.sha256:
        raise DatasetChanged(f"{what} {sample.path} changed while the job was running")
    return data
