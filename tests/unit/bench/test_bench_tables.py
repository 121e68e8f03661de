from pathlib import Path

from automl_tl.bench import manifests, tables


def test_a_drawn_table_is_read_checked_split_and_read_again(tmp_path: Path) -> None:
    tables.write(tmp_path / "t.csv", rows=200, characters=40)

    found = tables.measured(tmp_path / "t.csv", tmp_path / "home", 200, 40)

    assert (found.rows, found.characters) == (200, 40)
    assert 200 * 40 < 2**20 * found.table_megabytes < 200 * 200
    assert 0 < found.contents_seconds < found.describe_seconds
    assert found.peak_megabytes > 10


def test_rows_are_checked_split_and_frozen_without_their_copies() -> None:
    found = manifests.run(rows=2_000)

    assert found["rows"] == 2_000  # copies on one side are no leak
    assert found["check_and_split"] == found["check"] + found["split"] > 0
