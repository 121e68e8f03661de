"""Every kind of source, from what a person submits to a frozen manifest whose samples can be read."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from saved_dataset import save
from written_table import write_table

from automl_tl.data.contents import contents
from automl_tl.data.manifest import read_manifest
from automl_tl.domain.dataset import Modality, Split, Verdict
from automl_tl.domain.work import Describe, Described
from automl_tl.settings import Settings
from automl_tl.web.submission import read_submission
from automl_tl.wiring.worker import TransferWorker

COUNT = 24
LABELS = ("cat", "dog")


def samples(first: int = 0) -> Iterator[tuple[str, str]]:
    for i in range(first, first + COUNT):
        yield f"the {LABELS[i % 2]} number {i} 🐾", LABELS[i % 2]


def picture(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def class_folders(folder: Path) -> Path:
    for i in range(COUNT):
        picture(folder / LABELS[i % 2] / f"{i}.png", i)
    return folder


def text_folders(folder: Path) -> Path:
    for i, (text, label) in enumerate(samples()):
        (folder / label).mkdir(parents=True, exist_ok=True)
        (folder / label / f"{i}.txt").write_text(text)
    return folder


def table(suffix: str) -> Callable[[Path], Path]:
    return lambda path: write_table(path / f"mails.{suffix}", list(samples()))


def split_tables(folder: Path) -> Path:
    write_table(folder / "train.csv", list(samples()))
    write_table(folder / "dev.csv", list(samples(first=100)))
    write_table(folder / "test.csv", list(samples(first=200)))
    return folder


def listed_pictures(folder: Path) -> Path:
    for i in range(COUNT):
        picture(folder / "pictures" / f"{i}.png", i)
    rows = [f"pictures/{i}.png,{label}" for i, (_, label) in enumerate(samples())]
    (folder / "labels.csv").write_text("\n".join(["image,label", *rows]))
    return folder


def hugging_face(folder: Path) -> Path:
    texts, labels = zip(*samples(), strict=True)
    names = {"_type": "ClassLabel", "names": list(LABELS)}
    return save(folder, {"text": texts, "label": list(map(LABELS.index, labels))}, features={"label": names})


def packed(form: str, made: Callable[[Path], Path]) -> Callable[[Path], Path]:
    return lambda path: Path(shutil.make_archive(str(path), form, made(path.with_name("unpacked"))))


KINDS: dict[str, tuple[Callable[[Path], Path], Modality]] = {
    "class folders": (class_folders, Modality.IMAGE),
    "zip of class folders": (packed("zip", class_folders), Modality.IMAGE),
    "class folders of texts": (text_folders, Modality.TEXT),
    "CSV": (table("csv"), Modality.TEXT),
    "TSV": (table("tsv"), Modality.TEXT),
    "lines of JSON": (table("jsonl"), Modality.TEXT),
    "Parquet": (table("parquet"), Modality.TEXT),
    "tables called train, dev and test": (split_tables, Modality.TEXT),
    "tar of tables": (packed("gztar", split_tables), Modality.TEXT),
    "table of files": (listed_pictures, Modality.IMAGE),
    "zip of a table and its files": (packed("zip", listed_pictures), Modality.IMAGE),
    "saved Hugging Face dataset": (hugging_face, Modality.TEXT),
    "zip of a saved Hugging Face dataset": (packed("zip", hugging_face), Modality.TEXT),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_submitted_becomes_a_manifest_that_can_be_read(tmp_path: Path, kind: str) -> None:
    made, modality = KINDS[kind]
    settings = Settings(home=tmp_path / "home")
    request = read_submission({"dataset": str(made(tmp_path / "data")), "name": "pets"}, settings=settings)
    job = settings.folders.job("x")
    work = Describe(source=request.dataset, dataset_name="pets", into=str(job), seed=request.seed)

    described = TransferWorker(settings).perform(work)

    assert isinstance(described, Described) and described.report.verdict is Verdict.OK
    manifest = read_manifest(Path(str(described.manifest)))
    assert (manifest.modality, manifest.classes) == (modality, LABELS)
    assert set(manifest.counts()) == set(Split)
    assert len(manifest.samples) % COUNT == 0
    read = contents(Path(manifest.root), manifest.samples)
    assert [hashlib.sha256(data).hexdigest() for data in read] == [s.sha256 for s in manifest.samples]
