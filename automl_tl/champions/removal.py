"""Deleting so that nobody ever meets half of something."""

import secrets
import shutil
from contextlib import suppress
from pathlib import Path


def remove(path: Path) -> None:
    """Delete a file or folder: away in one step, its bytes after that. Gone already: nothing happens.

    What is left when this is interrupted begins with a dot, and is found as a leftover.
    """
    away = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with suppress(FileNotFoundError):
        path.rename(away)
        delete(away)


def delete(path: Path) -> None:
    """Delete the bytes of what nobody looks for any more."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
