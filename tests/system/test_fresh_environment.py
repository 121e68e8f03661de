"""A saved model in an environment of its own: what it lists is installed, and nothing else of ours."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import mlflow
import numpy as np
import pytest
import torch
from fresh_environment import made_from_cache
from PIL import Image
from small_model import said_by_the_daemon

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.prediction import Input, Written
from automl_tl.model.artifact import save
from automl_tl.model.network import Network
from automl_tl.model.spec import ModelSpec
from automl_tl.proof.spoken_digits import write_spoken_digits
from automl_tl.registry.mlflow_model import write_model
from automl_tl.zoo.base import Zoo
from automl_tl.zoo.embedded_zoo import EmbeddedZoo
from automl_tl.zoo.local_dir import LocalDirZoo

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fresh-environment")]
FAMILIES = ("tiny_audio_resnet", "tiny_bert", "tiny_efficientnet", "tiny_plain", "tiny_resnet", "tiny_vit")
REAL = {
    "mobilenetv1_100_in1k_backbone": "image", "mobilenetv2_100_inat_insect": "image",
    "mobilenetv2_100_tf2_in1k": "image", "yamnet_mobilenetv1_audioset": "audio",
}  # fmt: skip
CLASSES = ("ant", "bee", "cicada", "dragonfly", "earwig")
TOLERANCE = 1e-5
Samples = Mapping[str, Sequence[Input]]
STRANGER = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
import mlflow, pandas as pd

try:
    version("automl-tl")
    sys.exit("automl-tl is installed here")
except PackageNotFoundError:
    pass
found = {}
for folder, column, samples in json.loads(sys.argv[1]):
    answers = mlflow.pyfunc.load_model(folder).predict(pd.DataFrame({column: samples}))
    found[folder] = answers.iloc[:, 3:].values.tolist()
    import automl_tl.model.pyfunc
    assert Path(automl_tl.model.pyfunc.__file__).is_relative_to(folder), automl_tl.model.pyfunc.__file__
    for name in [name for name in sys.modules if name.partition(".")[0] == "automl_tl"]:
        del sys.modules[name]  # the next model brings its own
print(json.dumps(found))
"""


def saved(zoo: Zoo, reference: str, folder: Path) -> Path:
    """An MLflow model of pretrained weights and a head that was drawn, beside its artifact."""
    backbone = zoo.load(Candidate(id="candidate", source=f"embedded:{reference}"))
    torch.manual_seed(0)
    network = Network(backbone=backbone.module, features=backbone.spec.features, classes=len(CLASSES))
    torch.nn.init.normal_(network.head.weight, std=0.1)
    spec = ModelSpec(
        backbone=backbone.spec, preprocessing=backbone.preprocessing, classes=CLASSES, temperature=1.3
    )
    save(folder / "artifact", spec=spec, network=network, files=backbone.files)
    return write_model(folder / "artifact", folder / "mlflow")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four pictures of noise over gradients, of several shapes, as PNG and JPEG."""
    random, folder = np.random.default_rng(0), tmp_path_factory.mktemp("pictures")
    paths = [folder / name for name in ("a.png", "b.png", "c.jpg", "d.jpg")]
    for path, (height, width) in zip(paths, [(40, 60), (300, 200), (64, 64), (500, 700)], strict=True):
        slope = np.linspace(0, 180, width)[None, :, None] * np.ones((height, 1, 3))
        pixels = slope + random.integers(0, 70, (height, width, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    return paths


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two spoken digits, by a synthetic voice."""
    folder = write_spoken_digits(tmp_path_factory.mktemp("sounds"), voices={"all": 1})
    return sorted((folder / "all").glob("[37]/*.wav"))[::2]


@pytest.fixture(scope="module")
def samples(pictures: list[Path], sounds: list[Path]) -> Samples:
    """By the column in which a saved model takes them."""
    texts = [
        Written(text=text) for text in ("Return the number of items.", "Größe 😀, and a second sentence.")
    ]
    return {"image": pictures, "audio": sounds, "text": texts}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every embedded family, saved."""
    root = tmp_path_factory.mktemp("models")
    return {name: saved(EmbeddedZoo(), name, root / name) for name in FAMILIES}


@pytest.fixture(scope="module")
def fresh_python(models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the requirements that the models list, from uv's cache; skips without."""
    listed = [models[name] / "requirements.txt" for name in models]
    return made_from_cache(tmp_path_factory.mktemp("fresh") / "venv", listed)


def asked_elsewhere(python: Path, asked: dict[Path, Sequence[Input]], *, at: Path) -> dict[str, object]:
    """Each model's probabilities, found by another interpreter that knows its samples and nothing else."""
    question = json.dumps(
        [[str(folder), column_of(folder), [*map(str, own)]] for folder, own in asked.items()]
    )
    ended = subprocess.run(
        [str(python), "-I", "-c", STRANGER, question],
        capture_output=True, text=True, check=False, cwd=at, timeout=280,
        env={name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    answers: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
    return answers


def column_of(folder: Path) -> str:
    """Where a saved model takes its samples, as its own signature says."""
    return str(mlflow.pyfunc.load_model(str(folder)).metadata.get_input_schema().input_names()[0])


def difference(folder: Path, found: object, own: Sequence[Input]) -> float:
    """How far an answer is from what the daemon says of the same artifact."""
    said = said_by_the_daemon(folder.parent / "artifact", own)
    daemon = np.array([list(row["probabilities"].values()) for row in said])
    assert daemon.std(axis=0).max() > 1e-4  # it does look at the sample
    return float(np.abs(np.array(found) - daemon).max())


def agree(python: Path, models: Iterable[Path], samples: Samples, *, at: Path) -> None:
    asked = {folder: samples[column_of(folder)] for folder in models}

    found = asked_elsewhere(python, asked, at=at)

    apart = {folder.parent.name: difference(folder, found[str(folder)], own) for folder, own in asked.items()}
    print("apart", json.dumps(apart))
    assert max(apart.values()) <= TOLERANCE, apart


def test_every_embedded_family_predicts_elsewhere_as_the_daemon_does(
    models: dict[str, Path], fresh_python: Path, samples: Samples, tmp_path: Path
) -> None:
    assert set(FAMILIES) == set(EmbeddedZoo().names())

    agree(fresh_python, models.values(), samples, at=tmp_path)


def test_every_set_of_real_weights_predicts_elsewhere_as_the_daemon_does(
    shared_data: Path, fresh_python: Path, samples: Samples, tmp_path: Path
) -> None:
    weights = {name: shared_data / "weights" / name for name in REAL}
    models = {name: saved(LocalDirZoo(), str(path), tmp_path / name) for name, path in weights.items()}

    assert {name: column_of(folder) for name, folder in models.items()} == REAL
    agree(fresh_python, models.values(), samples, at=tmp_path)
