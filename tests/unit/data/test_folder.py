"""Folders of class folders are read once, whatever else lies in them."""

import hashlib
import os
from collections import Counter
from pathlib import Path

import pytest
from drawn_dataset import draw, png

from automl_tl.data.folder import survey
from automl_tl.data.image import IMAGE
from automl_tl.data.survey import Survey
from automl_tl.domain.dataset import Split
from automl_tl.errors import DatasetRefused


def read(root: Path, *, threads: int | None = None) -> Survey:
    return survey(root, reader=IMAGE, threads=threads)


def reasons(found: Survey) -> dict[str, str]:
    return {rejected.path: rejected.reason for rejected in found.rejected}


def test_class_folders_become_labels(tmp_path: Path) -> None:
    draw(tmp_path, {"cat": 3, "dog": 2})

    found = read(tmp_path)

    assert Counter(sample.label for sample in found.samples) == {"cat": 3, "dog": 2}
    assert {sample.given for sample in found.samples} == {None}
    first = found.samples[0]
    data = (tmp_path / "cat/000.png").read_bytes()
    assert (first.path, first.size, first.sha256) == (
        "cat/000.png",
        len(data),
        hashlib.sha256(data).hexdigest(),
    )
    assert found.rejected == ()


@pytest.mark.parametrize("name", ["val", "VAL", "valid", "dev", "Validation"])
def test_folders_above_the_classes_become_splits(tmp_path: Path, name: str) -> None:
    draw(tmp_path, {"Train/cat": 2, f"{name}/cat": 1, "TEST/cat": 1, "Train/dog": 1})

    given = {sample.path: sample.given for sample in read(tmp_path).samples}

    assert given == {
        "TEST/cat/000.png": Split.TEST,
        "Train/cat/000.png": Split.TRAIN,
        "Train/cat/001.png": Split.TRAIN,
        "Train/dog/000.png": Split.TRAIN,
        f"{name}/cat/000.png": Split.VALIDATION,
    }


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    draw(tmp_path, {"train": 2, "bus": 2, "test": 2})

    found = read(tmp_path)

    assert {sample.label for sample in found.samples} == {"train", "bus", "test"}
    assert {sample.given for sample in found.samples} == {None}


def test_folders_within_a_class_belong_to_it(tmp_path: Path) -> None:
    draw(tmp_path, {"cat/persian/old": 2, "cat": 1, "dog": 1})

    assert Counter(sample.label for sample in read(tmp_path).samples) == {"cat": 3, "dog": 1}


def test_strange_names_are_names(tmp_path: Path) -> None:
    names = ["with space.png", "new\nline.png", "猫.png", "🐈.png", "قط.png", "quo'\"te.png", "trailing .png"]
    (tmp_path / "ca t\n").mkdir()
    for i, name in enumerate(names):
        (tmp_path / "ca t\n" / name).write_bytes(png(i))

    found = read(tmp_path)

    assert {sample.path for sample in found.samples} == {f"ca t\n/{name}" for name in names}
    assert {sample.label for sample in found.samples} == {"ca t\n"}


def test_label_is_the_same_however_its_accent_is_written(tmp_path: Path) -> None:
    draw(tmp_path, {"train/caf\u00e9": 1, "test/cafe\u0301": 1})

    assert {sample.label for sample in read(tmp_path).samples} == {"caf\u00e9"}


def test_name_that_is_no_text_is_rejected(tmp_path: Path) -> None:
    draw(tmp_path, {"cat": 1})
    (tmp_path / "cat" / os.fsdecode(b"caf\xe9.png")).write_bytes(png(7))

    found = read(tmp_path)

    assert len(found.samples) == 1
    assert reasons(found) == {"cat/caf\\udce9.png": "has a name that is not valid UTF-8"}


def test_hidden_files_are_ignored(tmp_path: Path) -> None:
    draw(tmp_path, {"cat": 1, ".git/objects": 1, "__MACOSX/cat": 1})
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "cat/.hidden.png").write_bytes(b"x")
    (tmp_path / "cat/Thumbs.db").write_bytes(b"x")

    found = read(tmp_path)

    assert len(found.samples) == 1
    assert found.rejected == ()


