"""How many samples a dataset seems to have is told by rows and names."""

import shutil
from pathlib import Path

import pytest
from drawn_dataset import draw
from saved_dataset import save_dict
from written_table import texts, write_table

from automl_tl.data.counting import count_samples, seen_modality
from automl_tl.domain.dataset import Columns, Modality
from automl_tl.errors import RequestError


def pictures(folder: Path) -> Path:
    (draw(folder, {"train/cat": 3, "train/dog": 2, "test/cat": 1}) / "notes.pdf").write_text("x")
    return folder


def tables(folder: Path) -> Path:
    write_table(folder / "train.csv", [(f"text {i}", "a") for i in range(5)])
    write_table(folder / "test.tsv", [("text", "a")])
    return folder


def listed(folder: Path) -> Path:
    draw(folder, {"pictures": 9})
    write_table(
        folder / "labels.csv", [(f"pictures/00{i}.png", "a") for i in range(6)], columns=("file", "label")
    )
    return folder


@pytest.mark.parametrize("made", [pictures, tables, listed])
def test_folders_and_archives_of_them_are_counted(tmp_path: Path, made) -> None:  # type: ignore[no-untyped-def]
    folder = made(tmp_path / "data")

    packed = shutil.make_archive(str(tmp_path / "packed"), "gztar", folder)

    assert count_samples(folder, columns=Columns()) == 6
    if made is not listed:  # of an archive nobody knows which files its table names
        assert count_samples(Path(packed), columns=Columns()) in (6, 8)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_table_has_as_many_as_rows(tmp_path: Path, suffix: str) -> None:
    assert count_samples(write_table(tmp_path / f"t{suffix}", texts(11)), columns=Columns()) == 11


def test_a_saved_dataset_has_as_many_as_the_rows_of_its_splits(tmp_path: Path) -> None:
    cells = {"text": ["a", "b", "c"], "label": [0, 1, 0]}
    splits = {"train": cells, "test": cells, "other": cells}
    saved = save_dict(tmp_path / "saved", splits, features={"text": {"_type": "Value"}}, shards=2)

    assert count_samples(saved, columns=Columns()) == 6


def test_what_a_folder_or_table_seems_to_hold_is_told_without_opening_samples(tmp_path: Path) -> None:
    table = write_table(tmp_path / "texts.csv", texts(11))
    sounds = tmp_path / "sounds" / "a"
    sounds.mkdir(parents=True)
    (sounds / "x.wav").write_bytes(b"")

    assert seen_modality(pictures(tmp_path / "data"), columns=Columns()) is Modality.IMAGE
    assert seen_modality(sounds.parent, columns=Columns()) is Modality.AUDIO
    assert seen_modality(table, columns=Columns()) is Modality.TEXT
    assert seen_modality(tables(tmp_path / "tables"), columns=Columns()) is Modality.TEXT
    assert seen_modality(listed(tmp_path / "listed"), columns=Columns()) is None  # its files would tell


def test_parquet_inside_an_archive_is_not_guessed(tmp_path: Path) -> None:
    write_table(tmp_path / "data/train.parquet", texts(3))
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "data")

    with pytest.raises(RequestError, match=r"train\.parquet are counted once packed\.zip is unpacked"):
        count_samples(Path(packed), columns=Columns())
