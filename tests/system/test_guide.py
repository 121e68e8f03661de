"""Every command and every line of Python in the guide on using a champion elsewhere does what it says."""

import ast
import json
import os
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import played_job
import pytest
from fresh_environment import made_from_cache
from mlflow_program import listening
from safetensors.numpy import load_file
from shown import blocks, commands, links, parse
from small_model import noise, said_by_the_daemon, save_small

from automl_tl.model.digest import digest
from automl_tl.registry.mlflow_registry import MlflowRegistry
from automl_tl.settings import Settings
from automl_tl.store.sql import open_store

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
GUIDE = (DOCS / "using-a-champion-elsewhere.md").read_text()
# A block that is added has to be run below: this line would no longer unpack.
DOWNLOAD, FRESH, SERVE, ASK, ONNX, COPY = blocks(GUIDE, "console")
LOAD, ARRAYS, ABSTAIN, RUN_ONNX, READ_COPY = blocks(GUIDE, "python")
MADE = [
    "python3 -m venv elsewhere",
    ". elsewhere/bin/activate",
    "pip install --requirement model/requirements.txt",
]

pytestmark = pytest.mark.xdist_group("guide")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the reader works: a folder with ``new.png``, and a home where ``digits`` has a champion."""

    folder: Path
    home: Path
    artifact: Path

    def shell(self, lines: str) -> str:
        """What the guide's lines print, run here beside the daemon's programs."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return self._run("bash", "-euo", "pipefail", "-c", lines.replace("HOME", str(self.home)), PATH=path)

    def python(self, interpreter: Path, lines: str) -> list[str]:
        """The lines that Python prints; nothing of this checkout is on its path."""
        return self._run(str(interpreter), "-I", "-c", lines).splitlines()

    def said(self) -> dict[str, object]:
        """What the daemon says of ``new.png``."""
        (answer,) = said_by_the_daemon(self.artifact, [self.folder / "new.png"])
        return answer

    def _run(self, *command: str, **environment: str) -> str:
        ended = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=280,
            env={**os.environ, "AUTOML_TL_HOME": str(self.home), **environment},
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr[-3000:]
        return ended.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    root = tmp_path_factory.mktemp("guide")
    settings = Settings(home=root / "home")
    settings.home.mkdir()
    store = open_store(settings.folders.store)
    played_job.play_job(store, name="digits")
    store.close()
    artifact = save_small(root / "artifact")
    registry = MlflowRegistry(settings.folders.registry)
    version = registry.register(name="digits", artifact=artifact, decision="d1", tags={})
    registry.point("digits", alias="champion", version=version)
    (root / "here").mkdir()
    (root / "here" / "new.png").write_bytes(noise(seed=7, height=70, width=50))
    return Place(folder=root / "here", home=settings.home, artifact=artifact)


@pytest.fixture(scope="module")
def elsewhere(place: Place) -> Path:
    """The guide's environment with the guide's model: uv does what pip would, without the index."""
    assert FRESH.splitlines() == MADE
    place.shell(DOWNLOAD)
    return made_from_cache(place.folder / "elsewhere", [place.folder / "model" / "requirements.txt"])


@pytest.mark.parametrize("words", commands(GUIDE, "automl-tl"), ids=" ".join)
def test_a_command_that_the_guide_shows_exists_with_its_options(words: list[str]) -> None:
    parse(words)


@pytest.mark.parametrize("link", links(GUIDE))
def test_links_of_the_guide_lead_somewhere(link: str) -> None:
    assert (DOCS / link).exists()


def test_what_the_guide_installs_is_an_extra() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]

    assert "`pip install '.[onnx]'`" in GUIDE
    assert any(line.startswith("onnxruntime") for line in project["optional-dependencies"]["onnx"])


@pytest.mark.parametrize("lines", blocks(GUIDE, "python"), ids=lambda lines: lines.splitlines()[0])
def test_python_of_the_guide_compiles(lines: str) -> None:
    assert ast.parse(lines).body


@pytest.mark.slow
def test_the_champion_answers_elsewhere_as_the_daemon_does(place: Place, elsewhere: Path) -> None:
    said = place.said()
    assert 0.4 < said["probability"] < 0.9  # type: ignore[operator]  # the guide's threshold

    answer, count, unsure = place.python(elsewhere, LOAD + ARRAYS + ABSTAIN)

    label, probability = answer.split()
    assert label == said["label"]
    assert float(probability) == pytest.approx(said["probability"], abs=1e-5)
    assert count == "2"
    assert unsure.split() == ["None", label, probability]


@pytest.mark.slow
def test_the_champion_is_served_elsewhere_and_abstains(place: Place, elsewhere: Path) -> None:
    program, *words = shlex.split(SERVE)
    assert (program, words[-2:]) == ("mlflow", ["--port", "5001"])

    with listening(*words[:-2], ready="/ping", folder=place.folder, python=elsewhere) as address:
        answered = json.loads(place.shell(ASK.replace("http://127.0.0.1:5001", address)))

    said, (row,) = place.said(), answered["predictions"]
    assert (row["label"], row["guess"]) == (None, said["guess"])
    assert row["probability"] == pytest.approx(said["probability"], abs=1e-5)


@pytest.mark.slow
def test_the_exported_graph_answers_as_the_daemon_does(place: Place) -> None:
    pytest.importorskip("onnxruntime")
    assert "onnxruntime" in place.shell(ONNX)

    (answer,) = place.python(Path(sys.executable), RUN_ONNX)

    said = place.said()
    label, probability = answer.split()
    assert label == said["label"]
    assert float(probability) == pytest.approx(said["probability"], abs=1e-5)


@pytest.mark.slow
def test_the_copied_files_are_the_model(place: Place) -> None:
    place.shell(COPY)

    (count,) = place.python(Path(sys.executable), READ_COPY)

    assert digest(place.folder / "copied") == digest(place.artifact)
    weights = load_file(place.artifact / "model.safetensors")
    assert int(count) == sum(int(np.prod(array.shape)) for array in weights.values())
