"""Which column of a table is what: named by a person, or guessed where it is obvious."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from automl_tl.data.embedded import cell_of
from automl_tl.data.row import Row
from automl_tl.data.split_names import split_of
from automl_tl.domain.dataset import Columns
from automl_tl.errors import RequestError

FILES = (
    *("path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "img"),
    *("picture", "photo", "audio", "audio_path", "sound", "wav", "input"),
)
TEXTS = (
    *("text", "sentence", "content", "review", "message", "tweet", "utterance", "question", "query"),
    *("document", "comment", "body", "headline", "title", "input"),
)
LABELS = ("label", "labels", "class", "target", "category", "class_name", "intent", "sentiment", "y")
SPLIT = "split"


class Kind(StrEnum):
    """What the cells of an input column are."""

    TEXT = "texts"
    FILE = "files"
    EMBEDDED = "files in cells"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The columns that are read; ``notes`` tell what was guessed."""

    input: str
    label: str
    group: str | None
    split: str | None
    slice: str | None
    kind: Kind
    notes: tuple[str, ...]

    @property
    def used(self) -> frozenset[str]:
        """Every column that is read."""
        columns = (self.input, self.label, self.group, self.split, self.slice)
        return frozenset(column for column in columns if column is not None)


def choose(path: Path, columns: Sequence[str], head: Sequence[Row], *, wanted: Columns) -> Chosen:
    """The columns of a table of labelled samples, as ``wanted`` or as its first rows suggest.

    Raises RequestError for a column that is missing, or that nothing points to.
    """
    require_columns(path, columns, (wanted.input, wanted.label, wanted.group, wanted.split, wanted.slice))
    taken = {wanted.input, wanted.label, wanted.group, wanted.split, wanted.slice}
    label = wanted.label or named_column([c for c in columns if c not in taken], LABELS)
    split = wanted.split or _split_column([c for c in columns if c not in {*taken, label}], head)
    free = [c for c in columns if c not in {*taken, label, split}]
    chosen, kind = _input(path, [wanted.input] if wanted.input else free, head)
    if chosen is None:
        raise RequestError(_unknown(path, columns, what="the text or the file", option="--input-column"))
    label = label or _only([c for c in free if c != chosen])
    if label is None:
        raise RequestError(_unknown(path, columns, what="the label", option="--label-column"))
    guessed = [
        f"{what} from column {column}"
        for what, column, said in (
            (kind.value, chosen, wanted.input),
            ("labels", label, wanted.label),
            ("splits", split, wanted.split),
        )
        if column is not None and said is None
    ]
    return Chosen(
        input=chosen,
        label=label,
        group=wanted.group,
        split=split,
        slice=wanted.slice,
        kind=kind,
        notes=(f"columns were guessed: {', '.join(guessed)}",) if guessed else (),
    )


def require_columns(path: Path, columns: Sequence[str], wanted: Iterable[str | None]) -> None:
    """Raises RequestError for the first column that is wanted and not there."""
    for column in wanted:
        if column is not None and column not in columns:
            raise RequestError(f"{path} has no column {column}: its columns are {', '.join(columns)}")


def named_column(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The column whose name, in any case, stands first among ``names``."""
    return next((c for name in names for c in columns if c.strip().casefold() == name), None)


def input_column_of(columns: Sequence[str], head: Sequence[Row], *, folder: Path) -> str | None:
    """The column that a person asks about: that of files, or else of texts."""
    text = named_column(columns, TEXTS)
    if text is not None and holds_texts(text, head, folder=folder):
        exist = [c for c in columns if _names_files(c, head, folder=folder)]
        if not exist and named_column(columns, FILES) in (None, text):
            return text
    return files_column(columns, head, folder=folder)


def holds_texts(column: str, head: Sequence[Row], *, folder: Path) -> bool:
    """Whether the cells of a column are texts: none names a file, and the column's name does not say so."""
    if _names_files(column, head, folder=folder):
        return False
    name = column.strip().casefold()
    has_words = any(len(str(row.cells.get(column) or "").split()) > 1 for row in head)
    return name in TEXTS if name not in FILES else name in TEXTS and has_words


def files_column(columns: Sequence[str], head: Sequence[Row], *, folder: Path) -> str | None:
    """The column whose cells are paths of files, seen from ``folder``, in a table that has one."""
    exist = [c for c in columns if _names_files(c, head, folder=folder)]
    return (
        named_column(exist, FILES)
        or _only(exist)
        or (None if exist else named_column(columns, FILES))
        or _only(columns)
    )


def _input(path: Path, columns: Sequence[str], head: Sequence[Row]) -> tuple[str | None, Kind]:
    """The column of the inputs, and what its cells are."""
    held = [c for c in columns if any(cell_of(row.cells.get(c)) is not None for row in head)]
    exist = [c for c in columns if _names_files(c, head, folder=path.absolute().parent)]
    text = named_column([c for c in columns if c not in {*exist, *held}], TEXTS)
    files = named_column([*held, *exist], FILES) or _only([*held, *exist])
    if files is not None and text is not None:
        raise RequestError(
            f"{path} has files in column {files} and texts in column {text}: name one with --input-column"
        )
    if files is None and not (text or exist or held):
        files = named_column(columns, FILES)
    if files is None:
        return text or _only(columns), Kind.TEXT
    return files, Kind.EMBEDDED if files in held else Kind.FILE


def _split_column(columns: Sequence[str], head: Sequence[Row]) -> str | None:
    """A column called "split", where its first cells are names of splits."""
    column = named_column(columns, (SPLIT,))
    cells = [str(row.cells.get(column) or "") for row in head] if column is not None else []
    said = [cell for cell in cells if cell.strip()]
    return column if said and all(split_of(cell) is not None for cell in said) else None


def _only(columns: Sequence[str]) -> str | None:
    return columns[0] if len(columns) == 1 else None


def _names_files(column: str, head: Sequence[Row], *, folder: Path) -> bool:
    return any(_is_file(folder, row.cells.get(column)) for row in head)


def _is_file(folder: Path, cell: object) -> bool:
    try:
        return isinstance(cell, str) and bool(cell) and (folder / cell).is_file()
    except (OSError, ValueError):
        return False


def _unknown(path: Path, columns: Sequence[str], *, what: str, option: str) -> str:
    return f"none of {path}'s columns ({', '.join(columns)}) is known to be {what}: name one with {option}"
