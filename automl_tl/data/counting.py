"""How many samples a dataset seems to have, told by names alone."""

from pathlib import Path, PurePosixPath

from automl_tl.data.entries import EntryKind, entries
from automl_tl.data.image import IMAGE
from automl_tl.data.picture_files import picture_files
from automl_tl.data.splitting import SHARES
from automl_tl.domain.dataset import Split


def count_samples(path: Path) -> int:
    """Picture files of a folder or an archive; nothing is decoded or unpacked. Raises DatasetRefused."""
    if path.is_dir():
        return sum(1 for _ in picture_files(path))
    names = (PurePosixPath(entry.name) for entry in entries(path) if entry.kind is EntryKind.FILE)
    return sum(1 for name in names if name.suffix.lower() in IMAGE.suffixes and not name.name.startswith("."))


def split_counts(samples: int, *, like: dict[Split, int] | None) -> dict[Split, int]:
    """So many samples in splits like those of an earlier manifest, or by the usual shares."""
    shares = like or {split: round(1000 * share) for split, share in SHARES.items()}
    total = sum(shares.values())
    return {split: round(samples * share / total) for split, share in shares.items()}
