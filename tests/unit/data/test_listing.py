"""A listing tells from outside whether anything of a dataset changed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from automl_tl.data.listing import listing
from automl_tl.domain.dataset import Columns, DatasetSource


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "flowers"
    for label in ("daisy", "rose"):
        (root / label).mkdir(parents=True)
        for number in range(3):
            (root / label / f"{number}.png").write_bytes(b"12345678")
    return root


def seen(path: Path, **columns: str) -> str | None:
    return listing(DatasetSource(path=str(path), columns=Columns(**columns)))


def rewritten_with_its_old_date(root: Path) -> None:
    """As ``cp -p`` does it: same name, same size, same time of modification, other bytes."""
    file = root / "rose" / "0.png"
    before = file.stat()
    file.write_bytes(b"87654321")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a new file": lambda root: (root / "rose" / "9.png").write_bytes(b"1"),
    "a file gone": lambda root: (root / "rose" / "0.png").unlink(),
    "a file renamed": lambda root: (root / "rose" / "0.png").rename(root / "rose" / "7.png"),
    "a file under another label": lambda root: (root / "rose" / "0.png").rename(root / "daisy" / "7.png"),
    "other bytes of another size": lambda root: (root / "rose" / "0.png").write_bytes(b"123"),
    "other bytes under the old date": rewritten_with_its_old_date,
    "a folder gone": lambda root: shutil.rmtree(root / "rose"),
}


def test_what_nobody_touched_looks_the_same(folder: Path) -> None:
    assert seen(folder) == seen(folder) is not None


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_shows(folder: Path, change: str) -> None:
    before = seen(folder)

    CHANGES[change](folder)

    assert seen(folder) not in (None, before)


def test_a_link_to_nowhere_is_part_of_it(folder: Path) -> None:
    before = seen(folder)

    (folder / "rose" / "9.png").symlink_to("nowhere.png")

    assert seen(folder) not in (None, before)


def test_an_archive_is_one_file(tmp_path: Path, folder: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "flowers"), "zip", folder))
    before = seen(archive)
    assert before is not None

    archive.write_bytes(archive.read_bytes() + b" ")

    assert seen(archive) not in (None, before)


def test_a_lone_table_of_texts_is_whole_and_one_that_names_files_is_not(tmp_path: Path) -> None:
    texts, files = tmp_path / "texts.csv", tmp_path / "files.csv"
    texts.write_text("text,label\nall is well,a\nnothing is,b\n")
    files.write_text("file,label\none.png,a\ntwo.png,b\n")

    assert seen(texts) is not None
    assert seen(files) is None
    assert seen(tmp_path / "files.csv", input="file") is None


@pytest.mark.parametrize("name", ["nowhere", "nowhere.csv", "nowhere.zip"])
def test_nothing_cannot_be_told(tmp_path: Path, name: str) -> None:
    assert seen(tmp_path / name) is None
