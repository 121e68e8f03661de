"""Backup and restore of a home, wherever its store is."""

import os
import time
from functools import partial
from pathlib import Path

from automl_tl.errors import NotFound
from automl_tl.settings import Settings, variables
from automl_tl.store import postgres_dump
from automl_tl.store.engine import store_url
from automl_tl.upkeep.backup import back_up, dump_place, sqlite_store
from automl_tl.upkeep.backup_record import BackupRecord
from automl_tl.upkeep.moved_paths import Move
from automl_tl.upkeep.restore import restore
from automl_tl.wiring.adapters import reconcile_turn


def back_up_home(settings: Settings, to: Path) -> BackupRecord:
    """Copy the home into the new folder ``to``; raises NotFound, Conflict, DiskFull, OperatorError."""
    home = settings.folders
    url = store_url(settings.store_url or home.store)
    is_file = url.get_backend_name() == "sqlite"
    if not home.root.is_dir() or (is_file and not Path(str(url.database)).is_file()):
        raise NotFound(f"there is no home at {home.root}, so there is nothing to back up")
    return back_up(
        home,
        to,
        save_store=partial(sqlite_store, Path(str(url.database))) if is_file else partial(_dump, settings),
        turn=reconcile_turn(settings),
        settings=variables(os.environ),
        now=time.time(),
    )


def restore_home(settings: Settings, source: Path) -> BackupRecord:
    """Make the home from the backup in ``source``; raises Conflict, OperatorError."""
    fill = None if settings.store_url is None else partial(_fill, settings.store_url)
    return restore(source, settings.folders, fill_store=fill)


def _dump(settings: Settings, folder: Path) -> bool:
    assert settings.store_url is not None
    postgres_dump.dump(settings.store_url, dump_place(folder))
    return True


def _fill(where: str, file: Path, move: Move) -> None:
    marks = move.marks if move.old != move.new else ()
    postgres_dump.load(where, file, move, marks=marks)
