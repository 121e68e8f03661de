"""``bench tables``: what a table takes to be read, checked and split, and how memory goes with its texts."""

import csv
import multiprocessing
import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from automl_tl.data.contents import contents
from automl_tl.data.describe import describe
from automl_tl.data.manifest import read_manifest
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.work import Describe
from automl_tl.upkeep.temporary import temporary_folder

_LABELS = ("bug", "feature", "praise", "question", "spam")
_WORDS = 4000
_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One table, read in a process of its own; megabytes are of 2^20 bytes."""

    rows: int
    characters: int
    table_megabytes: float
    describe_seconds: float
    contents_seconds: float
    peak_megabytes: float


def run(*, rows: int, characters: int) -> dict[str, Any]:
    """Tables of so many texts, as long as said and ten times as long, each from its CSV to its manifest.

    ``describe_seconds`` are those of the whole check: reading, hashing, looking for copies and conflicts,
    splitting, and writing the manifest; ``contents_seconds`` those of one more pass over all texts.
    """
    with temporary_folder("automl-tl-bench-") as folder:
        found = [_described(Path(folder), rows=rows, characters=n) for n in (characters, 10 * characters)]
    growth = 100 * (found[1].peak_megabytes / found[0].peak_megabytes - 1)
    keys = tuple(asdict(found[0]))
    lines = [
        *(f"{key:<18}" + "".join(f"{getattr(one, key):>12,.1f}" for one in found) for key in keys),
        f"peak memory grows by {growth:.1f} % where the texts grow tenfold",
    ]
    return {
        "tables": [asdict(one) for one in found],
        "peak_growth_percent": growth,
        "table": "\n".join(lines),
    }


def _described(folder: Path, *, rows: int, characters: int) -> Described:
    table = folder / "texts.csv"
    write(table, rows=rows, characters=characters)
    spawn = multiprocessing.get_context("spawn")  # so that nothing of ours is in its memory
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        return process.submit(measured, table, folder / "home", rows, characters).result()


def measured(table: Path, home: Path, rows: int, characters: int) -> Described:
    """One table from its CSV to its manifest, and its texts once more."""
    work = Describe(
        source=DatasetSource(path=str(table)), dataset_name="bench", into=str(home / "job"), seed=0
    )
    begun = time.perf_counter()
    described = describe(
        work,
        datasets=home / "datasets",
        manifests=home / "manifests",
        unpacked_bytes=0,
        unreadable_share=0.0,
    )
    checked = time.perf_counter()
    manifest = read_manifest(Path(str(described.manifest)))
    again = time.perf_counter()
    read = sum(map(len, contents(Path(manifest.root), manifest.samples)))
    assert read >= rows * characters
    return Described(
        rows=len(manifest.samples),
        characters=characters,
        table_megabytes=table.stat().st_size / _MEGABYTE,
        describe_seconds=checked - begun,
        contents_seconds=time.perf_counter() - again,
        peak_megabytes=_peak_bytes() / _MEGABYTE,
    )


def write(path: Path, *, rows: int, characters: int) -> None:
    """A table of distinct texts of drawn words, each at least so long."""
    random = np.random.default_rng(0)
    words = [f"{word:x}" for word in random.integers(16**2, 16**8, _WORDS)]
    per_text = -(-characters // 9) + 1
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        for row in range(rows):
            drawn = random.integers(_WORDS, size=per_text)
            text = f"{row} {' '.join(words[word] for word in drawn)}"
            writer.writerow((text.ljust(characters, "."), _LABELS[row % len(_LABELS)]))


def _peak_bytes() -> int:
    """This process's largest memory so far; Linux's own figure, for ``getrusage`` counts the parent's too."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if os.uname().sysname == "Darwin" else peak * 1024
