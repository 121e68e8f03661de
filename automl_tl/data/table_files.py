"""Files that rows of tables name, or hold in their cells."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from automl_tl.data.columns import Chosen
from automl_tl.data.embedded import Cell, Laid, cell_of
from automl_tl.data.placed import Facts, Placed, facts_of, quoted
from automl_tl.data.pool import in_order
from automl_tl.data.readers import reader_of
from automl_tl.data.row import Row, table_row
from automl_tl.data.sample_file import Spot, read_file, shown
from automl_tl.data.sketches import Sketches
from automl_tl.data.survey import Found, Reader
from automl_tl.domain.dataset import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What is found row by row, by which reader; its sketches are complete when ``outcomes`` are spent."""

    reader: Reader
    sketches: Sketches
    outcomes: Iterator[Found | Rejected]


def named_files(
    placed: Iterable[Placed], head: Sequence[Row], *, chosen: Chosen, root: Path, threads: int | None
) -> Outcomes:
    """Files below ``root`` that rows name, read as what most of the first ones are by their names."""
    reader = reader_of(Path(str(row.cells.get(chosen.input) or "")) for row in head)
    sketches = reader.sketched()
    read = partial(_named, chosen=chosen, root=root, reader=reader, sketches=sketches)
    outcomes = in_order(read, placed, threads=threads)
    return Outcomes(reader=reader, sketches=sketches, outcomes=outcomes)


def embedded_files(
    placed: Iterable[Placed],
    head: Sequence[Row],
    *,
    chosen: Chosen,
    root: Path,
    laid: Laid,
    threads: int | None,
) -> Outcomes:
    """Files in cells, laid down below ``laid`` and read as what most of the first ones are."""
    cells = [cell_of(row.cells.get(chosen.input)) for row in head]
    reader = reader_of(Path(f"x{cell.suffix}") for cell in cells if cell is not None)
    sketches = reader.sketched()
    read = partial(_held, chosen=chosen, root=root, laid=laid, reader=reader, sketches=sketches)
    outcomes = in_order(read, placed, threads=threads)
    return Outcomes(reader=reader, sketches=sketches, outcomes=outcomes)


def _named(
    placed: Placed, *, chosen: Chosen, root: Path, reader: Reader, sketches: Sketches
) -> Found | Rejected:
    facts = facts_of(placed, chosen=chosen)
    if isinstance(facts, Rejected):
        return facts
    path = _inside(facts.cells.get(chosen.input), placed.path, column=chosen.input, root=root)
    if isinstance(path, str):
        return Rejected(path=placed.path, reason=path)
    found = read_file(_spot(path, facts), root=root, reader=reader, sketches=sketches)
    if isinstance(found, Found):
        return found
    named = shown(str(path.relative_to(root)))
    return Rejected(path=placed.path, reason=f"names {named}, which {found.reason}")


def _held(
    placed: Placed, *, chosen: Chosen, root: Path, laid: Laid, reader: Reader, sketches: Sketches
) -> Found | Rejected:
    facts = facts_of(placed, chosen=chosen)
    if isinstance(facts, Rejected):
        return facts
    cell = cell_of(facts.cells.get(chosen.input))
    if cell is not None and cell.data is None:
        beside = _inside(cell.name, placed.path, column=chosen.input, root=root)
        if isinstance(beside, str):
            return Rejected(path=placed.path, reason=beside)
        cell = Cell(data=beside.read_bytes(), name=beside.name)
    if cell is None or cell.data is None:
        return Rejected(path=placed.path, reason=f"has no file in column {chosen.input}")
    table, number = table_row(placed.path)
    path = laid.lay_down(f"{table}/{number}{cell.suffix}", cell.data)
    found = read_file(_spot(path, facts), root=laid.folder, reader=reader, sketches=sketches)
    if isinstance(found, Found):
        return found
    return Rejected(path=placed.path, reason=f"has a file in column {chosen.input} that {found.reason}")


def _spot(path: Path, facts: Facts) -> Spot:
    return Spot(path=path, label=facts.label, given=facts.given, group=facts.group, slice=facts.slice)


def _inside(cell: object, row: str, *, column: str, root: Path) -> Path | str:
    """The file that a row's cell names, seen from its table; or a clause that says why it may not be read."""
    if not isinstance(cell, str) or not cell.strip():
        return f"has no {column}, but a file was expected"
    table, _ = table_row(row)
    try:
        path = (root / table).parent / cell
        real = path.resolve()
        if not real.is_relative_to(root):
            return f"names {quoted(cell)}, which leads out of the dataset's folder"
        if not path.is_file():
            return f"names {quoted(cell)}, which {'is no file' if path.exists() else 'does not exist'}"
    except (OSError, ValueError) as error:  # a name that is too long, or has a zero byte
        return f"names {quoted(cell)}, which is no name of a file: {error}"
    return path if path.is_relative_to(root) and ".." not in path.parts else real
