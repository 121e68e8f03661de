"""What people hand over in place of a file: its path, its bytes in base64; and how an error shows it."""

import base64
import binascii
from pathlib import Path

_SHOWN = 40
"""Characters of an input that an error shows."""


def written(text: str, *, noun: str, row: int, with_paths: bool) -> Path | bytes:
    """The path of a file that is there, else the bytes behind base64; raises ValueError, naming the row."""
    if with_paths and _is_file(text):
        return Path(text)
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: characters beyond ASCII
        decoded = b""
    if decoded:
        return decoded
    either = "neither the path of a file nor" if with_paths else "not"
    raise ValueError(f"row {row} is {shown(text)}, {either} a {noun} in base64")


def shown(value: object) -> str:
    """A value in few characters, with its type where it is no text."""
    text = repr(value) if isinstance(value, str) else f"{type(value).__name__} {value!r}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a file's name, or with a zero byte
        return False
