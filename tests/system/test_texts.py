"""A table of texts becomes a champion that answers for texts: by command line, in MLflow's form, exported."""

import json
from pathlib import Path
from typing import Any

import pytest
import text_nets

from automl_tl.cli.main import main
from automl_tl.model.artifact import load
from automl_tl.model.pyfunc import InputRefused, _load_pyfunc

SPACE = """
[space]
name = "words"
max_epochs = 4
freeze_depth = [0]
[[candidate]]
id = "bert"
source = "local-dir:{folder}"
recipe = {{ learning_rate = 1e-2 }}
[[candidate]]
source = "embedded:tiny_plain"
"""
TEXT = "sea1 any4 sea7 any2"


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("AUTOML_TL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AUTOML_TL_REGISTRY", "folder")
    monkeypatch.chdir(tmp_path)

    def call(*words: str, code: int = 0) -> Any:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(words))
        said = capsys.readouterr()
        assert left.value.code == code, said
        return said.out + said.err if code else json.loads(said.out)

    return call


@pytest.mark.slow
def test_a_table_of_texts_becomes_a_champion_that_answers(ask: Any, tmp_path: Path) -> None:
    text_nets.draw_net(tmp_path / "bert", "bert")
    space = tmp_path / "words.toml"
    space.write_text(SPACE.format(folder=tmp_path / "bert"))
    text_nets.write_table(tmp_path / "texts.csv", text_nets.draw_texts(400))
    asked = text_nets.draw_texts(40, seed=1)
    text_nets.write_table(tmp_path / "new.csv", asked)

    run = ask(
        "run", "texts.csv", "--name", "words", "--space", str(space), "--max-trials", "1",
        "--executor", "inline", "--json",
    )  # fmt: skip

    assert run["decision"] == "promote", run
    answers = ask("predict", "words", "new.csv", "--json")["predictions"]
    assert [answer["text"] for answer in answers] == [text for text, _ in asked]
    right = sum(answer["predicted_label"] == label for answer, (_, label) in zip(answers, asked, strict=True))
    assert right > 30
    alone = ask("predict", "words", "--text", TEXT, "--json")["predictions"][0]
    assert (alone["input"], alone["label"]) == (TEXT, "sea")
    assert "the text ' ' is empty" in ask("predict", "words", "--text", " ", code=2)

    exported = tmp_path / "exported"
    ask("export", "words", "--to", str(exported), "--json")
    assert {path.name for path in exported.iterdir()} == {
        "model.json", "model.safetensors", "tokenizer.json",
    }  # fmt: skip
    assert load(exported).predict([TEXT])[0].max() == pytest.approx(alone["probability"], abs=1e-5)
    served = _load_pyfunc(str(exported))
    assert list(served.predict({"text": [TEXT, TEXT]})["label"]) == ["sea", "sea"]
    with pytest.raises(InputRefused, match="row 0 is int 3, but a text is expected"):
        served.predict([3])
    card = (tmp_path / "home").rglob("card.md")
    assert any("logistic regression" in path.read_text() for path in card)
