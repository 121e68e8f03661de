"""Samples taken out of frozen manifests: a line stays that says what was there, without its path."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl_tl.data.disk import replaced
from automl_tl.data.manifest import FORGOTTEN
from automl_tl.domain.dataset import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A manifest's line about a sample; ``path`` is relative to the root, None once it was forgotten.

    ``is_row`` where the path names a row of a table.
    """

    sha256: str
    split: Split
    path: str | None
    is_row: bool = False


def mentions(manifest: Path, samples: Collection[str]) -> tuple[Mention, ...]:
    """The manifest's lines about these samples (sha256), forgotten ones too; raises OSError, ValueError."""
    return tuple(
        Mention(sha256=row["sha256"], split=Split(row["split"]), path=row.get("path"), is_row="column" in row)
        for row in _rows(manifest)
        if row["sha256"] in samples
    )


def named(manifest: Path, path: str) -> str | None:
    """The sha256 of the sample at this path below the root, None where there is none."""
    return next((row["sha256"] for row in _rows(manifest) if row.get("path") == path), None)


def forget(manifest: Path, samples: Collection[str], *, day: str) -> None:
    """Put a tombstone (``forgotten``, ``sha256``, ``label``, ``split``) in the place of each sample's line.

    The fingerprint stays the one of the data as they were frozen; the header counts the samples left.
    Raises DiskFull, OSError, ValueError.
    """
    with manifest.open("rb") as file:
        header = json.loads(file.readline())
    rows = [_tombstone(row, day=day) if row["sha256"] in samples else row for row in _rows(manifest)]
    header["samples"] = sum(FORGOTTEN not in row for row in rows)
    with replaced(manifest) as file:
        file.writelines(json.dumps(row).encode() + b"\n" for row in (header, *rows))


def _tombstone(row: dict[str, Any], *, day: str) -> dict[str, Any]:
    if FORGOTTEN in row:
        return row
    return {FORGOTTEN: day, "sha256": row["sha256"], "label": row["label"], "split": row["split"]}


def _rows(manifest: Path) -> Iterator[dict[str, Any]]:
    with manifest.open("rb") as file:
        file.readline()
        for line in file:
            yield json.loads(line)
