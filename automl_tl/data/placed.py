"""A row of a dataset's tables, where it stands, and what it says beside its input."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from automl_tl.data.cells import label_of
from automl_tl.data.columns import Chosen
from automl_tl.data.row import BadRow, Record, Row, row_path
from automl_tl.data.rows import read_rows
from automl_tl.data.split_names import SPLITS, split_of
from automl_tl.domain.dataset import Rejected, Split
from automl_tl.steps import step


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTable:
    """A table of a dataset.

    ``given`` is the split that its name gives to all its rows; None: nothing, or a column says it.
    ``classes`` are the names of classes by column, where cells hold numbers, as in Hugging Face datasets.
    """

    path: Path
    given: Split | None = None
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A row, and where it stands; ``classes`` name the numbers of its label column, where there are names."""

    path: str
    given: Split | None
    classes: tuple[str, ...] | None
    row: Row | BadRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a row says beside its input."""

    cells: Record
    label: str
    given: Split | None
    group: str | None
    slice: str | None


def placed_rows(tables: Iterable[GivenTable], *, root: Path, chosen: Chosen) -> Iterator[Placed]:
    """Every row of tables below ``root``, with the chosen columns; raises RequestError."""
    for table in tables:
        name = str(table.path.relative_to(root))
        classes = table.classes.get(chosen.label)
        for row in read_rows(table.path, columns=chosen.used):
            step()
            yield Placed(path=row_path(name, row.number), given=table.given, classes=classes, row=row)


def facts_of(placed: Placed, *, chosen: Chosen) -> Facts | Rejected:
    """What a row says, or why it is left out."""
    if isinstance(placed.row, BadRow):
        return Rejected(path=placed.path, reason=placed.row.reason)
    cells = placed.row.cells
    label = _label(cells.get(chosen.label), placed.classes)
    if label is None:
        reason = f"has {quoted(cells.get(chosen.label))} in column {chosen.label}, but a class was expected"
        return Rejected(path=placed.path, reason=reason)
    said = None if chosen.split is None else label_of(cells.get(chosen.split))
    given = placed.given if said is None else split_of(said)
    if said is not None and given is None:
        reason = f"has {quoted(said)} in column {chosen.split}, but one of {', '.join(SPLITS)} was expected"
        return Rejected(path=placed.path, reason=reason)
    return Facts(
        cells=cells,
        label=sys.intern(label),  # one text for all its samples, not one a sample
        given=given,
        group=_name(cells, chosen.group),
        slice=_name(cells, chosen.slice),
    )


def quoted(cell: object) -> str:
    """A cell as a sentence may have it: short, and on one line."""
    return "nothing" if cell is None or cell == "" else repr(cell)[:100]


def _label(cell: object, classes: tuple[str, ...] | None) -> str | None:
    if classes is None or not isinstance(cell, int):
        return label_of(cell)
    return label_of(classes[cell]) if 0 <= cell < len(classes) else None  # −1 is a label that nobody knows


def _name(cells: Record, column: str | None) -> str | None:
    name = None if column is None else label_of(cells.get(column))
    return None if name is None else sys.intern(name)
