"""Tables of labelled samples: what is read, what is guessed, and one sentence for what is wrong."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from drawn_dataset import draw, png
from written_table import read_tables, texts, write_table

from automl_tl.data.survey import Survey
from automl_tl.domain.dataset import Modality, Split
from automl_tl.errors import DatasetRefused


def read(path: Path, **columns: str) -> Survey:
    return read_tables(path, **columns)


def labels(found: Survey) -> list[str]:
    return [sample.label for sample in found.samples]


def reasons(found: Survey) -> dict[str, str]:
    assert found.rejected == found.unreadable
    return {rejected.path: rejected.reason for rejected in found.rejected}


def test_tables_named_after_splits_are_those_splits(tmp_path: Path) -> None:
    write_table(tmp_path / "Train.csv", texts(3))
    write_table(tmp_path / "dev.jsonl", texts(2, first=10))
    write_table(tmp_path / "test-00000-of-00002.parquet", texts(2, first=20))
    write_table(tmp_path / "test-00001-of-00002.parquet", texts(2, first=30))
    (tmp_path / "README.md").write_text("x")

    found = read(tmp_path)

    assert [(sample.path, sample.given) for sample in found.samples] == [
        *((f"Train.csv:{n}", Split.TRAIN) for n in (2, 3, 4)),
        *((f"dev.jsonl:{n}", Split.VALIDATION) for n in (1, 2)),
        *((f"test-0000{i}-of-00002.parquet:{n}", Split.TEST) for i in (0, 1) for n in (1, 2)),
    ]
    assert found.modality is Modality.TEXT


def test_columns_say_group_split_and_slice(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "id,text,label,split,who,where\n1,a,x,train,ann,at home\n2,b,y,Dev,bob,\n3,c,x,,,at work\n"
    )

    found = read(tmp_path / "t.csv", group="who", slice="where")

    assert [(s.given, s.group, s.slice) for s in found.samples] == [
        (Split.TRAIN, "ann", "at home"),
        (Split.VALIDATION, "bob", None),
        (None, None, "at work"),
    ]
    assert found.notes == (
        "columns were guessed: texts from column text, labels from column label, splits from column split",
    )
    assert read(tmp_path / "t.csv", input="where", label="label", split="split").samples[0].size == len(
        "at home"
    )


def test_a_table_of_files_is_read_by_what_the_files_are(tmp_path: Path) -> None:
    names = ["a b.png", "new\nline.png", "слон.png", "فيل🐘.png"]
    (tmp_path / "pictures").mkdir()
    for i, name in enumerate(names):
        (tmp_path / "pictures" / name).write_bytes(png(i))
    write_table(tmp_path / "labels.csv", [(f"pictures/{n}", "x") for n in names], columns=("image", "class"))

    found = read(tmp_path)

    assert found.modality is Modality.IMAGE
    assert {sample.path for sample in found.samples} == {f"pictures/{name}" for name in names}
    assert all(sample.column is None for sample in found.samples)
    assert found.notes == ("columns were guessed: files from column image, labels from column class",)


def test_files_outside_of_the_folder_are_never_read(tmp_path: Path) -> None:
    data = draw(tmp_path / "data", {"in": 2})
    (tmp_path / "out.png").write_bytes(png(9))
    (data / "link.png").symlink_to(tmp_path / "out.png")
    inside = data / "in/000.png"
    cells = [
        "in/001.png",
        str(inside),
        "../out.png",
        str(tmp_path / "out.png"),
        "link.png",
        "gone.png",
        "in",
        "",
        "x\0",
    ]
    rows = [json.dumps({"file": cell, "label": "x"}) for cell in cells]
    (data / "t.jsonl").write_text("\n".join(rows))

    found = read(data / "t.jsonl")

    assert [sample.path for sample in found.samples] == ["in/000.png", "in/001.png"]
    leads_out = "which leads out of the dataset's folder"
    assert reasons(found) == {
        "t.jsonl:3": f"names '../out.png', {leads_out}",
        "t.jsonl:4": f"names '{tmp_path}/out.png', {leads_out}",
        "t.jsonl:5": f"names 'link.png', {leads_out}",
        "t.jsonl:6": "names 'gone.png', which does not exist",
        "t.jsonl:7": "names 'in', which is no file",
        "t.jsonl:8": "has no file, but a file was expected",
        "t.jsonl:9": "names 'x\\x00', which is no name of a file: embedded null byte",
    }


def test_unreadable_files_are_told_with_the_row_that_names_them(tmp_path: Path) -> None:
    draw(tmp_path, {"p": 2})
    (tmp_path / "p/001.png").write_bytes(png(1)[:-30])
    write_table(tmp_path / "t.csv", [("p/000.png", "x"), ("p/001.png", "y")], columns=("path", "label"))

    found = read(tmp_path)

    assert list(reasons(found)) == ["t.csv:3"]
    assert reasons(found)["t.csv:3"].startswith("names p/001.png, which breaks off")


def test_class_folders_beside_a_table_stay_the_dataset_unless_it_names_their_files(tmp_path: Path) -> None:
    draw(tmp_path, {"cat": 2, "dog": 2})
    notes = tmp_path / "notes.csv"
    write_table(notes, [("who drew this?", "ann")])

    assert labels(read(tmp_path)) == ["cat", "cat", "dog", "dog"]
    assert labels(read(tmp_path, input="text", label="label")) == ["ann"]
    write_table(notes, [("cat/000.png", "ann")], columns=("file", "who"))
    assert labels(read(tmp_path)) == ["ann"]


CELLS = [
    ("1.0", "1"),
    ("1", "1"),
    ("-2.00", "-2"),
    ("1.5", "1.5"),
    (" ham ", "ham"),
    ("e\u0301", "\u00e9"),
    ("none", "none"),
    ("NA", "NA"),
    ("", None),
    (" ", None),
    ("nan", None),
    ("NaN", None),
    ("<NA>", None),
]


@pytest.mark.parametrize(("cell", "label"), CELLS)
def test_labels_are_what_people_mean(tmp_path: Path, cell: str, label: str | None) -> None:
    write_table(tmp_path / "t.csv", [("one", "a"), ("two", cell)])

    found = read(tmp_path)

    assert labels(found) == ["a", *([label] if label is not None else [])]
    if label is None:
        shown = "nothing" if not cell else repr(cell)
        assert reasons(found) == {"t.csv:3": f"has {shown} in column label, but a class was expected"}


def test_typed_labels_and_texts_are_told_apart(tmp_path: Path) -> None:
    cells = [("a", 1.0), ("b", 2), ("c", True), ("d", None), ("e", [1]), (5, "x"), (None, "x"), (" ", "x")]
    lines = [json.dumps({"text": text, "label": label}) for text, label in cells]
    lines += ['{"text": "f", "label": NaN}', '{"text": "\\ud800", "label": "x"}', '{"label": "x"}']
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    table = pa.table({"text": ["a", "b", "c"], "label": pa.array([1.0, None, float("nan")])})
    pa.parquet.write_table(table, tmp_path / "t.parquet")

    found = read(tmp_path / "t.jsonl")

    assert labels(found) == ["1", "2", "true"]
    assert reasons(found) == {
        "t.jsonl:4": "has nothing in column label, but a class was expected",
        "t.jsonl:5": "has [1] in column label, but a class was expected",
        "t.jsonl:6": "has a cell in column text that is 5, but a text was expected",
        "t.jsonl:7": "has a cell in column text that is missing",
        "t.jsonl:8": "has a cell in column text that is empty",
        "t.jsonl:9": "has nan in column label, but a class was expected",
        "t.jsonl:10": "has a cell in column text that has half a character (a lone surrogate)",
        "t.jsonl:11": "has a cell in column text that is missing",
    }
    assert labels(read(tmp_path / "t.parquet")) == ["1"]


def test_rows_that_cannot_be_read_are_told_and_the_others_go_on(tmp_path: Path) -> None:
    rows = [
        b"\xef\xbb\xbftext,label",  # with a byte order mark, as Excel writes
        b"good,x",
        b"caf\xe9,x",  # Latin-1
        b"one,two,x",
        b"alone",
        b"",
        b",",
        b'"said "no"",x',
        '"two\nlines, 🙂 سلام",y'.encode(),
        b"last,y",
    ]
    (tmp_path / "t.csv").write_bytes(b"\r\n".join(rows))

    found = read(tmp_path)

    assert [sample.path for sample in found.samples] == ["t.csv:2", "t.csv:9", "t.csv:10"]
    assert reasons(found) == {
        "t.csv:3": "(line 3) is not UTF-8: it has the byte 0xe9, as Latin-1 and other encodings do",
        "t.csv:4": "(line 4) has more cells than the header's 2: 3",
        "t.csv:5": "(line 5) has fewer cells than the header's 2: 1",
        "t.csv:8": "(line 8) has a quotation mark inside a quoted cell that is not doubled",
    }


def test_a_long_text_is_one_sample(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", [("long " * 400_000, "x"), ("short", "y")])

    assert [sample.size for sample in read(tmp_path).samples] == [2_000_000, 5]


REFUSED = [
    (b"", "t.csv has no rows"),
    (b"text,label\n", "t.csv has no rows"),
    (b"text,label,text\na,b,c\n", "two columns of one name, 'text'"),
    ("text,label\na,b\n".encode("utf-16"), "t.csv is UTF-16, but a table is expected to be UTF-8"),
    ("text,label\na,b\n".encode("utf-16-le"), "not text in UTF-8, as a table is expected to be: it has zero"),
    (b"caf\xe9,label\na,b\n", "the header of .* is not UTF-8: it has the byte 0xe9"),
    (b'text,label\na,b\n"c,d\ne,f\n', "line 3 of .* opens a quotation mark that is never closed"),
    (
        b"a,b,c\n1,2,3\n",
        r"columns \(a, b, c\) is known to be the text or the file: name one with --input-column",
    ),
    (b"text,b,c\n1,2,3\n", r"columns \(text, b, c\) is known to be the label: name one with --label-column"),
    (b"text,label\na\nb\n", r"row 2 of .* \(line 2\) has fewer cells than the header's 2: 1"),
]


@pytest.mark.parametrize(("content", "sentence"), REFUSED)
def test_a_table_that_cannot_be_read_at_all_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)

    with pytest.raises(DatasetRefused, match=sentence):
        read(tmp_path / "t.csv")


def test_columns_that_are_not_there_are_refused(tmp_path: Path) -> None:
    write_table(tmp_path / "train.csv", texts(2))
    write_table(tmp_path / "test.csv", texts(2), columns=("text", "class"))

    with pytest.raises(DatasetRefused, match=r"train\.csv has no column who: its columns are text, label"):
        read(tmp_path, group="who")
    with pytest.raises(DatasetRefused, match=r"test\.csv has no column label: its columns are text, class"):
        read(tmp_path)
    with pytest.raises(DatasetRefused, match=r"columns are named, but .* holds no table \(\.arrow, \.csv"):
        read(draw(tmp_path / "pictures", {"cat": 1}), label="label")


def test_splits_that_nobody_knows_are_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,label,fold\na,x,train\nb,x,holdout\n")

    found = read(tmp_path, split="fold")

    assert reasons(found)["t.csv:3"].startswith(
        "has 'holdout' in column fold, but one of train, training, val"
    )


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow"])
def test_a_broken_columnar_table_is_refused(tmp_path: Path, name: str) -> None:
    write_table(tmp_path / name, texts(40))
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-40])

    with pytest.raises(DatasetRefused, match=rf"{name} cannot be read as a table: "):
        read(tmp_path / name)


def test_folders_of_text_files_are_texts(tmp_path: Path) -> None:
    for name, data in {
        "a/1.txt": b"one",
        "a/2.txt": b"",
        "b/1.txt": b"caf\xe9",
        "b/2.txt": "سلام".encode(),
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)

    found = read(tmp_path)

    assert (found.modality, [sample.path for sample in found.samples]) == (
        Modality.TEXT,
        ["a/1.txt", "b/2.txt"],
    )
    assert reasons(found) == {"a/2.txt": "is empty", "b/1.txt": "is not UTF-8: byte 3 is 0xe9"}
