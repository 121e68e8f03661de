"""Copies an artifact's files so that they are there whole and unchanged, or not at all."""

import os
import shutil
from pathlib import Path

from automl_tl.errors import ArtifactChanged
from automl_tl.model.digest import why_other


def copy_tree(source: Path, target: Path) -> None:
    """Bring the files of ``source`` to ``target``, linked where the disk can, synced; an old target goes.

    ``target`` appears whole. Raises OSError.
    """
    beside = target.with_name(f".{target.name}-new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(source, beside, copy_function=_link_or_copy)
    for path in (*beside.rglob("*"), beside):
        sync(path)
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)
    sync(target.parent)


def check_bytes(copied: Path, *, of: Path, digest: str | None) -> None:
    """Raise ArtifactChanged unless the copy ``of`` an artifact has this digest (None: any)."""
    why = None if digest is None else why_other(copied, expected=digest)
    if why is not None:
        raise ArtifactChanged(f"{of} was scored, but is not registered, for it {why}")


def write_text(path: Path, text: str) -> None:
    """Replace a small file in one step, synced. Raises OSError."""
    beside = path.with_name(f".{path.name}-new")
    beside.write_text(text, encoding="utf-8")
    sync(beside)
    beside.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of files, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copy2(source, target)
