"""A model of a few thousand weights, saved with an example picture, and what the daemon says with it."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from automl_tl.domain.prediction import Input, PredictionTerms
from automl_tl.model.artifact import load, save
from automl_tl.model.backbone import build_backbone
from automl_tl.model.digest import digest
from automl_tl.model.network import Network
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing, ModelSpec
from automl_tl.serving.load import Served
from automl_tl.serving.predict import predict


def save_small(folder: Path, *, classes: tuple[str, ...] = ("one", "two", "three"), size: int = 32) -> Path:
    """Save it into ``folder``; its head was drawn, not trained."""
    torch.manual_seed(0)
    arguments: dict[str, object] = {"widths": [8, 16], "layers": 1}
    spec = ModelSpec(
        backbone=BackboneSpec(library="plain", architecture="plain", features=16, arguments=arguments),
        preprocessing=ImagePreprocessing(size=size, mean=(0.5,) * 3, std=(0.5,) * 3),
        classes=classes,
        temperature=1.3,
    )
    network = Network(backbone=build_backbone(spec.backbone), features=16, classes=len(classes))
    torch.nn.init.normal_(network.head.weight)
    save(folder, spec=spec, network=network, example=noise(seed=0))
    return folder


def said_by_the_daemon(artifact: Path, inputs: Sequence[Input]) -> list[dict[str, Any]]:
    """What the daemon's own way of predicting says of files or texts with this artifact."""
    served = Served(name="small", version=1, digest=digest(artifact), predictor=load(artifact))
    return [{**answer} for answer in predict(served, inputs, terms=PredictionTerms())]


def noise(*, seed: int, height: int = 40, width: int = 50) -> bytes:
    """A PNG file of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
