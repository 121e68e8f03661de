"""From a folder or an archive to a manifest and a report, or to one sentence that says why not."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from drawn_copies import CHANGES, encoded, scene
from drawn_dataset import draw, png
from PIL import Image
from written_table import texts, write_table

from automl_tl.data.contents import contents
from automl_tl.data.describe import describe
from automl_tl.data.manifest import read_manifest
from automl_tl.domain.dataset import Changes, DatasetSource, Modality, OnLeak, Split, Verdict
from automl_tl.domain.work import Describe, Described
from automl_tl.errors import DatasetRefused


def described(
    path: Path,
    *,
    home: Path,
    seed: int = 0,
    remembered: Path | None = None,
    limit_bytes: int = 2**30,
    previous: str | None = None,
) -> Described:
    work = Describe(
        source=DatasetSource(path=str(path), on_leak=OnLeak.DROP_TRAIN),
        dataset_name="pets",
        into=str(home / "job"),
        seed=seed,
        remembered=str(remembered) if remembered else None,
        previous=previous,
    )
    return describe(
        work,
        datasets=home / "datasets",
        manifests=home / "manifests",
        unpacked_bytes=limit_bytes,
        unreadable_share=0.1,
    )


def report(home: Path) -> dict[str, object]:
    read: dict[str, object] = json.loads((home / "job/data_report.json").read_text())
    return read


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_folder_becomes_a_manifest_and_a_report(tmp_path: Path, home: Path) -> None:
    data = draw(tmp_path / "data", {"cat": 25, "dog": 25})

    result = described(data, home=home)

    assert result.manifest is not None
    manifest = read_manifest(Path(result.manifest))
    assert Path(result.manifest) == home / "manifests" / f"{result.fingerprint}.jsonl"
    assert (manifest.dataset_name, manifest.root) == ("pets", str(data.resolve()))
    assert {s.value: len(manifest.indices(s)) for s in Split} == {
        "train": 30,
        "validation": 6,
        "retest": 4,
        "test": 10,
    }
    assert report(home) == {
        "modality": "image",
        "samples": 50,
        "unreadable": 0,
        "leaks": {"exact": 0, "near": 0, "groups": 0},
        "label_conflicts": 0,
        "verdict": "ok",
        "classes": {"cat": 25, "dog": 25},
        "splits": {"train": 30, "validation": 6, "retest": 4, "test": 10},
        "notes": [],
        "rejected": [],
        "findings": [_TINY],
        "measures": {
            side: {"least": 8, "low": 8, "median": 8, "high": 8, "most": 8} for side in ("width", "height")
        },
        "changes": None,
    }
    assert "**50 samples of 2 classes can be used.**" in (home / "job/data_report.md").read_text()


@pytest.mark.parametrize("kind", ["zip", "gztar", "tar"])
def test_archive_becomes_the_same_manifest_as_its_folder(tmp_path: Path, home: Path, kind: str) -> None:
    data = draw(tmp_path / "data", {"cat": 10, "dog": 10})
    packed = Path(shutil.make_archive(str(tmp_path / "pets"), kind, root_dir=tmp_path, base_dir="data"))

    from_archive, from_folder = described(packed, home=home), described(data, home=home)

    assert from_archive.fingerprint == from_folder.fingerprint
    assert len(list((home / "datasets").glob("*/data/cat"))) == 1


def test_same_work_again_gives_the_same(tmp_path: Path, home: Path) -> None:
    data = draw(tmp_path / "data", {"cat": 9, "dog": 11})

    assert described(data, home=home) == described(data, home=home)


def test_remembered_splits_outlive_the_seed_and_new_samples(tmp_path: Path, home: Path) -> None:
    data = draw(tmp_path / "data", {"cat": 20, "dog": 20})
    first = read_manifest(Path(str(described(data, home=home).manifest)))
    remembered = tmp_path / "remembered.jsonl"
    rows = [json.dumps({"sha256": s.sha256, "split": s.split.value}) for s in first.samples]
    remembered.write_text("\n".join(rows) + "\n")
    draw(data, {"cat/new": 10}, first=500)

    second = read_manifest(Path(str(described(data, home=home, seed=7, remembered=remembered).manifest)))

    splits = {s.sha256: s.split for s in second.samples}
    assert len(second.samples) == 50
    assert all(splits[s.sha256] is s.split for s in first.samples)


def test_planted_near_copies_are_found_in_a_folder(tmp_path: Path, home: Path) -> None:
    data = tmp_path / "data"
    for number, folder in enumerate(("train/cat", "train/dog", "test/cat", "test/dog")):
        (data / folder).mkdir(parents=True)
        for i in range(20):
            (data / folder / f"{i}.png").write_bytes(encoded(scene(100 * number + i)))
    (data / "train/cat/again.jpg").write_bytes(CHANGES["saved again"](scene(200)))  # of test/cat/0.png
    (data / "train/dog/small.png").write_bytes(CHANGES["smaller"](scene(103)))  # of train/dog/3.png
    (data / "train/cat/wrong.png").write_bytes(CHANGES["brighter"](scene(104)))  # of train/dog/4.png

    result = described(data, home=home)

    assert (result.report.leaks.near, result.report.samples) == (1, 82)
    assert [row.reason for row in result.report.rejected] == [
        "is nearly a copy of test/cat/0.png, which stands in test"
    ]
    assert any("near copies stand under different labels once" in note for note in result.report.notes)
    splits = {s.path: s.split for s in read_manifest(Path(str(result.manifest))).samples}
    assert splits["train/dog/small.png"] is splits["train/dog/3.png"]
    assert len((home / "job/near.jsonl").read_text().splitlines()) == 3


def test_odd_pictures_are_read_and_bad_ones_are_told(tmp_path: Path, home: Path) -> None:
    data = draw(tmp_path / "data", {"cat": 30, "dog": 30})
    cat = data / "cat"
    scene(1).convert("CMYK").save(cat / "cmyk.jpg")
    Image.new("RGB", (1, 1), "red").save(cat / "one pixel.png")
    sixteen = np.asarray(scene(2).convert("L")).astype(np.uint16) * 257
    for name in ("sixteen.png", "sixteen.tif"):
        Image.fromarray(sixteen).save(cat / name)
    alpha = scene(3)
    alpha.putalpha(120)
    alpha.save(cat / "alpha 🐈\nقط.png")
    turned = Image.Exif()
    turned[0x0112] = 6
    scene(4).resize((80, 60)).save(cat / "turned.png", exif=turned)
    scene(4).resize((80, 60)).transpose(Image.Transpose.ROTATE_270).save(cat / "upright.png")
    Image.new("1", (10_001, 10_000)).save(cat / "bomb.png")
    (tmp_path / "elsewhere.png").write_bytes(png(7))
    (cat / "out.png").symlink_to(tmp_path / "elsewhere.png")
    (cat / "empty.jpg").write_bytes(b"")

    report = described(data, home=home).report

    assert (report.samples, report.unreadable) == (67, 2)
    assert {row.path: row.reason for row in report.rejected} == {
        "cat/bomb.png": "is 10001 × 10000 pixels, more than 100 megapixels",
        "cat/empty.jpg": "is empty",
        "cat/out.png": "is a link that leads out of the dataset's folder",
    }
    pairs = [json.loads(line) for line in (home / "job/near.jsonl").read_text().splitlines()]
    assert {frozenset((pair["one"], pair["other"])) for pair in pairs} == {
        frozenset(("cat/sixteen.png", "cat/sixteen.tif")),
        frozenset(("cat/turned.png", "cat/upright.png")),
    }


def test_planted_near_copies_are_found_in_a_table(tmp_path: Path, home: Path) -> None:
    rows = [*texts(60), (texts(60)[7][0].upper() + " !", texts(60)[7][1])]

    result = described(write_table(tmp_path / "mails.csv", rows), home=home)

    splits = [s.split for s in read_manifest(Path(str(result.manifest))).samples]
    assert splits[60] is splits[7]
    assert len((home / "job/near.jsonl").read_text().splitlines()) == 1


def test_changes_since_the_version_before_are_told(tmp_path: Path, home: Path) -> None:
    data = draw(tmp_path / "data", {"cat": 20, "dog": 20})
    first = str(described(data, home=home).manifest)
    draw(data, {"cat/new": 3}, first=500)
    (data / "dog/000.png").unlink()
    (data / "dog/001.png").rename(data / "cat/moved.png")

    second = described(data, home=home, previous=first).report
    lost = described(data, home=home, previous=str(tmp_path / "gone.jsonl")).report

    assert second.changes == Changes(added=3, gone=1, relabelled=1)
    assert lost.changes is None


def test_sample_moved_to_another_folder_keeps_its_split_and_is_noted(tmp_path: Path, home: Path) -> None:
    data = draw(tmp_path / "data", {f"{s}/{c}": 8 for s in ("train", "test") for c in ("cat", "dog")})
    first = read_manifest(Path(str(described(data, home=home).manifest)))
    moved = next(s for s in first.samples if s.split is Split.TRAIN)
    remembered = tmp_path / "remembered.jsonl"
    remembered.write_text(json.dumps({"sha256": moved.sha256, "split": "train"}) + "\n")
    (data / moved.path).rename(data / "test" / moved.label / "moved.png")

    result = described(data, home=home, remembered=remembered)

    second = read_manifest(Path(str(result.manifest)))
    assert next(s.split for s in second.samples if s.sha256 == moved.sha256) is Split.TRAIN
    assert result.report.notes == ("1 sample keeps the split of an earlier job, although another was given",)


def test_what_was_left_out_is_listed_and_counted(tmp_path: Path, home: Path) -> None:
    data = draw(tmp_path / "data", {f"{s}/{c}": 20 for s in ("train", "test") for c in ("cat", "dog")})
    shutil.copy(data / "test/cat/000.png", data / "train/cat/copy.png")
    (data / "train/cat/new\n|line.png").write_bytes(png(1)[:-30])
    (data / "readme.txt").write_text("hello")

    result = described(data, home=home)

    assert result.report.verdict is Verdict.REPAIRED
    assert (result.report.samples, result.report.unreadable, result.report.leaks.exact) == (80, 1, 1)
    rows = [json.loads(line) for line in (home / "job/rejected.jsonl").read_text().splitlines()]
    assert [row["path"] for row in rows] == [
        "readme.txt",
        "train/cat/new\n|line.png",
        "train/cat/copy.png",
    ]
    assert "- `train/cat/new |line.png` breaks off" in (home / "job/data_report.md").read_text()


def test_long_list_is_shortened_in_the_report_alone(tmp_path: Path, home: Path) -> None:
    data = draw(tmp_path / "data", {"cat": 10, "dog": 10})
    for i in range(60):
        (data / "cat" / f"{i}.txt").write_text("x")

    result = described(data, home=home)

    assert len(result.report.rejected) == 50
    assert result.report.notes == ("60 were left out: all of them are listed in rejected.jsonl",)
    assert len((home / "job/rejected.jsonl").read_text().splitlines()) == 60


_TINY = {
    "what": "odd samples",
    "health": "warn",
    "found": "50 of 50 pictures are smaller than 16 pixels",
    "advice": "see whether they belong here",
}
REFUSALS = [
    ({"cat": 12}, 'only one class, "cat", was found'),
    ({"cat": 12, "dog": 1}, 'class "dog" has 1 sample, but each class needs at least 2'),
    ({"cat": 3, "dog": 3}, "the 6 samples leave retest empty, but each of train, validation"),
    ({"test/cat": 5, "test/dog": 5}, 'class "cat" stands in test or validation'),
]


@pytest.mark.parametrize(("counts", "sentence"), REFUSALS)
def test_refused_dataset_leaves_a_report_and_no_manifest(
    tmp_path: Path, home: Path, counts: dict[str, int], sentence: str
) -> None:
    data = draw(tmp_path / "data", counts)

    with pytest.raises(DatasetRefused, match=sentence) as caught:
        described(data, home=home)

    assert report(home)["verdict"] == "refused"
    assert report(home)["notes"][0] == str(caught.value)  # type: ignore[index]
    assert "**Refused: " in (home / "job/data_report.md").read_text()
    assert not (home / "manifests").exists()


def test_too_many_unreadable_files_are_refused(tmp_path: Path, home: Path) -> None:
    data = draw(tmp_path / "data", {"cat": 10, "dog": 10})
    for i in range(3):
        (data / "cat" / f"broken{i}.png").write_bytes(b"")

    with pytest.raises(DatasetRefused, match=r"3 of 23 samples could not be read, more than the 10% allowed"):
        described(data, home=home)

    assert report(home)["unreadable"] == 3


def test_file_that_is_no_archive_is_refused(tmp_path: Path, home: Path) -> None:
    (tmp_path / "data.dat").write_text("text,label\n")

    with pytest.raises(DatasetRefused, match=r"data\.dat is not a zip or a tar"):
        described(tmp_path / "data.dat", home=home)


def test_archive_beyond_the_limit_is_refused(tmp_path: Path, home: Path) -> None:
    draw(tmp_path / "data", {"cat": 10, "dog": 10})
    packed = Path(shutil.make_archive(str(tmp_path / "pets"), "zip", tmp_path / "data"))

    with pytest.raises(DatasetRefused, match=r"pets\.zip unpacks to more than the 1,000 bytes allowed"):
        described(packed, home=home, limit_bytes=1000)


@pytest.mark.parametrize(
    ("name", "splits"),
    [
        ("trashnet", {"train": 1506, "validation": 302, "retest": 200, "test": 502}),
        ("bccd_cells", {"train": 955, "validation": 220, "retest": 146, "test": 306}),
        ("fashion_mnist_sprite", {"train": 540, "validation": 110, "retest": 70, "test": 180}),
    ],
)
def test_real_datasets_are_described(
    shared_data: Path, home: Path, name: str, splits: dict[str, int]
) -> None:
    result = described(shared_data / "image" / name, home=home)

    assert result.report.splits == splits
    assert result.report.verdict is (Verdict.OK if name == "fashion_mnist_sprite" else Verdict.REPAIRED)


def test_table_of_texts_becomes_a_manifest_whose_contents_are_the_texts(tmp_path: Path, home: Path) -> None:
    path = write_table(tmp_path / "mails.csv", texts(60))

    result = described(path, home=home)

    manifest = read_manifest(Path(str(result.manifest)))
    assert (manifest.modality, manifest.root) == (Modality.TEXT, str(tmp_path))
    assert [s.path for s in manifest.samples] == [f"mails.csv:{n}" for n in range(2, 62)]
    assert result.report.splits == {"train": 36, "validation": 8, "retest": 4, "test": 12}
    assert result.report.notes == ("columns were guessed: texts from column text, labels from column label",)
    assert [d.decode() for d in contents(tmp_path, manifest.samples)] == [text for text, _ in texts(60)]


@pytest.mark.parametrize(
    ("name", "samples", "leaks", "conflicts"),
    [
        ("sms_spam", 5357, 112, 0),
        ("banking77", 13037, 0, 0),
        ("snips", 14463, 4, 0),
        ("afrisenti_6lang", 13673, 42, 15),
    ],
)
def test_real_tables_are_described(
    shared_data: Path, home: Path, name: str, samples: int, leaks: int, conflicts: int
) -> None:
    result = described(shared_data / "text" / name, home=home)

    assert result.report.modality is Modality.TEXT
    assert (result.report.samples, result.report.unreadable) == (samples, 0)
    assert (result.report.leaks.exact, result.report.label_conflicts) == (leaks, conflicts)
