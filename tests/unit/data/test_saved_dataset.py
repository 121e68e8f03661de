"""Hugging Face datasets saved on disk are read from their tables and their JSON alone."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from drawn_dataset import draw, png
from saved_dataset import FILE, save, save_dict
from written_table import read_tables

from automl_tl.data.contents import contents
from automl_tl.data.embedded import Embedded
from automl_tl.data.folder import survey
from automl_tl.data.source import read_source
from automl_tl.domain.dataset import Columns, Modality, Split
from automl_tl.errors import DatasetRefused

TEXTS = {
    "text": {"dtype": "string", "_type": "Value"},
    "label": {"names": ["ham", "spam"], "_type": "ClassLabel"},
}
IMAGES = {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}


def pictures(count: int, *, first: int = 0) -> dict[str, list[Any]]:
    return {
        "image": [{"bytes": png(first + i), "path": f"{i}.png" if i % 2 else None} for i in range(count)],
        "label": [i % 2 for i in range(count)],
    }


def test_splits_and_names_of_classes_are_those_of_the_dataset(tmp_path: Path) -> None:
    splits = {
        "train": {"text": ["a", "b", "c"], "label": [0, 1, -1]},
        "test": {"text": ["d", "e"], "label": [1, 2]},
        "unsupervised": {"text": ["f"], "label": [-1]},
    }

    found = read_tables(save_dict(tmp_path / "saved", splits, features=TEXTS))

    assert [(s.label, s.given) for s in found.samples] == [
        ("spam", Split.TEST),
        ("ham", Split.TRAIN),
        ("spam", Split.TRAIN),
    ]
    assert [data.decode() for data in contents(found.root, found.samples)] == ["d", "a", "b"]
    assert {rejected.path: rejected.reason for rejected in found.unreadable} == {
        "test/data-00000-of-00001.arrow:2": "has 2 in column label, but a class was expected",
        "train/data-00000-of-00001.arrow:3": "has -1 in column label, but a class was expected",
    }
    assert found.notes[0] == "the split unsupervised was left out: it is neither train, validation nor test"


def test_a_dataset_without_splits_may_lie_in_several_tables(tmp_path: Path) -> None:
    cells = {"text": [str(i) for i in range(7)], "label": [i % 2 for i in range(7)]}

    found = read_tables(save(tmp_path / "saved", cells, features=TEXTS, shards=3))

    assert [data.decode() for data in contents(found.root, found.samples)] == cells["text"]
    assert {sample.given for sample in found.samples} == {None}


def test_pictures_in_cells_are_those_of_a_folder(tmp_path: Path) -> None:
    folder = survey(draw(tmp_path / "folder", {"any": 6}))
    saved = save(tmp_path / "saved", pictures(6), features=IMAGES)

    found, again = read_tables(saved), read_tables(saved)

    assert found == again
    assert found.modality is Modality.IMAGE
    assert {s.sha256 for s in found.samples} == {s.sha256 for s in folder.samples}
    assert {s.label for s in found.samples} == {"cat", "dog"}
    assert found.samples[0].path == "data-00000-of-00001.arrow/1.png"
    assert list(contents(found.root, found.samples)) == [png(i) for i in range(6)]
    assert found.root.parent == tmp_path / "saved.datasets"


def test_parquet_with_pictures_brings_its_names_of_classes(tmp_path: Path) -> None:
    cells = pictures(4)
    table = pa.table({"image": pa.array(cells["image"], type=FILE), "label": cells["label"]})
    told = {b"huggingface": json.dumps({"info": {"features": IMAGES}}).encode()}
    pa.parquet.write_table(table.replace_schema_metadata(told), tmp_path / "t.parquet")

    found = read_tables(tmp_path / "t.parquet")

    assert [s.label for s in found.samples] == ["cat", "dog", "cat", "dog"]


def test_cells_may_name_files_inside_the_dataset_only(tmp_path: Path) -> None:
    (tmp_path / "out.png").write_bytes(png(8))
    cells = pictures(4)
    cells["image"] += [{"bytes": None, "path": path} for path in ("in.png", "../out.png", "gone.png")]
    cells["image"] += [None, {"bytes": b"broken", "path": "x.png"}]
    saved = save(tmp_path / "saved", {**cells, "label": [0, 1] * 4 + [0]}, features=IMAGES)
    (saved / "in.png").write_bytes(png(9))

    found = read_tables(saved)

    assert len(found.samples) == 5
    assert [rejected.reason for rejected in found.unreadable] == [
        "names '../out.png', which leads out of the dataset's folder",
        "names 'gone.png', which does not exist",
        "has no file in column image",
        "has a file in column image that is not a picture in a format that can be read",
    ]


def test_files_of_an_unpacked_archive_are_laid_down_inside_it(tmp_path: Path) -> None:
    unpacked = tmp_path / "datasets" / ("a" * 64)
    save(unpacked, pictures(4), features=IMAGES)

    embedded = Embedded(datasets=tmp_path / "datasets", limit_bytes=2**20)
    found = read_source(unpacked, columns=Columns(), embedded=embedded)
    again = read_source(unpacked, columns=Columns(), embedded=embedded)

    assert found.root == unpacked / ".embedded"
    assert found == again


def test_more_bytes_than_are_allowed_are_refused(tmp_path: Path) -> None:
    saved = save(tmp_path / "saved", pictures(4), features=IMAGES)

    with pytest.raises(DatasetRefused, match="hold files of more than the 500 bytes allowed"):
        read_source(saved, columns=Columns(), embedded=Embedded(datasets=tmp_path / "d", limit_bytes=500))


def break_state(saved: Path, **change: Any) -> None:
    state = json.loads((saved / "state.json").read_text())
    (saved / "state.json").write_text(json.dumps({**state, **change}))


BROKEN = [
    ({"_data_files": [{"filename": "../other/data.arrow"}]}, "names data.arrow, but Arrow files beside it"),
    ({"_data_files": [{"filename": "state.json"}]}, "names state.json, but Arrow files beside it"),
    ({"_data_files": []}, "names no data files"),
    ({"_data_files": [{"filename": "gone.arrow"}]}, "there is no file .*gone.arrow"),
    ({"_indices_data_files": [{"filename": "i.arrow"}]}, r"save it anew after flatten_indices\(\)"),
]


@pytest.mark.parametrize(("change", "sentence"), BROKEN)
def test_a_dataset_that_is_not_whole_is_refused(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    saved = save(tmp_path / "saved", {"text": ["a", "b"], "label": [0, 1]}, features=TEXTS)
    shutil.copytree(saved, tmp_path / "other")
    break_state(saved, **change)

    with pytest.raises(DatasetRefused, match=sentence):
        read_tables(saved)
