"""What kind of dataset lies at a place, and its survey."""

from collections.abc import Sequence
from pathlib import Path

from automl_tl.data.columns import choose
from automl_tl.data.folder import survey, visible
from automl_tl.data.rows import SUFFIXES, is_table, look
from automl_tl.data.sample_file import unfit
from automl_tl.data.split_names import split_of
from automl_tl.data.survey import Survey
from automl_tl.data.tables import GivenTable, survey_tables
from automl_tl.domain.dataset import Columns
from automl_tl.errors import DatasetRefused, RequestError


def read_source(path: Path, *, columns: Columns) -> Survey:
    """Read a table, a folder that holds tables, or a folder of class folders; raises DatasetRefused.

    Tables named after splits are the dataset, whatever lies beside them. A lone table is it too, unless
    folders lie beside it, its rows name no file in them, and no column was named: then the folders are.
    """
    try:
        if path.is_file():
            return survey_tables([GivenTable(path=path)], root=path.parent, columns=columns)
        tables = tables_of(path, columns=columns)
        if tables:
            return survey_tables(tables, root=path, columns=columns)
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
        return [GivenTable(path=path, given=split_of(path.stem)) for path in named]
    beside = any(path.is_dir() for path in visible(root))
    if len(found) > 1 and not beside:
        names = ", ".join(path.name for path in found)
        raise RequestError(f"{folder} holds {names}, but one table was expected, or train and test")
    is_it = len(found) == 1 and (not beside or columns != Columns() or _names_files(found[0]))
    return [GivenTable(path=path) for path in found] if is_it else ()


def _names_files(table: Path) -> bool:
    try:
        names, head = look(table)
        return choose(table, names, head, wanted=Columns()).names_files
    except RequestError:
        return False
