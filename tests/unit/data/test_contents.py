"""Samples' bytes come in the order asked for, from files and tables alike, or the dataset changed."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from drawn_dataset import draw
from written_table import read_tables, texts, write_table

from automl_tl.data.contents import content, contents
from automl_tl.data.folder import survey
from automl_tl.errors import DatasetChanged

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet", ".arrow")


@pytest.mark.parametrize("suffix", FORMATS)
def test_texts_come_as_they_were_written_whatever_the_table(tmp_path: Path, suffix: str) -> None:
    rows = texts(40)
    found = read_tables(write_table(tmp_path / f"t{suffix}", rows))

    read = list(contents(found.root, found.samples))

    assert [data.decode() for data in read] == [text for text, _ in rows]


@pytest.mark.parametrize("suffix", FORMATS)
def test_any_order_and_any_part_can_be_asked_for(tmp_path: Path, suffix: str) -> None:
    write_table(tmp_path / f"train{suffix}", texts(30))
    write_table(tmp_path / f"test{suffix}", texts(10, first=100))
    found = read_tables(tmp_path)
    asked = [*found.samples[33:], *reversed(found.samples[:20:3]), found.samples[5], found.samples[5]]

    read = list(contents(found.root, asked))

    assert [hashlib.sha256(data).hexdigest() for data in read] == [sample.sha256 for sample in asked]
    assert content(found.root, found.samples[7]) == next(contents(found.root, found.samples[7:]))


def test_files_come_in_order_too(tmp_path: Path) -> None:
    found = survey(draw(tmp_path, {"cat": 40, "dog": 40}))

    read = list(contents(found.root, found.samples))

    assert read == [(tmp_path / sample.path).read_bytes() for sample in found.samples]


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_changed_or_shortened_table_is_noticed(tmp_path: Path, suffix: str) -> None:
    path, rows = tmp_path / f"t{suffix}", texts(20)
    found = read_tables(write_table(path, rows))

    write_table(path, [*rows[:9], ("other", "ham"), *rows[10:]])
    with pytest.raises(DatasetChanged, match=rf"the row t\{suffix}:\d+ changed while the job was running"):
        list(contents(found.root, found.samples))
    write_table(path, rows[:9])
    with pytest.raises(DatasetChanged, match="but is no more"):
        list(contents(found.root, found.samples))
    path.unlink()
    with pytest.raises(DatasetChanged, match="there is no file"):
        content(found.root, found.samples[0])


def test_a_changed_or_lost_file_is_noticed(tmp_path: Path) -> None:
    found = survey(draw(tmp_path, {"cat": 2, "dog": 2}))

    with pytest.raises(DatasetChanged, match="changed while the job was running"):
        list(contents(found.root, [replace(found.samples[0], sha256=found.samples[1].sha256)]))
    (tmp_path / found.samples[3].path).unlink()
    with pytest.raises(DatasetChanged, match="could be read when the job was submitted"):
        list(contents(found.root, found.samples))
