"""A served model of two colours, and pictures to ask it about."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import torch
from PIL import Image

from automl_tl.model.artifact import save
from automl_tl.model.backbone import build_backbone
from automl_tl.model.network import Network
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing, ModelSpec
from automl_tl.registry.folder import FolderRegistry

Maker = Callable[..., Path]


def _save_model(folder: Path, *, seed: int = 0, spoil: bool = False) -> Path:
    torch.manual_seed(seed)
    arguments: dict[str, object] = {"widths": [4, 8], "layers": 1}
    spec = ModelSpec(
        backbone=BackboneSpec(library="plain", architecture="plain", features=8, arguments=arguments),
        preprocessing=ImagePreprocessing(size=16, mean=(0.5,) * 3, std=(0.5,) * 3),
        classes=("blue", "red"),
    )
    network = Network(backbone=build_backbone(spec.backbone), features=8, classes=2)
    torch.nn.init.normal_(network.head.weight)
    if spoil:
        torch.nn.init.constant_(network.head.weight, 3e38)  # finite, but no sum of them is
    example = BytesIO()
    Image.new("RGB", (20, 20), (200, 0, 0)).save(example, "PNG")
    save(folder, spec=spec, network=network, example=example.getvalue())
    return folder


@pytest.fixture
def save_model() -> Maker:
    """Saves a model of that seed into a folder."""
    return _save_model


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return _save_model(tmp_path / "artifact")


@pytest.fixture
def registry(tmp_path: Path, artifact: Path) -> FolderRegistry:
    registry = FolderRegistry(tmp_path / "registry")
    registry.register(name="colours", artifact=artifact, decision="d1", tags={})
    registry.point("colours", alias="champion", version=1)
    return registry


@pytest.fixture
def labelled_folder(tmp_path: Path) -> Path:
    """Four pictures of each class, ``red`` and ``blue``."""
    folder = tmp_path / "pictures"
    for label in ("blue", "red"):
        (folder / label).mkdir(parents=True)
        for shade in range(4):
            colour = (40 * shade, 0, 200) if label == "blue" else (200, 0, 40 * shade)
            Image.new("RGB", (20, 20), colour).save(folder / label / f"{shade}.png")
    return folder
