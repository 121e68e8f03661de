"""A model of a few thousand weights, saved with an example picture."""

from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from automl_tl.model.artifact import save
from automl_tl.model.backbone import build_backbone
from automl_tl.model.network import Network
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing, ModelSpec


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


def noise(*, seed: int, height: int = 40, width: int = 50) -> bytes:
    """A PNG file of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
