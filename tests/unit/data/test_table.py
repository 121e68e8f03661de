from pathlib import Path

import pytest

from automl_tl.data.rows import is_table
from automl_tl.data.table import open_table
from automl_tl.errors import RequestError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.png").write_bytes(b"a")
    return tmp_path


def write(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text", "column"),
    [
        ("t.csv", "nr,path\n1,a.png\n", "path"),
        ("t.csv", "nr;Image\n1;a.png\n", "Image"),
        ("t.tsv", "who\twhere\nx\ta.png\n", "where"),
        ("t.csv", "whatever\nnowhere.png\n", "whatever"),
        ("t.csv", "\ufefffile,image\nx.png,a.png\n", "image"),
        ("t.jsonl", '{"nr": 1, "photo": "a.png"}\n\n{"nr": 2, "photo": null}\n', "photo"),
    ],
)
def test_the_column_of_paths_is_guessed_where_it_is_obvious(
    folder: Path, name: str, text: str, column: str
) -> None:
    table = open_table(write(folder, text, name))

    assert is_table(table.path)
    assert table.input_column == column
    first = next(iter(table.records()))
    assert table.file_of(first) == folder / str(first[column])


def test_label_columns_are_guessed_and_named(folder: Path) -> None:
    named = write(folder, "path,class,weight\na.png,cat,2\n")
    two = write(folder, "path,kind\na.png,cat\n", "two.csv")

    assert open_table(named, labelled=True).label_column == "class"
    table = open_table(two, labelled=True)
    assert [table.label_of(record) for record in table.records()] == ["cat"]
    assert open_table(named, labelled=True, label_column="weight").label_column == "weight"


@pytest.mark.parametrize(
    ("name", "text", "options", "words"),
    [
        ("t.csv", "", {}, "has no rows"),
        ("t.csv", "path,label\n", {}, "has no rows"),
        ("t.csv", "a,b\n1,2\n", {}, r"columns \(a, b\) is known to name files"),
        ("t.csv", "path,a\nx,2\n", {"input_column": "file"}, "no column file: its columns are path, a"),
        ("t.csv", "path,a,b\nx,2,3\n", {"labelled": True}, r"columns \(a, b\) is known to be the label"),
        ("t.csv", "path,path\nx,2\n", {}, "two columns of one name"),
        ("t.csv", "path\nx,2\n", {}, "row 2 of .* has more cells than the header's 1"),
        ("t.jsonl", '{"path": "x"}\nnonsense\n', {}, "row 2 of .* is not JSON"),
        ("t.jsonl", "[1]\n", {}, "row 1 of .* is no JSON object"),
    ],
)
def test_what_is_wrong_with_a_table_is_one_sentence(
    folder: Path, name: str, text: str, options: dict[str, str], words: str
) -> None:
    path = write(folder, text, name)

    with pytest.raises(RequestError, match=words):
        open_table(path, **options)


def test_a_table_that_is_no_text_or_not_there_is_named(folder: Path) -> None:
    (folder / "p.csv").write_bytes(b"\x89PNG\r\n\xff\xfe")

    with pytest.raises(RequestError, match="is not UTF-8: it has the byte 0x89"):
        open_table(folder / "p.csv")
    with pytest.raises(RequestError, match="there is no file"):
        open_table(folder / "gone.csv")
