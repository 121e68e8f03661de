"""A file that should be a sample: whether it may be read, and what was found in it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from automl_tl.data.sketches import Sketches
from automl_tl.data.survey import Found, Reader
from automl_tl.domain.dataset import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a sample should be, and what is said about it."""

    path: Path
    label: str
    given: Split | None = None
    group: str | None = None
    slice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A file that is left out; ``unreadable`` where it should have been a sample."""

    path: Path
    reason: str
    unreadable: bool = False


def unfit(path: Path, *, root: Path) -> str | None:
    """Why a file below ``root`` may not be read, as a clause; None where it may."""
    name = str(path.relative_to(root))
    if shown(name) != name:
        return "has a name that is not valid UTF-8"
    if path.is_symlink():
        target = path.resolve()
        if not target.is_relative_to(root):
            return "is a link that leads out of the dataset's folder"
        if target.is_dir():
            return "is a link to a folder; only links to files are followed"
        if not target.exists():
            return "is a link to a file that does not exist"
    return None if path.is_file() else "is neither a file nor a folder"


def read_file(spot: Spot, *, root: Path, reader: Reader, sketches: Sketches) -> Found | Refusal:
    """The sample at a spot, once its bytes were read and tried; its sketch is added to the others."""
    is_sample = spot.path.suffix.lower() in reader.suffixes
    try:
        size = spot.path.stat().st_size
        if size > reader.most_bytes:
            reason = f"has {size:,} bytes, but a {reader.noun} has at most {reader.most_bytes:,}"
            return Refusal(path=spot.path, reason=reason, unreadable=is_sample)
        data = spot.path.read_bytes()
        sketch = reader.verify(data)
    except OSError as error:
        return Refusal(path=spot.path, reason=f"could not be read: {error.strerror}", unreadable=True)
    except ValueError as error:
        reason = str(error) if is_sample else f"is not a {reader.noun}"
        return Refusal(path=spot.path, reason=reason, unreadable=is_sample)
    return Found(
        path=str(spot.path.relative_to(root)),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        label=spot.label,
        given=spot.given,
        group=spot.group,
        slice=spot.slice,
        sketch=sketches.add(sketch),
    )


def shown(name: str) -> str:
    """A file's name as text that can be written, whatever its bytes are."""
    return name.encode("utf-8", errors="backslashreplace").decode("utf-8")
