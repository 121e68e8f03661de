"""What kind of dataset lies at a place, and its survey."""

from collections.abc import Sequence
from pathlib import Path

from automl_tl.data.columns import Kind, choose
from automl_tl.data.embedded import Embedded
from automl_tl.data.folder import survey, visible
from automl_tl.data.placed import GivenTable
from automl_tl.data.rows import COLUMNAR, SUFFIXES, class_names, is_table, look
from automl_tl.data.sample_file import unfit
from automl_tl.data.saved_dataset import is_saved, saved_tables
from automl_tl.data.split_names import split_of
from automl_tl.data.survey import Survey
from automl_tl.data.tables import survey_tables
from automl_tl.domain.dataset import Columns, Split
from automl_tl.errors import DatasetRefused, RequestError


def read_source(path: Path, *, columns: Columns, embedded: Embedded) -> Survey:
    """Read a table, a folder that holds tables, a saved Hugging Face dataset, or a folder of class folders.

    Tables named after splits are the dataset, whatever lies beside them. A lone table is it too, unless
    folders lie beside it, its rows name no file in them, and no column was named: then the folders are.
    Files that lie in cells are laid down as ``embedded`` says. Raises DatasetRefused, DiskFull.
    """
    try:
        if path.is_file():
            path = path.resolve()
            return survey_tables([_given(path, None)], root=path.parent, columns=columns, embedded=embedded)
        if is_saved(path):
            saved = saved_tables(path)
            return survey_tables(
                saved.tables, root=path, columns=columns, embedded=embedded, notes=saved.notes
            )
        tables = tables_of(path, columns=columns)
        if tables:
            return survey_tables(tables, root=path, columns=columns, embedded=embedded)
    except RequestError as error:
        raise DatasetRefused(str(error)) from error
    except OSError as error:
        raise DatasetRefused(f"{error.filename} cannot be read: {error.strerror}") from error
    if columns != Columns():
        raise DatasetRefused(f"columns are named, but {path} holds no table ({', '.join(sorted(SUFFIXES))})")
    return survey(path)


def tables_of(folder: Path, *, columns: Columns) -> Sequence[GivenTable]:
    """The tables that are a folder's dataset; none where its class folders are. Raises RequestError."""
    if not folder.is_dir():
        return ()
    root = folder.resolve()
    found = [path for path in visible(root) if is_table(path) and unfit(path, root=root) is None]
    named = [path for path in found if split_of(path.stem) is not None]
    if named:
        return [_given(path, split_of(path.stem)) for path in named]
    beside = any(path.is_dir() for path in visible(root))
    if len(found) > 1 and not beside:
        names = ", ".join(path.name for path in found)
        raise RequestError(f"{folder} holds {names}, but one table was expected, or train and test")
    is_it = len(found) == 1 and (not beside or columns != Columns() or _names_files(found[0]))
    return [_given(path, None) for path in found] if is_it else ()


def _given(path: Path, split: Split | None) -> GivenTable:
    classes = class_names(path) if path.suffix.lower() in COLUMNAR else {}
    return GivenTable(path=path, given=split, classes=classes)


def _names_files(table: Path) -> bool:
    try:
        names, head = look(table)
        return choose(table, names, head, wanted=Columns()).kind is Kind.FILE
    except RequestError:
        return False
