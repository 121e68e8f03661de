"""Datasets that are folders of class folders, with or without train, validation and test above them."""

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from automl_tl.data.pool import in_order
from automl_tl.data.survey import Found, Reader, Survey
from automl_tl.domain.dataset import Rejected, Split
from automl_tl.errors import DatasetRefused

SPLITS = {
    "train": Split.TRAIN,
    "training": Split.TRAIN,
    "val": Split.VALIDATION,
    "valid": Split.VALIDATION,
    "validation": Split.VALIDATION,
    "dev": Split.VALIDATION,
    "test": Split.TEST,
    "testing": Split.TEST,
}
"""What folders above the class folders may be called, in any case."""

_IGNORED = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})  # operating systems drop these anywhere
_LAYOUT = "a folder of class folders was expected, with or without train, validation and test above them"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    path: Path
    label: str
    given: Split | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    path: Path
    reason: str
    unreadable: bool = False


def survey(root: Path, *, reader: Reader, threads: int | None = None) -> Survey:
    """Read every file below ``root`` once: its hash, and whether it decodes.

    Hidden files are ignored; links that lead out of the folder, special files, names that are not UTF-8 and
    what is no sample are rejected with their reasons. Raises DatasetRefused where there is nothing to read.
    """
    try:
        root = _folder(root)
        walked = list(_walk(root))
    except OSError as error:
        raise DatasetRefused(f"{error.filename} cannot be read: {error.strerror}") from error
    spots = [found for found in walked if isinstance(found, _Spot)]
    refusals = [found for found in walked if isinstance(found, _Refusal)]
    if not spots:
        raise DatasetRefused(f"{root} has no file in a class folder, but {_LAYOUT}")
    samples: list[Found] = []
    for outcome in in_order(lambda spot: _read(spot, root=root, reader=reader), spots, threads=threads):
        if isinstance(outcome, Found):
            samples.append(outcome)
        else:
            refusals.append(outcome)
    refusals.sort(key=lambda refusal: refusal.path)
    rejected = [(r, Rejected(path=_shown(str(r.path.relative_to(root))), reason=r.reason)) for r in refusals]
    return Survey(
        root=root,
        samples=tuple(sorted(samples, key=lambda sample: sample.path)),
        rejected=tuple(shown for _, shown in rejected),
        unreadable=tuple(shown for refusal, shown in rejected if refusal.unreadable),
    )


def _folder(root: Path) -> Path:
    if not root.exists():
        raise DatasetRefused(f"there is no {root}, but {_LAYOUT}")
    if not root.is_dir():
        raise DatasetRefused(f"{root} is a file, but {_LAYOUT}")
    if not any(_visible(root)):
        raise DatasetRefused(f"{root} is empty, but {_LAYOUT}")
    return root.resolve()


def _walk(root: Path) -> Iterator[_Spot | _Refusal]:
    above = _split_folders(root)
    for folder, split in above.items():
        yield from _classes(folder, given=split, root=root)
    if not above:
        yield from _classes(root, given=None, root=root)
        return
    for path in _visible(root):
        if path not in above:
            yield _Refusal(path=path, reason="stands beside train and test, but in neither")


def _split_folders(root: Path) -> dict[Path, Split]:
    """The folders that are splits; empty where the class folders lie directly in ``root``.

    A class may be called "train" too (beside "bus" and "car"): a split is a folder of folders.
    """
    named = {p: SPLITS[p.name.casefold()] for p in _visible(root) if p.name.casefold() in SPLITS}
    splits = {p: split for p, split in named.items() if p.is_dir() and any(c.is_dir() for c in _visible(p))}
    return splits if splits and (Split.TRAIN in splits.values() or _only(splits, root=root)) else {}


def _only(splits: dict[Path, Split], *, root: Path) -> bool:
    return all(p in splits for p in _visible(root) if p.is_dir())


def _classes(folder: Path, *, given: Split | None, root: Path) -> Iterator[_Spot | _Refusal]:
    if folder.is_symlink():
        yield _Refusal(path=folder, reason="is a link to a folder; only links to files are followed")
        return
    for path in _visible(folder):
        if path.is_dir() and not path.is_symlink():
            label = unicodedata.normalize("NFC", path.name)  # macOS writes é as two characters
            yield from _files(path, label=label, given=given, root=root)
        else:
            yield _Refusal(path=path, reason="lies in no class folder")


def _files(folder: Path, *, label: str, given: Split | None, root: Path) -> Iterator[_Spot | _Refusal]:
    for path in _visible(folder):
        if path.is_dir() and not path.is_symlink():
            yield from _files(path, label=label, given=given, root=root)
        elif (reason := _unfit(path, root=root)) is not None:
            yield _Refusal(path=path, reason=reason)
        else:
            yield _Spot(path=path, label=label, given=given)


def _unfit(path: Path, *, root: Path) -> str | None:
    name = str(path.relative_to(root))
    if _shown(name) != name:
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


def _read(spot: _Spot, *, root: Path, reader: Reader) -> Found | _Refusal:
    is_sample = spot.path.suffix.lower() in reader.suffixes
    try:
        size = spot.path.stat().st_size
        if size > reader.most_bytes:
            reason = f"has {size:,} bytes, but a {reader.noun} has at most {reader.most_bytes:,}"
            return _Refusal(path=spot.path, reason=reason, unreadable=is_sample)
        data = spot.path.read_bytes()
        reader.verify(data)
    except OSError as error:
        return _Refusal(path=spot.path, reason=f"could not be read: {error.strerror}", unreadable=True)
    except ValueError as error:
        reason = str(error) if is_sample else f"is not a {reader.noun}"
        return _Refusal(path=spot.path, reason=reason, unreadable=is_sample)
    return Found(
        path=str(spot.path.relative_to(root)),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        label=spot.label,
        given=spot.given,
    )


def _visible(folder: Path) -> Iterator[Path]:
    names = sorted(os.listdir(folder))  # noqa: PTH208  (plain names are four times as fast, and there are many)
    return (folder / name for name in names if not name.startswith(".") and name not in _IGNORED)


def _shown(name: str) -> str:
    return name.encode("utf-8", errors="backslashreplace").decode("utf-8")
