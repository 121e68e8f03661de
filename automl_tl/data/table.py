"""Tables that name files or hold texts, read row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from automl_tl.data.columns import LABELS, holds_texts, input_column_of, named_column, require_columns
from automl_tl.data.row import BadRow, Record
from automl_tl.data.rows import LOOK, look, read_rows
from automl_tl.domain.prediction import Input, Written
from automl_tl.errors import RequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTable:
    """A table and the column whose cells are texts, or paths relative to the table's folder."""

    path: Path
    columns: tuple[str, ...]
    input_column: str
    label_column: str | None = None
    holds_texts: bool = False

    def records(self) -> Iterator[Record]:
        """Every row, from the first; memory does not grow with their count. Raises RequestError."""
        return _records(self.path)

    def input_of(self, record: Record) -> Input:
        """What a row asks about: its text, or the file that it names."""
        if not self.holds_texts:
            return self.file_of(record)
        cell = record.get(self.input_column)
        return Written(text="" if cell is None else str(cell))

    def file_of(self, record: Record) -> Path:
        """The file that a row names; the folder of the table itself for an empty cell."""
        return self.path.absolute().parent / str(record.get(self.input_column) or "")

    def label_of(self, record: Record) -> str:
        """The label of a row, of a table that has a label column."""
        assert self.label_column is not None
        value = record.get(self.label_column)
        return "" if value is None else str(value)


def open_table(
    path: Path, *, input_column: str | None = None, label_column: str | None = None, labelled: bool = False
) -> InputTable:
    """The table, its columns named or guessed; ``labelled`` wants a label column too.

    Raises RequestError for a file that is no table or has no rows, and for a column that is missing or that
    nothing points to.
    """
    columns, head = look(path)
    list(islice(_records(path), LOOK))  # raises for a row that cannot be read
    require_columns(path, columns, (input_column, label_column))
    rest = [column for column in columns if column != label_column]
    chosen = input_column or input_column_of(rest, head, folder=path.absolute().parent)
    if chosen is None:
        raise RequestError(
            f"none of {path}'s columns ({', '.join(columns)}) is known to name files or hold texts: say the"
            " input column"
        )
    label = label_column
    if labelled and label is None:
        rest = [column for column in columns if column != chosen]
        label = named_column(rest, LABELS) or (rest[0] if len(rest) == 1 else None)
        if label is None:
            raise RequestError(
                f"none of {path}'s columns ({', '.join(rest)}) is known to be the label: say the label column"
            )
    return InputTable(
        path=path,
        columns=columns,
        input_column=chosen,
        label_column=label,
        holds_texts=holds_texts(chosen, head, folder=path.absolute().parent),
    )


def _records(path: Path) -> Iterator[Record]:
    for row in read_rows(path):
        if isinstance(row, BadRow):
            raise RequestError(f"row {row.number} of {path} {row.reason}")
        yield row.cells
