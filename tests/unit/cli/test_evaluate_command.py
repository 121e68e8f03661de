"""What ``evaluate`` says to a person and to a script."""

import json
from pathlib import Path

import colours
import pytest

from automl_tl.cli.main import main

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("evaluate") / "home"
    colours.furnish(home, versions=2)
    return home


@pytest.fixture(autouse=True)
def _here(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOML_TL_HOME", str(home))
    monkeypatch.setenv("AUTOML_TL_REGISTRY", "folder")
    colours.draw(tmp_path / "pictures", count=40)
    monkeypatch.chdir(tmp_path)


def ask(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["evaluate", *words])
    return int(str(left.value.code))


def test_a_person_reads_what_a_script_reads(capsys: Captured) -> None:
    (Path("pictures") / "green").mkdir()
    (Path("pictures") / "blue" / "0.png").rename("pictures/green/0.png")
    options = ("colours@1", "pictures", "--abstain-below", "0.5", "--target-accuracy", "1")

    assert ask(*options, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert ask(*options) == 0
    said = capsys.readouterr().out

    low, high = found["interval"]
    assert (found["version"], found["samples"]) == (1, 79)
    assert said.startswith(
        f"accuracy {found['value']:.4f} ({low:.4f} to {high:.4f}), 79 samples, version 1, "
        f"expected calibration error {found['calibration_error']:.4f}\n"
    )
    assert "at least 0.5 sure of 100.0%" in said
    assert "no threshold is proven to reach accuracy 1 on these samples" in said
    assert "left out, for the model does not know these labels: green (1)" in said
    for name, recall in found["classes"].items():
        assert f"{name}" in said and f"{recall['recall']:.4f}" in said
    wrong = found["confusion"]["counts"][0][1]
    assert (f"{wrong} of blue called red" in said) == (wrong > 0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("colours", "gone"), "there is no gone"),
        (("colours", "gone.csv"), "there is no file gone.csv"),
        (("colours", "pictures", "--label-column", "x"), "the column x is for a table"),
        (("colours@9", "pictures"), "has no version 9"),
        (("none", "pictures"), "none"),
    ],
)
def test_bad_input_is_one_sentence(words: tuple[str, ...], sentence: str, capsys: Captured) -> None:
    assert ask(*words) == 2
    said = capsys.readouterr()
    assert sentence in said.err and said.err.count("\n") == 1
