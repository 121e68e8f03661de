"""An artifact as MLflow keeps it: a signature, an example that was never run, code, and no pickle."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pytest
from small_model import save_small

from automl_tl.errors import NotFound
from automl_tl.model.artifact import load
from automl_tl.model.predictor import Predictor
from automl_tl.model.pyfunc import InputRefused
from automl_tl.registry.mlflow_model import write_model
from automl_tl.registry.mlflow_registry import MlflowRegistry


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return save_small(tmp_path / "artifact", classes=("cat", "dög"))


@pytest.fixture
def logits_asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Every time that a model is run."""
    asked: list[object] = []
    run = Predictor.logits
    monkeypatch.setattr(Predictor, "logits", lambda self, batches: (asked.append(1), run(self, batches))[1])
    return asked


def test_writing_runs_nothing_and_pickles_nothing(
    artifact: Path, tmp_path: Path, logits_asked: list[object]
) -> None:
    folder = write_model(artifact, tmp_path / "model")

    kinds = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert logits_asked == []
    assert kinds == {"", ".json", ".png", ".py", ".safetensors", ".txt", ".yaml"}
    assert not (folder / "code" / "automl_tl" / "model" / "probe.py").exists()


def test_the_stored_example_is_the_picture_and_predicts(artifact: Path, tmp_path: Path) -> None:
    model = mlflow.pyfunc.load_model(str(write_model(artifact, tmp_path / "model")))

    (text,) = model.input_example["image"]
    answers = model.predict(model.input_example)

    assert base64.b64decode(text) == (artifact / "example.png").read_bytes()
    expected = load(artifact).predict([artifact / "example.png"])
    assert np.abs(answers.iloc[:, 3:].to_numpy(np.float64) - expected).max() <= 1e-6
    serving = json.loads((tmp_path / "model" / "serving_input_example.json").read_text())
    assert serving == {"dataframe_split": {"columns": ["image"], "data": [[text]]}}


def test_the_signature_names_classes_and_params(artifact: Path, tmp_path: Path) -> None:
    model = mlflow.pyfunc.load_model(str(write_model(artifact, tmp_path / "model")))

    signature = model.metadata.signature
    answers = model.predict(model.input_example, params={"abstain_below": 1.1})

    assert signature.inputs.input_names() == ["image"]
    assert signature.outputs.input_names() == [
        "label",
        "guess",
        "probability",
        "probability_cat",
        "probability_dög",
    ]
    assert [param.name for param in signature.params.params] == ["abstain_below", "probabilities"]
    assert list(answers.columns) == signature.outputs.input_names()
    assert list(answers["label"]) == [None]


def test_a_wrong_input_passes_mlflows_own_checks_and_gets_our_sentence(
    artifact: Path, tmp_path: Path
) -> None:
    model = mlflow.pyfunc.load_model(str(write_model(artifact, tmp_path / "model")))

    with pytest.raises(InputRefused, match=r"row 1 is float 0\.5, but a picture comes as path"):
        model.predict([{"image": (artifact / "example.png").read_bytes()}, {"image": 0.5}])


@pytest.mark.slow
def test_a_version_that_somebody_else_made_is_not_loaded(tmp_path: Path) -> None:
    registry = MlflowRegistry(tmp_path / "registry")
    client = mlflow.MlflowClient(tracking_uri=registry.tracking_uri, registry_uri=registry.tracking_uri)
    foreign = tmp_path / "foreign"
    (foreign / "data").mkdir(parents=True)
    (foreign / "data" / "model.pkl").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    (foreign / "MLmodel").write_text("flavors: {}\n")
    client.create_registered_model("digits")
    client.create_model_version("digits", source=foreign.as_uri())

    with pytest.raises(NotFound, match="version 1 of digits was not registered by automl-tl"):
        registry.fetch("digits", 1)
