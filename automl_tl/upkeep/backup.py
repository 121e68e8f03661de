"""A home copied away while it is in use: its rows and its files, of one moment."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from automl_tl.errors import DiskFull
from automl_tl.filelock import FileLock
from automl_tl.serving.new_folder import new_folder
from automl_tl.settings import Home
from automl_tl.upkeep.backup_record import (
    DUMP,
    FORMAT,
    HOME,
    SETTINGS,
    BackupRecord,
    KeptFile,
    write_record,
)
from automl_tl.upkeep.live_sqlite import copy_live
from automl_tl.upkeep.still_home import held_still, hold

_BLOCK_BYTES = 2**20


def back_up(
    home: Home,
    to: Path,
    *,
    save_store: Callable[[Path], bool],
    turn: Path,
    settings: Mapping[str, str],
    now: float,
) -> BackupRecord:
    """Write a backup into the new folder ``to``; whoever works meanwhile goes on.

    For about a second nothing is promoted, deleted or forgotten (``turn``): files are held, then the store is
    saved (into a folder; whether it became a dump), then files are held again. So every file that a row names
    is there, for files are written before the rows that name them, and deleted after. Then they are copied.
    Raises Conflict, DiskFull, OperatorError.
    """
    with new_folder(to, what="a backup is written", mode=0o700) as folder, held_still(home) as still:
        with FileLock(turn).exclusive():
            hold(home, still)
            is_dump = save_store(folder)
            _copy_sqlite_files(home, folder)
            hold(home, still)
        _require_room(still, folder, to=to)
        for path in _files(still):
            _copy(path, folder / HOME / path.relative_to(still))
        (folder / SETTINGS).write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        record = BackupRecord(
            format=FORMAT,
            made=datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
            version=version("automl-tl"),
            home=str(home.root),
            is_dump=is_dump,
            files=tuple(kept(path, folder) for path in _files(folder)),
        )
        write_record(record, folder)
        os.sync()  # it is to outlive a power cut, whole
    return record


def sqlite_store(source: Path, folder: Path) -> bool:
    """Save a store that is a file."""
    copy_live(source, folder / HOME / Home(root=Path()).store)
    return False


def dump_place(folder: Path) -> Path:
    """Where a store on PostgreSQL is dumped."""
    return folder / DUMP


def kept(path: Path, folder: Path) -> KeptFile:
    """What the record says of a file."""
    digest, count = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            count += len(block)
    return KeptFile(path=path.relative_to(folder).as_posix(), bytes=count, sha256=digest.hexdigest())


def _copy_sqlite_files(home: Home, folder: Path) -> None:
    """MLflow's rows; the store's were saved before, and lie at the root."""
    for path in sorted(home.registry.glob("*.sqlite3")):
        copy_live(path, folder / HOME / path.relative_to(home.root))


def _require_room(still: Path, folder: Path, *, to: Path) -> None:
    needed = sum(path.stat().st_size for path in _files(still))
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise DiskFull(f"the backup takes {needed:,} bytes, but where {to} lies {free:,} are free")


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target)


def _files(folder: Path) -> Iterator[Path]:
    return (Path(root) / name for root, _, files in sorted(os.walk(folder)) for name in sorted(files))
