"""A row taken out of a table leaves every other row as it was, and where it was."""

from pathlib import Path

import pytest
from saved_dataset import save
from written_table import read_tables, texts, write_table

from automl_tl.data.blanking import blank
from automl_tl.data.contents import contents


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet", ".arrow"])
def test_the_other_rows_keep_their_numbers_and_contents(tmp_path: Path, suffix: str) -> None:
    table = write_table(tmp_path / f"t{suffix}", texts(30))
    before = read_tables(table)
    gone = [before.samples[i] for i in (0, 6, 29)]
    secrets = list(contents(before.root, gone))
    assert any(secret in table.read_bytes() for secret in secrets)

    for _ in range(2):  # done again, it does no harm
        blank(table, [int(sample.path.rpartition(":")[2]) for sample in gone])

    after = read_tables(table)
    assert list(after.samples) == [sample for sample in before.samples if sample not in gone]
    assert after.rejected == ()
    assert not any(secret in table.read_bytes() for secret in secrets)


def test_what_cannot_be_read_is_copied_and_line_breaks_stay(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_bytes(b'text,label\r\n"a\nb",x\r\ncaf\xe9,x\r\n"no"t,x\r\ngone,y\r\nlast,y')

    blank(table, [5])

    assert table.read_bytes() == b'text,label\r\n"a\nb",x\r\ncaf\xe9,x\r\n"no"t,x\r\n\nlast,y'


def test_cells_that_hold_files_are_emptied_with_their_rows(tmp_path: Path) -> None:
    features = {"image": {"_type": "Image"}, "label": {"names": ["a", "b"], "_type": "ClassLabel"}}
    cells = [{"bytes": f"picture {i}".encode(), "path": None} for i in range(4)]
    saved = save(tmp_path / "saved", {"image": cells, "label": [0, 1, 0, 1]}, features=features)
    (table,) = saved.glob("*.arrow")

    blank(table, [2])

    assert b"picture 1" not in table.read_bytes()
    assert [r.path.rpartition(":")[2] for r in read_tables(saved).rejected] == ["1", "3", "4"]  # no pictures


def test_a_table_that_is_gone_stays_gone(tmp_path: Path) -> None:
    blank(tmp_path / "gone.csv", [2])

    assert not (tmp_path / "gone.csv").exists()
