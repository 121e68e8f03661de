"""Datasets that are tables: one row a sample, its text in a cell, or its file in or named by one."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from automl_tl.data.cells import text_of
from automl_tl.data.columns import Chosen, Kind, choose, require_columns
from automl_tl.data.embedded import Embedded
from automl_tl.data.placed import GivenTable, Placed, facts_of, placed_rows
from automl_tl.data.row import place
from automl_tl.data.rows import look
from automl_tl.data.sketches import Sketches
from automl_tl.data.survey import Found, Survey
from automl_tl.data.table_files import Outcomes, embedded_files, named_files
from automl_tl.data.text import TEXT
from automl_tl.domain.dataset import Columns, Rejected, Split


def survey_tables(
    tables: Sequence[GivenTable],
    *,
    root: Path,
    columns: Columns,
    embedded: Embedded,
    notes: Sequence[str] = (),
    threads: int | None = None,
) -> Survey:
    """Read every row of tables below ``root`` once; the training table's columns are everyone's.

    Rows that cannot be read, and files that they name in vain, are unreadable, each with its reason. Texts
    are read, hashed and let go; files that lie in cells are laid down as ``embedded`` says, and its folder is
    the survey's root. Raises RequestError where a table as a whole cannot be read; DiskFull.
    """
    root = root.resolve()
    ordered = sorted(tables, key=lambda table: str(table.path.relative_to(root)))
    first = next((table for table in ordered if table.given is Split.TRAIN), ordered[0]).path
    names, head = look(first)
    chosen = choose(first, names, head, wanted=columns)
    for table in ordered:
        require_columns(table.path, look(table.path)[0], chosen.used)
    placed = placed_rows(ordered, root=root, chosen=chosen)
    if chosen.kind is Kind.TEXT:
        read = _texts(placed, chosen=chosen)
    elif chosen.kind is Kind.FILE:
        read = named_files(placed, head, chosen=chosen, root=root, threads=threads)
    else:
        laid = embedded.begin([table.path for table in ordered], root=root)
        read = embedded_files(placed, head, chosen=chosen, root=root, laid=laid, threads=threads)
        root = laid.folder
    return _survey(read, root=root, notes=(*notes, *chosen.notes))


def _survey(read: Outcomes, *, root: Path, notes: tuple[str, ...]) -> Survey:
    samples: list[Found] = []
    rejected: list[Rejected] = []
    for outcome in read.outcomes:
        if isinstance(outcome, Found):
            samples.append(outcome)
        else:
            rejected.append(outcome)
    return Survey(
        root=root,
        samples=tuple(sorted(samples, key=place)),
        rejected=tuple(rejected),
        unreadable=tuple(rejected),
        notes=notes,
        modality=read.reader.modality,
        sketches=read.sketches,
    )


def _texts(placed: Iterable[Placed], *, chosen: Chosen) -> Outcomes:
    sketches = TEXT.sketched()
    return Outcomes(
        reader=TEXT,
        sketches=sketches,
        outcomes=(_text(one, chosen=chosen, sketches=sketches) for one in placed),
    )


def _text(placed: Placed, *, chosen: Chosen, sketches: Sketches) -> Found | Rejected:
    facts = facts_of(placed, chosen=chosen)
    if isinstance(facts, Rejected):
        return facts
    text = text_of(facts.cells.get(chosen.input))
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
        sketch=sketches.add(text),
    )
