"""A home's files held still for a backup: by second names, so that whoever deletes one deletes a name."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from automl_tl.errors import Conflict, OperatorError
from automl_tl.filelock import FileLock
from automl_tl.settings import Home

_SQLITE = (".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".sqlite3-journal")  # copied by SQLite itself
_NEEDLESS = (".lock", ".partial")


@contextmanager
def held_still(home: Home) -> Iterator[Path]:
    """An empty folder of the home for ``hold``, gone afterwards; raises Conflict beside another backup."""
    with FileLock(home.run / "backup.lock") as lock:
        if not lock.try_exclusive():
            raise Conflict(f"another backup of {home.root} is being made: wait for its end")
        folder = home.root / ".backup"
        shutil.rmtree(folder, ignore_errors=True)  # of one that was killed
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def hold(home: Home, folder: Path) -> None:
    """Give every file that a backup keeps a second name in ``folder``; those that have one keep it.

    Files of a home are written beside and renamed, so what is held stays as it is.
    """
    for path in _kept(home):
        held = folder / path.relative_to(home.root)
        held.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError, FileNotFoundError):  # it vanished meanwhile
            _name_again(path, held)


def _name_again(path: Path, held: Path) -> None:
    try:
        os.link(path, held)
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError:  # a file system without second names, or a file of another user
        shutil.copy2(path, held)


def _kept(home: Home) -> Iterator[Path]:
    """All but what can be computed again, what lives only while a daemon does, and what is on its way."""
    for root, folders, files in os.walk(home.root):
        here = Path(root)
        folders[:] = [name for name in folders if not _is_needless(here, name, home)]
        for name in folders:
            if (here / name).is_symlink():
                raise OperatorError(
                    f"{here / name} is a link, and a backup holds nothing of what it leads to: expected"
                    " folders of the home's own"
                )
        for name in files:
            path = here / name
            if not name.startswith(".") and not name.endswith(_SQLITE + _NEEDLESS) and _is_plain(path):
                yield path


def _is_needless(here: Path, name: str, home: Home) -> bool:
    is_scratch = name == "progress" and here.parent == home.job("x").parent
    return name.startswith(".") or is_scratch or here / name in (home.cache, home.run)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
