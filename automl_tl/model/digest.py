"""One number for all bytes of a saved model, and whether a folder still holds them."""

import hashlib
from pathlib import Path

from automl_tl.model.description import sha256

_SHOWN = 12  # digits of a digest in a sentence


def digest(folder: Path) -> str:
    """The sha256 over the folder's files, sorted: each one's relative name and bytes."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix().encode()
        total.update(len(name).to_bytes(8, "big") + name)
        total.update(path.stat().st_size.to_bytes(8, "big") + bytes.fromhex(sha256(path)))
    return total.hexdigest()


def why_other(folder: Path, *, expected: str) -> str | None:
    """What is wrong with a folder that should hold the bytes of a digest, as a clause; None: nothing."""
    if not folder.is_dir():
        return "is gone"
    try:
        found = digest(folder)
    except OSError as error:
        return f"cannot be opened: {error.strerror}"
    if found == expected:
        return None
    return f"was changed: its sha256 is {found[:_SHOWN]}…, expected {expected[:_SHOWN]}…"
