"""A home made again from a backup, at whatever path."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from automl_tl.errors import Conflict, OperatorError
from automl_tl.settings import Home
from automl_tl.upkeep.backup import dump_place, kept
from automl_tl.upkeep.backup_record import HOME, SETTINGS, BackupRecord, read_record
from automl_tl.upkeep.live_sqlite import change_texts
from automl_tl.upkeep.moved_paths import Move

_DRAFT = ".restoring"


def restore(source: Path, home: Home, *, fill_store: Callable[[Path, Move], None] | None) -> BackupRecord:
    """Make ``home`` what the backup at ``source`` says; every file's sha256 is compared first.

    ``fill_store`` fills a PostgreSQL from a dump; None: the store is to be a file of the home. The store
    comes last: a restore that was cut off left no home, and is begun again. Raises Conflict, OperatorError.
    """
    record = read_record(source)
    _require_kind(record, has_server=fill_store is not None)
    move = Move(Path(record.home), home.root)
    move.require_fit()
    draft = _empty_draft(home, record)
    shutil.copytree(source / HOME, draft, dirs_exist_ok=True)
    _compare(record, source, draft)
    if move.old != move.new:
        _rewrite(draft, move)
    shutil.copy2(source / SETTINGS, draft)
    if fill_store is not None:
        fill_store(dump_place(source), move)
    store = home.store.name
    for path in sorted(draft.iterdir(), key=lambda path: path.name == store):
        path.rename(home.root / path.name)
    draft.rmdir()
    return record


def _require_kind(record: BackupRecord, *, has_server: bool) -> None:
    if record.is_dump and not has_server:
        raise OperatorError(
            "the backup's store is a dump of PostgreSQL: set AUTOML_TL_STORE_URL to an empty database"
        )
    if has_server and not record.is_dump:
        raise OperatorError(
            "the backup's store is a SQLite file, which becomes the home's: leave AUTOML_TL_STORE_URL unset"
        )


def _empty_draft(home: Home, record: BackupRecord) -> Path:
    """Where files are laid first; what a restore that was cut off left of this is taken away."""
    root, draft = home.root, home.root / _DRAFT
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    if draft.is_dir() and not home.store.exists():
        tops = {Path(file.path).parts[1] for file in record.files if file.path.startswith(f"{HOME}/")}
        for name in (*tops, _DRAFT, SETTINGS):
            shutil.rmtree(root / name, ignore_errors=True)
            (root / name).unlink(missing_ok=True)
    if any(root.iterdir()):
        raise Conflict(f"{root} is not empty, but a backup is restored into a new or an empty folder")
    draft.mkdir()
    return draft


def _compare(record: BackupRecord, source: Path, draft: Path) -> None:
    """Of files of the home, what was copied is read; of the rest, what lies in the backup."""
    for file in record.files:
        inside = file.path.removeprefix(f"{HOME}/")
        path, folder = (draft / inside, draft) if inside != file.path else (source / file.path, source)
        found = kept(path, folder) if path.is_file() else None
        if found is None or found.sha256 != file.sha256:
            why = "is missing" if found is None else "is not as it was written"
            shutil.rmtree(draft)
            raise OperatorError(f"the backup is damaged, so nothing was restored: {file.path} {why}")


def _rewrite(draft: Path, move: Move) -> None:
    """What a home's own texts say of its place; saved models are sealed, and say nothing of it."""
    for path in (*draft.glob("*.sqlite3"), *draft.glob("registry/*.sqlite3")):
        change_texts(path, move, marks=move.marks)
    for path in _texts(draft):
        text = path.read_text(encoding="utf-8")
        if any(mark in text for mark in move.marks):
            path.write_text(move(text), encoding="utf-8")


def _texts(draft: Path) -> Iterator[Path]:
    yield from draft.glob("manifests/**/*.jsonl")
    for suffix in ("json", "md", "html"):
        yield from draft.glob(f"jobs/*/*.{suffix}")
    yield from draft.glob("jobs/*/checkpoints/*/*.json")
