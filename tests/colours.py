"""A model of two colours without a search behind it, and pictures to ask it about."""

from io import BytesIO
from pathlib import Path

import played_job
import torch
from PIL import Image

from automl_tl.model.artifact import save
from automl_tl.model.backbone import build_backbone
from automl_tl.model.network import Network
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing, ModelSpec
from automl_tl.registry.folder import FolderRegistry
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store

NAME = "colours"
CLASSES = ("blue", "red")


def save_model(folder: Path, *, seed: int = 0, spoil: bool = False) -> Path:
    """A tiny net of random weights for blue and red; spoilt, it predicts NaN."""
    torch.manual_seed(seed)
    arguments: dict[str, object] = {"widths": [4, 8], "layers": 1}
    spec = ModelSpec(
        backbone=BackboneSpec(library="plain", architecture="plain", features=8, arguments=arguments),
        preprocessing=ImagePreprocessing(size=16, mean=(0.5,) * 3, std=(0.5,) * 3),
        classes=CLASSES,
    )
    network = Network(backbone=build_backbone(spec.backbone), features=8, classes=2)
    torch.nn.init.normal_(network.head.weight)
    if spoil:
        torch.nn.init.constant_(network.head.weight, 3e38)  # finite, but no sum of them is
    example = BytesIO()
    Image.new("RGB", (20, 20), (200, 0, 0)).save(example, "PNG")
    save(folder, spec=spec, network=network, example=example.getvalue())
    return folder


def draw(folder: Path, *, count: int = 4) -> Path:
    """``count`` pictures of each class, ``red`` and ``blue``, in class folders."""
    for label in CLASSES:
        (folder / label).mkdir(parents=True)
        for number in range(count):
            shade = 40 * number % 160
            colour = (shade, 0, 200 - number // 4) if label == "blue" else (200 - number // 4, 0, shade)
            Image.new("RGB", (20, 20), colour).save(folder / label / f"{number}.png")
    return folder


def furnish(home: Path, *, versions: int = 1) -> None:
    """A home whose store and folder registry hold versions of ``colours``; the latest is champion."""
    home.mkdir(parents=True, exist_ok=True)
    store = open_store(home / "store.sqlite3")
    registry = FolderRegistry(home / "registry")
    for number in range(1, versions + 1):
        decision = _decided(store, number)
        artifact = save_model(home / "artifacts" / str(number), seed=number)
        registry.register(name=NAME, artifact=artifact, decision=decision, tags={})
    registry.point(NAME, alias="champion", version=versions)
    store.close()


def _decided(store: Store, number: int) -> str:
    job = played_job.play_job(store, name=NAME, version=number)
    decided = store.decision(job)
    assert decided is not None
    return decided.id
