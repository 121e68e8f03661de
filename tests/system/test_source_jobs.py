"""Each kind of source, from its submission to answers that are right more often than the commonest class."""

import io
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import forked_runners
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from PIL import Image
from real_daemon import RealDaemon
from saved_dataset import save
from scipy.stats import binomtest
from written_table import write_table

from automl_tl.client.client import Client
from automl_tl.domain.prediction import Written

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("source-jobs")]

SPACE = """
[space]
name = "one-of-each"
max_epochs = 1
freeze_depth = ["100%"]
[[candidate]]
source = "embedded:tiny_bert"
[[candidate]]
source = "embedded:tiny_resnet"
"""
WORDS = {
    "network": (
        "socket",
        "server",
        "client",
        "port",
        "address",
        "request",
        "response",
        "header",
        "connection",
    ),
    "number": ("float", "integer", "decimal", "sum", "digits", "rounding", "sign", "remainder", "exponent"),
}
LABELS = tuple(WORDS)
SAMPLES, ASKED = 120, 30
ALPHA = 0.001

Texts = list[tuple[str, str]]
Pictures = list[tuple[bytes, str]]


def draw_texts(count: int, *, seed: int = 0) -> Texts:
    """Texts of six words of one kind, the labels in turn."""
    random = np.random.default_rng(seed)
    labels = [LABELS[i % 2] for i in range(count)]
    return [(" ".join(random.choice(WORDS[label], 6)), label) for label in labels]


def draw_pictures(count: int, *, seed: int = 0) -> Pictures:
    """PNG files of stripes that lie or stand, somewhere, in noise; the labels in turn."""
    random = np.random.default_rng(seed)
    found = []
    for i in range(count):
        waves = 70 * np.sin(np.arange(32) * random.uniform(0.8, 1.4) + random.uniform(0, 6))
        stripes = np.tile(waves, (32, 1)) if i % 2 else np.tile(waves, (32, 1)).T
        grey = np.clip(128 + stripes + random.normal(0, 30, (32, 32)), 0, 255).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(grey).save(file, format="PNG")
        found.append((file.getvalue(), LABELS[i % 2]))
    return found


def class_folders(folder: Path) -> Path:
    for i, (data, label) in enumerate(draw_pictures(SAMPLES)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        (folder / label / f"{i}.png").write_bytes(data)
    return folder


def parquet_of_pictures(path: Path) -> Path:
    files, labels = zip(*draw_pictures(SAMPLES), strict=True)
    pa.parquet.write_table(pa.table({"image": files, "label": labels}), path)
    return path


def hugging_face(folder: Path) -> Path:
    texts, labels = zip(*draw_texts(SAMPLES), strict=True)
    numbers = [LABELS.index(label) for label in labels]
    names = {"_type": "ClassLabel", "names": list(LABELS)}
    return save(folder, {"text": texts, "label": numbers}, features={"label": names})


def packed_folders(path: Path) -> Path:
    return Path(shutil.make_archive(str(path), "zip", class_folders(path)))


def packed_table(path: Path) -> Path:
    write_table(path / "texts.csv", draw_texts(SAMPLES))
    return Path(shutil.make_archive(str(path), "gztar", path))


@dataclass(frozen=True, kw_only=True)
class Kind:
    made: Callable[[Path], Path]
    called: str
    are_pictures: bool = False
    is_uploaded: bool = False


def table(suffix: str, *, is_uploaded: bool = False) -> Kind:
    return Kind(
        made=lambda path: write_table(path, draw_texts(SAMPLES)),
        called=f"texts.{suffix}",
        is_uploaded=is_uploaded,
    )


KINDS = {
    "tsv": table("tsv"),
    "json-lines": table("jsonl"),
    "parquet": table("parquet"),
    "parquet-of-files": Kind(made=parquet_of_pictures, called="pictures.parquet", are_pictures=True),
    "hugging-face": Kind(made=hugging_face, called="saved"),
    "zip-upload": Kind(made=packed_folders, called="folders", are_pictures=True, is_uploaded=True),
    "tar-upload": Kind(made=packed_table, called="table", is_uploaded=True),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Of one daemon for all kinds."""
    home = tmp_path_factory.mktemp("sources") / "home"
    environment = {
        "AUTOML_TL_REGISTRY": "folder",
        "AUTOML_TL_THREADS_PER_WORKER": "1",
        "OMP_NUM_THREADS": "1",
    }
    daemon = RealDaemon(home, environment=environment, program=[forked_runners.__file__])
    try:
        with daemon.client() as client:
            yield client
        daemon.stop()
    finally:
        daemon.end()


@pytest.mark.parametrize("name", KINDS)
def test_a_source_becomes_a_champion_that_is_right_more_often_than_its_commonest_class(
    client: Client, tmp_path: Path, name: str
) -> None:
    kind = KINDS[name]
    source = kind.made(tmp_path / kind.called)
    dataset = client.upload(source)["dataset"] if kind.is_uploaded else source

    job = client.submit(dataset=dataset, name=name, space=SPACE, max_trials=1, executor="inline")["job"]
    outcome = client.wait(job)

    assert outcome["decision"] == "promote", outcome
    asked, labels = unseen(tmp_path, are_pictures=kind.are_pictures)
    answers = client.predict(name, asked)["predictions"]
    right = sum(answer["label"] == label for answer, label in zip(answers, labels, strict=True))
    commonest = max(labels.count(label) for label in LABELS) / ASKED
    assert binomtest(right, ASKED, commonest, alternative="greater").pvalue < ALPHA


def unseen(folder: Path, *, are_pictures: bool) -> tuple[Sequence[Path | Written], list[str]]:
    """What no job saw, and its labels."""
    if not are_pictures:
        texts, labels = zip(*draw_texts(ASKED, seed=1), strict=True)
        return [Written(text=text) for text in texts], list(labels)
    files, labels = zip(*draw_pictures(ASKED, seed=1), strict=True)
    paths = [folder / f"{i}.png" for i in range(ASKED)]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return paths, list(labels)
