"""The promoted model as a stranger loads it: MLflow, one environment variable, a fresh process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_model import noise, save_small

from automl_tl.model.artifact import load
from automl_tl.registry.mlflow_registry import MlflowRegistry

STRANGER = """
import json, sys
import mlflow, pandas as pd
model = mlflow.pyfunc.load_model("models:/digits@champion")
found = model.predict(pd.DataFrame({"image": sys.argv[1:]}))
import automl_tl.model.pyfunc
print(json.dumps({"rows": found.iloc[:, 3:].values.tolist(), "labels": list(found["label"]),
                  "code": automl_tl.model.pyfunc.__file__}))
"""


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return save_small(tmp_path / "artifact")


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{seed}.png" for seed in range(3)]
    for seed, path in enumerate(paths):
        path.write_bytes(noise(seed=seed))
    return paths


@pytest.mark.slow
def test_champion_predicts_in_a_strangers_process_what_it_predicts_here(
    tmp_path: Path, artifact: Path, pictures: list[Path]
) -> None:
    registry = MlflowRegistry(tmp_path / "registry")
    version = registry.register(name="digits", artifact=artifact, decision="d1", tags={})
    registry.point("digits", alias="champion", version=version)
    (tmp_path / "elsewhere").mkdir()

    ended = subprocess.run(
        # neither the folder nor -P lead to the package beside the tests: the model brings its own room
        [sys.executable, "-P", "-c", STRANGER, *map(str, pictures)],
        env={**os.environ, "MLFLOW_TRACKING_URI": registry.tracking_uri},
        cwd=tmp_path / "elsewhere",
        capture_output=True,
        text=True,
        check=True,
    )

    found = json.loads(ended.stdout.splitlines()[-1])
    expected = load(artifact).predict(pictures)
    assert np.abs(np.array(found["rows"]) - expected).max() <= 1e-6
    assert found["labels"] == [("one", "two", "three")[i] for i in expected.argmax(axis=1)]
    assert str(tmp_path) in found["code"]


@pytest.mark.slow
def test_registry_restored_under_another_path_still_gives_its_artifacts(
    tmp_path: Path, artifact: Path
) -> None:
    registry = MlflowRegistry(tmp_path / "before")
    version = registry.register(name="digits", artifact=artifact, decision="d1", tags={})

    (tmp_path / "before").rename(tmp_path / "after")
    fetched = MlflowRegistry(tmp_path / "after").fetch("digits", version)

    assert fetched.is_relative_to(tmp_path / "after")
    assert load(fetched).spec.classes == ("one", "two", "three")
