"""A table that names sound files becomes a champion that answers for sounds; a speaker stays in one split."""

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import sound_nets

from automl_tl.cli.main import main

SPACE = """
[space]
name = "glides"
max_epochs = 1
freeze_depth = ["100%"]
[[candidate]]
source = "embedded:tiny_plain"
"""
SPEAKERS = 48


def _draw(folder: Path, count: int) -> Path:
    """A CSV of glides by four dozen speakers."""
    folder.mkdir()
    with (folder / "sounds.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("file", "label", "speaker"))
        for number in range(count):
            name = f"{number:03}.wav"
            (folder / name).write_bytes(sound_nets.sound_bytes(sound_nets.glide(number, up=number % 2 == 0)))
            rows.writerow((name, ("up", "down")[number % 2], f"speaker {number // 2 % SPEAKERS}"))
    return folder / "sounds.csv"


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("AUTOML_TL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AUTOML_TL_REGISTRY", "folder")

    def call(*words: str) -> Any:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([*words, "--json"])
        said = capsys.readouterr()
        assert left.value.code == 0, said
        return json.loads(said.out)

    return call


def test_a_table_of_sounds_becomes_a_champion_that_answers(ask: Any, tmp_path: Path) -> None:
    space = tmp_path / "glides.toml"
    space.write_text(SPACE)
    table = _draw(tmp_path / "data", 192)
    new = tmp_path / "new"
    new.mkdir()
    for number in range(8):
        sound = sound_nets.glide(1000 + number, up=number % 2 == 0)
        (new / f"{number}.wav").write_bytes(sound_nets.sound_bytes(sound))
    (new / "notes.txt").write_text("not a sound")

    run = ask(
        "run", str(table), "--name", "glides", "--space", str(space), "--max-trials", "1",
        "--group-column", "speaker", "--executor", "inline",
    )  # fmt: skip

    assert run["decision"] == "promote", run
    splits = defaultdict(set)
    (manifest,) = (tmp_path / "home").rglob("manifests/*.jsonl")
    for row in map(json.loads, manifest.read_text().splitlines()[1:]):
        splits[row["group"]].add(row["split"])
    assert len(splits) == SPEAKERS and {len(found) for found in splits.values()} == {1}
    answers = ask("predict", "glides", str(new))["predictions"]
    assert [answer["label"] for answer in answers] == ["up", "down"] * 4
    (card,) = (tmp_path / "home" / "jobs").rglob("card.md")
    assert "statistics of 20 MFCCs" in card.read_text()
