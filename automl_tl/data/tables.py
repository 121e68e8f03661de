"""Datasets that are tables: one row a sample, its text in a cell, or its file named by one."""

import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from automl_tl.data.cells import label_of, name_of, text_of
from automl_tl.data.columns import Chosen, choose, require_columns
from automl_tl.data.pool import in_order
from automl_tl.data.readers import reader_of
from automl_tl.data.row import BadRow, Row, place, row_path, table_row
from automl_tl.data.rows import look, read_rows
from automl_tl.data.sample_file import Refusal, Spot, read_file, shown
from automl_tl.data.sketches import Sketches
from automl_tl.data.split_names import SPLITS, split_of
from automl_tl.data.survey import Found, Reader, Survey
from automl_tl.data.text import TEXT
from automl_tl.domain.dataset import Columns, Rejected, Split


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTable:
    """A table, and the split that its name gives to all its rows; None: nothing, or a column says it."""

    path: Path
    given: Split | None = None


def survey_tables(
    tables: Sequence[GivenTable], *, root: Path, columns: Columns, threads: int | None = None
) -> Survey:
    """Read every row of tables below ``root`` once; the first table's columns are everyone's.

    Rows that cannot be read, and files that they name in vain, are unreadable, each with its reason. Texts
    are read, hashed and let go. Raises RequestError where a table as a whole cannot be read.
    """
    root = root.resolve()
    ordered = sorted(tables, key=lambda table: str(table.path.relative_to(root)))
    first = next((table for table in ordered if table.given is Split.TRAIN), ordered[0]).path
    names, head = look(first)
    chosen = choose(first, names, head, wanted=columns)
    for table in ordered:
        require_columns(table.path, look(table.path)[0], _used(chosen))
    reader = TEXT if not chosen.names_files else _reader(head, chosen=chosen)
    sketches = Sketches(reader.sketched)
    placed = _rows(ordered, root=root, chosen=chosen)
    outcomes: Iterator[Found | Rejected] = (
        in_order(
            partial(_file, chosen=chosen, root=root, reader=reader, sketches=sketches),
            placed,
            threads=threads,
        )
        if chosen.names_files
        else (_text(one, chosen=chosen) for one in placed)
    )
    samples: list[Found] = []
    rejected: list[Rejected] = []
    for outcome in outcomes:
        if isinstance(outcome, Found):
            samples.append(outcome)
        else:
            rejected.append(outcome)
    return Survey(
        root=root,
        samples=tuple(sorted(samples, key=place)),
        rejected=tuple(rejected),
        unreadable=tuple(rejected),
        notes=() if chosen.note is None else (chosen.note,),
        modality=reader.modality,
        sketches=sketches,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A row, and where it stands."""

    path: str
    given: Split | None
    row: Row | BadRow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What a row says beside its input."""

    label: str
    given: Split | None
    group: str | None
    slice: str | None


def _used(chosen: Chosen) -> tuple[str | None, ...]:
    return chosen.input, chosen.label, chosen.group, chosen.split, chosen.slice


def _rows(tables: Iterable[GivenTable], *, root: Path, chosen: Chosen) -> Iterator[_Placed]:
    wanted = {column for column in _used(chosen) if column is not None}
    for table in tables:
        name = str(table.path.relative_to(root))
        for row in read_rows(table.path, columns=wanted):
            yield _Placed(path=row_path(name, row.number), given=table.given, row=row)


def _text(placed: _Placed, *, chosen: Chosen) -> Found | Rejected:
    facts = _facts(placed, chosen=chosen)
    if isinstance(facts, Rejected):
        return facts
    assert isinstance(placed.row, Row)
    text = text_of(placed.row.cells.get(chosen.input))
    if isinstance(text, str):
        return Rejected(path=placed.path, reason=f"has a cell in column {chosen.input} that {text}")
    return Found(
        path=placed.path,
        size=len(text),
        sha256=hashlib.sha256(text).hexdigest(),
        label=facts.label,
        given=facts.given,
        group=facts.group,
        slice=facts.slice,
        column=chosen.input,
    )


def _facts(placed: _Placed, *, chosen: Chosen) -> _Facts | Rejected:
    if isinstance(placed.row, BadRow):
        return Rejected(path=placed.path, reason=placed.row.reason)
    cells = placed.row.cells
    label = label_of(cells.get(chosen.label))
    if label is None:
        reason = f"has {_quoted(cells.get(chosen.label))} in column {chosen.label}, but a class was expected"
        return Rejected(path=placed.path, reason=reason)
    said = None if chosen.split is None else name_of(cells.get(chosen.split))
    given = placed.given if said is None else split_of(said)
    if said is not None and given is None:
        known = ", ".join(SPLITS)
        reason = f"has {_quoted(said)} in column {chosen.split}, but one of {known} was expected"
        return Rejected(path=placed.path, reason=reason)
    group, slice_ = (
        None if column is None or (name := name_of(cells.get(column))) is None else sys.intern(name)
        for column in (chosen.group, chosen.slice)
    )
    return _Facts(label=sys.intern(label), given=given, group=group, slice=slice_)


def _reader(head: Sequence[Row], *, chosen: Chosen) -> Reader:
    return reader_of(Path(str(row.cells.get(chosen.input) or "")) for row in head)


def _file(
    placed: _Placed, *, chosen: Chosen, root: Path, reader: Reader, sketches: Sketches
) -> Found | Rejected:
    """A file that a row names; of one that cannot be used, the reason says which row named it."""
    spot = _spot(placed, chosen=chosen, root=root)
    if isinstance(spot, Rejected):
        return spot
    found = read_file(spot, root=root, reader=reader, sketches=sketches)
    if isinstance(found, Found):
        return found
    return Rejected(path=placed.path, reason=f"names {_relative(found, root)}, which {found.reason}")


def _spot(placed: _Placed, *, chosen: Chosen, root: Path) -> Spot | Rejected:
    facts = _facts(placed, chosen=chosen)
    if isinstance(facts, Rejected):
        return facts
    assert isinstance(placed.row, Row)
    cell = placed.row.cells.get(chosen.input)
    table, _ = table_row(placed.path)
    if not isinstance(cell, str) or not cell.strip():
        return Rejected(path=placed.path, reason=f"has no {chosen.input}, but a file was expected")
    try:
        path = (root / table).parent / cell
        reason = _stray(path, cell, root=root)
    except (OSError, ValueError) as error:  # a name that is too long, or has a zero byte
        reason = f"names {_quoted(cell)}, which is no name of a file: {error}"
    if reason is not None:
        return Rejected(path=placed.path, reason=reason)
    inside = path if path.is_relative_to(root) and ".." not in path.parts else path.resolve()
    return Spot(path=inside, label=facts.label, given=facts.given, group=facts.group, slice=facts.slice)


def _stray(path: Path, cell: str, *, root: Path) -> str | None:
    """Why a row's file may not be read, as a clause that continues the row's name."""
    if not path.resolve().is_relative_to(root):
        return f"names {_quoted(cell)}, which leads out of the dataset's folder"
    if not path.exists():
        return f"names {_quoted(cell)}, which does not exist"
    return None if path.is_file() else f"names {_quoted(cell)}, which is no file"


def _quoted(cell: object) -> str:
    """A cell as a sentence may have it: short, and on one line."""
    return "nothing" if cell is None or cell == "" else repr(cell)[:100]


def _relative(refusal: Refusal, root: Path) -> str:
    return shown(str(refusal.path.relative_to(root)))
