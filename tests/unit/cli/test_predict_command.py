"""What ``predict`` prints and writes for files, folders, tables and a stream."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import colours
import pytest

from automl_tl.cli.main import main

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("predict") / "home"
    colours.furnish(home)
    return home


@pytest.fixture(autouse=True)
def _here(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOML_TL_HOME", str(home))
    monkeypatch.setenv("AUTOML_TL_REGISTRY", "folder")
    colours.draw(tmp_path / "pictures")
    monkeypatch.chdir(tmp_path)


def ask(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["predict", "colours", *words])
    return int(str(left.value.code))


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_files_and_folders_are_one_object_or_lines_or_words(capsys: Captured) -> None:
    inputs = ("pictures/red/0.png", "pictures/blue")

    assert ask(*inputs, "--json") == 0
    found = json.loads(capsys.readouterr().out)["predictions"]
    assert [row["input"] for row in found] == [
        "pictures/red/0.png",
        *(f"pictures/blue/{i}.png" for i in range(4)),
    ]
    assert {(row["version"], len(row["digest"])) for row in found} == {(1, 64)}
    assert ask(*inputs, "--jsonl") == 0
    assert lines(capsys.readouterr().out) == found
    assert ask(*inputs) == 0
    words = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert words == [[row["label"], f"{row['probability']:.4f}", row["input"]] for row in found]


def test_a_table_keeps_its_columns(capsys: Captured, tmp_path: Path) -> None:
    table = tmp_path / "pictures" / "list.csv"
    table.write_text("nr,picture\n1,red/0.png\n2,red/gone.png\n3,blue/1.png\n")

    status = ask(str(table), "--csv")

    said = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert status == 2 and "1 of the inputs could not be answered" in said.err
    assert [(row["nr"], row["picture"]) for row in rows] == [
        ("1", "red/0.png"),
        ("2", "red/gone.png"),
        ("3", "blue/1.png"),
    ]
    assert [bool(row["predicted_label"]) for row in rows] == [True, False, True]
    assert "there is no file" in rows[1]["predicted_error"]
    assert rows[0]["predicted_version"] == "1"


@pytest.mark.parametrize("name", ["out.csv", "out.tsv", "out.jsonl"])
def test_a_table_is_written_to_a_file_whole_or_not_at_all(name: str, capsys: Captured) -> None:
    Path("list.jsonl").write_text(
        '{"path": "pictures/red/0.png", "nr": 1}\n{"path": "pictures/red/9.png", "nr": 2}\n'
    )

    assert ask("list.jsonl", "--strict", "-o", name) == 2
    assert not Path(name).exists() and not list(Path().glob(".*.draft"))
    assert "there is no file" in capsys.readouterr().err
    assert ask("list.jsonl", "-o", name) == 2

    text = Path(name).read_text()
    delimiter = "\t" if name.endswith("tsv") else ","
    rows = lines(text) if name.endswith("l") else list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    assert [str(row["nr"]) for row in rows] == ["1", "2"]
    assert rows[0]["predicted_label"] in colours.CLASSES
    assert capsys.readouterr().out == ""


def test_standard_input_is_answered_line_by_line(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = ["pictures/red/0.png", "pictures/red/gone.png", "pictures/red", "pictures/blue/0.png"]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(paths) + "\n\n"))

    assert ask("-") == 2

    rows = lines(capsys.readouterr().out)
    assert [row["input"] for row in rows] == paths
    assert ["error" in row for row in rows] == [False, True, True, False]
    assert rows[1]["error"]["detail"].startswith("there is no file")


def test_strict_ends_at_the_first_that_cannot_be_answered(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("pictures/red/0.png\npictures/no.png\npictures/red/1.png\n"))

    assert ask("-", "--strict") == 2

    said = capsys.readouterr()
    assert len(lines(said.out)) == 1
    assert said.err.startswith("automl-tl: there is no file") and said.err.count("\n") == 1


def test_below_the_threshold_it_abstains(capsys: Captured) -> None:
    assert ask("pictures", "--abstain-below", "1", "--jsonl") == 0
    rows = lines(capsys.readouterr().out)
    assert ask("pictures/red/0.png", "--abstain-below", "1") == 0

    assert {(row["label"], row["abstained"]) for row in rows} == {(None, True)}
    assert {row["guess"] for row in rows} <= set(colours.CLASSES)
    assert capsys.readouterr().out.startswith("abstained (")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("gone.png",), "there is no file"),
        (("empty",), "empty holds no picture"),
        (("text.png",), "is a text, but this model expects a picture"),
        (("empty.csv",), "empty.csv has no rows"),
        (("list.csv", "--input-column", "b"), "has no column b: its columns are a"),
        (("list.csv", "text.png"), "list.csv is read alone, but 2 inputs were given"),
        (("-", "text.png"), "- is read alone"),
        (("text.png", "--input-column", "a"), "is for a table, but text.png is none"),
    ],
)
def test_bad_input_is_one_sentence(words: tuple[str, ...], sentence: str, capsys: Captured) -> None:
    Path("empty").mkdir()
    Path("text.png").write_text("hello")
    Path("empty.csv").write_text("")
    Path("list.csv").write_text("a\npictures/red/0.png\n")

    assert ask(*words) == 2
    said = capsys.readouterr()
    assert sentence in said.err and said.err.count("\n") == 1
    assert ask(*words, "--json") == 2
    assert sentence in json.loads(capsys.readouterr().out)["error"]["detail"]


def test_an_output_of_unknown_form_is_named(capsys: Captured) -> None:
    assert ask("pictures", "-o", "out.xml") == 2
    assert "out.xml ends in .xml: expected one of .csv, .tsv" in capsys.readouterr().err


def test_an_unknown_version_or_alias_is_not_found(capsys: Captured) -> None:
    for model, sentence in (("colours@7", "colours has no version 7"), ("colours@old", "no alias old")):
        with pytest.raises(SystemExit) as left:
            main(["predict", model, "pictures"])
        assert left.value.code == 2
        assert sentence in capsys.readouterr().err
