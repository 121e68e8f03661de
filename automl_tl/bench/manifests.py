"""``bench manifests``: what rows that were read already take to be checked, split and frozen."""

import hashlib
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from automl_tl.data.check import check
from automl_tl.data.manifest import freeze, read_manifest, write_manifest
from automl_tl.data.row import row_path
from automl_tl.data.splitting import assign
from automl_tl.data.survey import Found, Survey
from automl_tl.data.uncollected import uncollected
from automl_tl.domain.dataset import Modality, OnLeak, Sample, Split
from automl_tl.upkeep.temporary import temporary_folder

_CLASSES = 100
_COPY_EVERY = 1000  # rows; the row before it stands there again


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Seconds by step; ``check`` and ``split`` are what is asked for, the rest is told beside."""

    rows: int
    check: float
    split: float
    freeze: float
    write: float
    read: float


def run(*, rows: int) -> dict[str, Any]:
    """So many rows of a hundred classes, one in a thousand a copy, through the steps after their reading."""
    survey = Survey(root=Path("/"), samples=tuple(map(_found, range(rows))), modality=Modality.TEXT)
    with temporary_folder("automl-tl-bench-") as folder, uncollected():
        passed = _passed(survey, folder)
    lines = [f"{name:<8}{value:>12,.{0 if name == 'rows' else 1}f}" for name, value in asdict(passed).items()]
    lines.append(f"check and split: {passed.check + passed.split:.1f} s")
    return {**asdict(passed), "check_and_split": passed.check + passed.split, "table": "\n".join(lines)}


def _passed(survey: Survey, folder: Path) -> Passed:
    clock = [time.perf_counter()]
    checked = check(survey, on_leak=OnLeak.DROP_TRAIN, unreadable_share=0.0)
    clock.append(time.perf_counter())
    splits = assign(checked.samples, remembered={}, seed=0)
    clock.append(time.perf_counter())
    samples = [_sample(*pair) for pair in zip(checked.samples, splits, strict=True)]
    manifest = freeze(samples, modality=survey.modality, dataset_name="bench", root="/")
    clock.append(time.perf_counter())
    path = write_manifest(manifest, folder=folder)
    clock.append(time.perf_counter())
    again = read_manifest(path)
    clock.append(time.perf_counter())
    assert again.fingerprint == manifest.fingerprint
    taken = [after - before for before, after in pairwise(clock)]
    return Passed(
        rows=len(manifest.samples),
        check=taken[0],
        split=taken[1],
        freeze=taken[2],
        write=taken[3],
        read=taken[4],
    )


def _found(row: int) -> Found:
    content = row - 1 if row % _COPY_EVERY == _COPY_EVERY - 1 else row
    return Found(
        path=row_path("texts.csv", row),
        size=100,
        sha256=hashlib.sha256(str(content).encode()).hexdigest(),
        label=f"class {content % _CLASSES}",
        column="text",
    )


def _sample(found: Found, split: Split | None) -> Sample:
    assert split is not None  # nothing is remembered, so nothing bridges
    return Sample(
        path=found.path,
        size=found.size,
        sha256=found.sha256,
        label=found.label,
        split=split,
        column=found.column,
    )
