"""Frozen manifests on disk: one JSON object a line, a header first."""

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from automl_tl.data.disk import replaced
from automl_tl.data.row import place
from automl_tl.data.uncollected import uncollected
from automl_tl.domain.dataset import Manifest, Modality, Sample, Split
from automl_tl.errors import DatasetRefused

FORMAT_VERSION = 1
FORGOTTEN = "forgotten"
"""Key of a line that is a sample's tombstone: the day on which it was forgotten."""
_SPLITS = {split.value: split for split in Split}


def fingerprint(samples: Iterable[Sample], *, modality: Modality, classes: tuple[str, ...]) -> str:
    """The sha256 over modality, classes and every sample's hash, label, group and split, in the given order.

    Paths and sizes are not in it: the same data in another place are the same data.
    """
    digest = hashlib.sha256(json.dumps([modality.value, classes]).encode())
    for sample in samples:
        line = json.dumps([sample.sha256, sample.label, sample.group, sample.split.value])
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def freeze(samples: Iterable[Sample], *, modality: Modality, dataset_name: str, root: str) -> Manifest:
    """The manifest of these samples: files by path, rows as in their tables; classes sorted."""
    ordered = tuple(sorted(samples, key=place))
    classes = tuple(sorted({sample.label for sample in ordered}))
    return Manifest(
        fingerprint=fingerprint(ordered, modality=modality, classes=classes),
        dataset_name=dataset_name,
        modality=modality,
        root=root,
        classes=classes,
        samples=ordered,
    )


def write_manifest(manifest: Manifest, *, folder: Path) -> Path:
    """Write ``<fingerprint>.jsonl``, whole or not at all, and return its path; raises DiskFull.

    A manifest of the same data, written earlier for another name or from another place, is replaced: the
    place that was read last is the one that is known to be there.
    """
    path = folder / f"{manifest.fingerprint}.jsonl"
    header = {
        "format": FORMAT_VERSION,
        "fingerprint": manifest.fingerprint,
        "dataset_name": manifest.dataset_name,
        "modality": manifest.modality.value,
        "root": manifest.root,
        "classes": manifest.classes,
        "samples": len(manifest.samples),
    }
    with replaced(path) as file:
        file.write(json.dumps(header).encode() + b"\n")
        file.writelines(json.dumps(_row(sample)).encode() + b"\n" for sample in manifest.samples)
    return path


@uncollected()
def read_manifest(path: Path) -> Manifest:
    """Read what ``write_manifest`` wrote; DatasetRefused for anything else, OSError when it is gone."""
    try:
        with path.open("rb") as file:
            header = json.loads(file.readline())
            if header["format"] != FORMAT_VERSION:
                raise ValueError(f"format {header['format']}, but {FORMAT_VERSION} is read")
            rows = (json.loads(line) for line in file)
            samples = tuple(_sample(row) for row in rows if FORGOTTEN not in row)
        if len(samples) != header["samples"]:
            raise ValueError(f"{len(samples):,} samples, but its header says {header['samples']:,}")
        return Manifest(
            fingerprint=header["fingerprint"],
            dataset_name=header["dataset_name"],
            modality=Modality(header["modality"]),
            root=header["root"],
            classes=tuple(header["classes"]),
            samples=samples,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetRefused(f"{path} is not a whole manifest: {error}") from error


def root_of(path: Path) -> str:
    """The root that a manifest's paths start from; empty where there is no manifest to read."""
    return _said(path, "root")


def modality_of(path: Path) -> Modality:
    """What a manifest's samples are, told by its header alone; pictures where there is none to read."""
    return Modality(_said(path, "modality") or Modality.IMAGE)


def dataset_name_of(path: Path) -> str:
    """The dataset-name that a manifest was written for last; empty where there is no manifest to read."""
    return _said(path, "dataset_name")


def _said(path: Path, key: str) -> str:
    try:
        with path.open("rb") as file:
            return str(json.loads(file.readline())[key])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _row(sample: Sample) -> dict[str, object]:
    row: dict[str, object] = {
        "path": sample.path,
        "size": sample.size,
        "sha256": sample.sha256,
        "label": sample.label,
        "split": sample.split.value,
    }
    if sample.group is not None:
        row["group"] = sample.group
    if sample.slice is not None:
        row["slice"] = sample.slice
    if sample.column is not None:
        row["column"] = sample.column
    return row


def _sample(row: dict[str, Any]) -> Sample:
    return Sample(
        path=row["path"],
        size=row["size"],
        sha256=row["sha256"],
        label=sys.intern(row["label"]),
        split=_SPLITS[row["split"]],
        group=row.get("group"),
        slice=row.get("slice"),
        column=sys.intern(row["column"]) if "column" in row else None,  # one text, not one a sample
    )
