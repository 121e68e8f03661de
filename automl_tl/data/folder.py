"""Datasets that are folders of class folders, with or without train, validation and test above them."""

import os
import unicodedata
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from automl_tl.data.pool import in_order
from automl_tl.data.readers import reader_of
from automl_tl.data.sample_file import Refusal, Spot, read_file, shown, unfit
from automl_tl.data.split_names import SPLITS
from automl_tl.data.survey import Found, Reader, Survey
from automl_tl.domain.dataset import Rejected, Split
from automl_tl.errors import DatasetRefused

_IGNORED = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})  # operating systems drop these anywhere
_LAYOUT = "a folder of class folders was expected, with or without train, validation and test above them"


def survey(root: Path, *, reader: Reader | None = None, threads: int | None = None) -> Survey:
    """Read every file below ``root`` once: its hash, and whether the reader (None: most files') takes it.

    Hidden files are ignored; links that lead out of the folder, special files, names that are not UTF-8 and
    what is no sample are rejected with their reasons. Raises DatasetRefused where there is nothing to read.
    """
    try:
        root = _folder(root)
        walked = list(_walk(root))
    except OSError as error:
        raise DatasetRefused(f"{error.filename} cannot be read: {error.strerror}") from error
    spots = [found for found in walked if isinstance(found, Spot)]
    refusals = [found for found in walked if isinstance(found, Refusal)]
    if not spots:
        raise DatasetRefused(f"{root} has no file in a class folder, but {_LAYOUT}")
    reader = reader or reader_of(spot.path for spot in spots)
    samples: list[Found] = []
    sketches = reader.sketched()
    read = partial(read_file, root=root, reader=reader, sketches=sketches)
    for outcome in in_order(read, spots, threads=threads):
        if isinstance(outcome, Found):
            samples.append(outcome)
        else:
            refusals.append(outcome)
    refusals.sort(key=lambda refusal: refusal.path)
    rejected = [(r, Rejected(path=shown(str(r.path.relative_to(root))), reason=r.reason)) for r in refusals]
    return Survey(
        root=root,
        samples=tuple(sorted(samples, key=lambda sample: sample.path)),
        rejected=tuple(told for _, told in rejected),
        unreadable=tuple(told for refusal, told in rejected if refusal.unreadable),
        modality=reader.modality,
        sketches=sketches,
    )


def _folder(root: Path) -> Path:
    if not root.exists():
        raise DatasetRefused(f"there is no {root}, but {_LAYOUT}")
    if not root.is_dir():
        raise DatasetRefused(f"{root} is a file, but {_LAYOUT}")
    if not any(visible(root)):
        raise DatasetRefused(f"{root} is empty, but {_LAYOUT}")
    return root.resolve()


def _walk(root: Path) -> Iterator[Spot | Refusal]:
    above = _split_folders(root)
    for folder, split in above.items():
        yield from _classes(folder, given=split, root=root)
    if not above:
        yield from _classes(root, given=None, root=root)
        return
    for path in visible(root):
        if path not in above:
            yield Refusal(path=path, reason="stands beside train and test, but in neither")


def _split_folders(root: Path) -> dict[Path, Split]:
    """The folders that are splits; empty where the class folders lie directly in ``root``.

    A class may be called "train" too (beside "bus" and "car"): a split is a folder of folders.
    """
    named = {p: SPLITS[p.name.casefold()] for p in visible(root) if p.name.casefold() in SPLITS}
    splits = {p: split for p, split in named.items() if p.is_dir() and any(c.is_dir() for c in visible(p))}
    return splits if splits and (Split.TRAIN in splits.values() or _only(splits, root=root)) else {}


def _only(splits: dict[Path, Split], *, root: Path) -> bool:
    return all(p in splits for p in visible(root) if p.is_dir())


def _classes(folder: Path, *, given: Split | None, root: Path) -> Iterator[Spot | Refusal]:
    if folder.is_symlink():
        yield Refusal(path=folder, reason="is a link to a folder; only links to files are followed")
        return
    for path in visible(folder):
        if path.is_dir() and not path.is_symlink():
            label = unicodedata.normalize("NFC", path.name)  # macOS writes é as two characters
            yield from _files(path, label=label, given=given, root=root)
        else:
            yield Refusal(path=path, reason="lies in no class folder")


def _files(folder: Path, *, label: str, given: Split | None, root: Path) -> Iterator[Spot | Refusal]:
    for path in visible(folder):
        if path.is_dir() and not path.is_symlink():
            yield from _files(path, label=label, given=given, root=root)
        elif (reason := unfit(path, root=root)) is not None:
            yield Refusal(path=path, reason=reason)
        else:
            yield Spot(path=path, label=label, given=given)


def visible(folder: Path) -> Iterator[Path]:
    """What lies in a folder, by name; without hidden files and what operating systems drop anywhere."""
    names = sorted(os.listdir(folder))  # noqa: PTH208  (plain names are four times as fast, and there are many)
    return (folder / name for name in names if not name.startswith(".") and name not in _IGNORED)