def test_what_is_no_sample_is_rejected_with_its_reason(tmp_path: Path) -> None:
    outside = draw(tmp_path / "outside", {"secret": 1})
    root = draw(tmp_path / "data", {"train/cat": 3, "train/dog": 1, "extra/cat": 1})
    (root / "readme.txt").write_text("about")
    (root / "train/labels.csv").write_text("a,b")
    (root / "train/cat/notes.txt").write_text("not a picture")
    (root / "train/cat/empty.png").touch()
    (root / "train/cat/cut.png").write_bytes(png(99)[:-40])
    (root / "train/cat/text.jpg").write_text("hello")
    (root / "train/cat/out.png").symlink_to(outside / "secret/000.png")
    (root / "train/cat/gone.png").symlink_to("absent.png")
    (root / "train/cat/folder").symlink_to(root / "train/dog")
    (root / "train/bird").symlink_to(outside / "secret")
    os.mkfifo(root / "train/cat/pipe.png")

    found = read(root)

    assert len(found.samples) == 4
    assert reasons(found) == {
        "extra": "stands beside train and test, but in neither",
        "readme.txt": "stands beside train and test, but in neither",
        "train/bird": "lies in no class folder",
        "train/cat/cut.png": found.unreadable[0].reason,
        "train/cat/empty.png": "is empty",
        "train/cat/folder": "is a link to a folder; only links to files are followed",
        "train/cat/gone.png": "is a link to a file that does not exist",
        "train/cat/notes.txt": "is not a picture",
        "train/cat/out.png": "is a link that leads out of the dataset's folder",
        "train/cat/pipe.png": "is neither a file nor a folder",
        "train/cat/text.jpg": "is not a picture in a format that can be read",
        "train/labels.csv": "lies in no class folder",
    }
    assert [r.path for r in found.unreadable] == [
        "train/cat/cut.png",
        "train/cat/empty.png",
        "train/cat/text.jpg",
    ]
    assert found.unreadable[0].reason.startswith("breaks off or is damaged")


def test_links_to_files_inside_are_followed(tmp_path: Path) -> None:
    draw(tmp_path, {"cat": 1, "dog": 1})
    (tmp_path / "cat/link.png").symlink_to("000.png")

    by_path = {sample.path: sample.sha256 for sample in read(tmp_path).samples}

    assert by_path["cat/link.png"] == by_path["cat/000.png"]


def test_root_may_itself_be_a_link(tmp_path: Path) -> None:
    draw(tmp_path / "data", {"cat": 1, "dog": 1})
    (tmp_path / "link").symlink_to("data")

    found = read(tmp_path / "link")

    assert found.root == (tmp_path / "data").resolve()
    assert len(found.samples) == 2


def test_threads_change_nothing(tmp_path: Path) -> None:
    draw(tmp_path, {"cat": 40, "dog": 60})
    (tmp_path / "cat/broken.png").write_bytes(b"broken")

    assert read(tmp_path, threads=1) == read(tmp_path, threads=7)


def test_file_too_large_to_be_a_sample_is_not_read(tmp_path: Path) -> None:
    draw(tmp_path, {"cat": 1, "dog": 1})
    with (tmp_path / "cat/huge.png").open("wb") as file:
        file.truncate(2**40)

    assert reasons(read(tmp_path)) == {
        "cat/huge.png": "has 1,099,511,627,776 bytes, but a picture has at most 536,870,912"
    }


@pytest.mark.parametrize(
    ("layout", "sentence"),
    [
        (None, "there is no "),
        ({}, "is empty, but a folder of class folders was expected"),
        ({"a.png": b"x"}, "has no file in a class folder"),
        ({"cat/.hidden": b"x"}, "has no file in a class folder"),
    ],
)
def test_nothing_to_read_is_refused(tmp_path: Path, layout: dict[str, bytes] | None, sentence: str) -> None:
    root = tmp_path / "data"
    for name, data in (layout or {}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    if layout == {}:
        root.mkdir()

    with pytest.raises(DatasetRefused, match=sentence) as caught:
        read(root)

    assert str(root) in str(caught.value)


def test_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b")

    with pytest.raises(DatasetRefused, match=r"data\.csv is a file, but a folder of class folders"):
        read(tmp_path / "data.csv")
