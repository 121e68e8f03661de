"""A saved model in an environment of its own: what it lists is installed, and nothing else of ours."""

import json
import os
import subprocess
from pathlib import Path

import mlflow  # noqa: F401  # write_model wants it imported
import numpy as np
import pytest
import torch
from fresh_environment import made_from_cache
from PIL import Image
from small_model import said_by_the_daemon

from automl_tl.domain.candidate import Candidate
from automl_tl.model.artifact import save
from automl_tl.model.network import Network
from automl_tl.model.spec import ModelSpec
from automl_tl.registry.mlflow_model import write_model
from automl_tl.zoo.base import Zoo
from automl_tl.zoo.embedded_zoo import EmbeddedZoo
from automl_tl.zoo.local_dir import LocalDirZoo

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fresh-environment")]
FAMILIES = ("tiny_efficientnet", "tiny_plain", "tiny_resnet", "tiny_vit")
REAL = (
    "mobilenetv1_100_in1k_backbone", "mobilenetv2_100_inat_insect", "mobilenetv2_100_tf2_in1k",
)  # fmt: skip
CLASSES = ("ant", "bee", "cicada", "dragonfly", "earwig")
TOLERANCE = 1e-5
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
folders, pictures = json.loads(sys.argv[1])
found = {}
for folder in folders:
    answers = mlflow.pyfunc.load_model(folder).predict(pd.DataFrame({"image": pictures}))
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
    save(folder / "artifact", spec=spec, network=network)
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
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every embedded family, saved."""
    root = tmp_path_factory.mktemp("models")
    return {name: saved(EmbeddedZoo(), name, root / name) for name in FAMILIES}


@pytest.fixture(scope="module")
def fresh_python(models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the requirements that the models list, from uv's cache; skips without."""
    listed = [models[name] / "requirements.txt" for name in models]
    return made_from_cache(tmp_path_factory.mktemp("fresh") / "venv", listed)


def asked_elsewhere(
    python: Path, folders: list[Path], pictures: list[Path], *, at: Path
) -> dict[str, object]:
    """Each model's probabilities, found by another interpreter that knows paths and nothing else."""
    question = json.dumps([[str(folder) for folder in folders], [str(picture) for picture in pictures]])
    ended = subprocess.run(
        [str(python), "-I", "-c", STRANGER, question],
        capture_output=True, text=True, check=False, cwd=at, timeout=280,
        env={name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    answers: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
    return answers


def difference(folder: Path, found: object, pictures: list[Path]) -> float:
    """How far an answer is from what the daemon says of the same artifact."""
    said = said_by_the_daemon(folder.parent / "artifact", pictures)
    daemon = np.array([list(row["probabilities"].values()) for row in said])
    assert daemon.std(axis=0).max() > 1e-4  # it does look at the picture
    return float(np.abs(np.array(found) - daemon).max())


def test_every_embedded_family_predicts_elsewhere_as_the_daemon_does(
    models: dict[str, Path], fresh_python: Path, pictures: list[Path], tmp_path: Path
) -> None:
    assert set(FAMILIES) == set(EmbeddedZoo().names())

    found = asked_elsewhere(fresh_python, list(models.values()), pictures, at=tmp_path)

    apart = {name: difference(folder, found[str(folder)], pictures) for name, folder in models.items()}
    print("apart", json.dumps(apart))
    assert max(apart.values()) <= TOLERANCE, apart


def test_every_set_of_real_weights_predicts_elsewhere_as_the_daemon_does(
    shared_data: Path, fresh_python: Path, pictures: list[Path], tmp_path: Path
) -> None:
    weights = {name: shared_data / "weights" / name for name in REAL}
    models = {name: saved(LocalDirZoo(), str(path), tmp_path / name) for name, path in weights.items()}

    found = asked_elsewhere(fresh_python, list(models.values()), pictures, at=tmp_path)

    apart = {name: difference(folder, found[str(folder)], pictures) for name, folder in models.items()}
    print("apart", json.dumps(apart))
    assert max(apart.values()) <= TOLERANCE, apart
