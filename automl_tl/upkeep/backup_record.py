"""What a backup holds, as the file in it says."""

from dataclasses import dataclass
from pathlib import Path

from automl_tl.errors import OperatorError
from automl_tl.store.rows import dump, load

FORMAT = 1
RECORD, SETTINGS, DUMP, HOME = "backup.json", "settings.env", "store.pgdump", "home"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """One file; ``path`` is seen from the backup's folder."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRecord:
    """``home`` is where the home lay, ``made`` an ISO 8601 time, ``version`` the program's.

    ``is_dump``: the store was on PostgreSQL and lies in the dump; else it is a file of the home.
    """

    format: int
    made: str
    version: str
    home: str
    is_dump: bool
    files: tuple[KeptFile, ...]

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(file.bytes for file in self.files)


def write_record(record: BackupRecord, folder: Path) -> None:
    """Put it beside what it lists."""
    (folder / RECORD).write_text(dump(record), encoding="utf-8")


def read_record(folder: Path) -> BackupRecord:
    """The record of a backup; raises OperatorError where there is none that this program understands."""
    try:
        record = load(BackupRecord, (folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OperatorError(f"{folder} is no backup: its {RECORD} cannot be read") from error
    if record.format > FORMAT:
        raise OperatorError(f"the backup has format {record.format}, but this program knows up to {FORMAT}")
    return record
