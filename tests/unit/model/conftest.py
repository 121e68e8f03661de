"""A small model to save and to ask."""

from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from automl_tl.model.backbone import build_backbone
from automl_tl.model.network import Network
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing, ModelSpec


@pytest.fixture
def spec() -> ModelSpec:
    return ModelSpec(
        backbone=BackboneSpec(
            library="plain",
            architecture="automl_tl.plain_net",
            features=12,
            arguments={"widths": [8, 12], "layers": 1},
        ),
        preprocessing=ImagePreprocessing(size=16, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.25), crop_share=0.9),
        classes=("cat", "dog", "eel"),
        temperature=1.7,
    )


@pytest.fixture
def network(spec: ModelSpec) -> Network:
    torch.manual_seed(0)
    network = Network(backbone=build_backbone(spec.backbone), features=12, classes=3)
    torch.nn.init.normal_(network.head.weight)
    network.train()(torch.randn(8, 3, 16, 16))  # running statistics of their own
    return network


@pytest.fixture
def pictures() -> list[bytes]:
    """Five PNG files of noise, 20 × 24."""
    random = np.random.default_rng(0)
    found = []
    for _ in range(5):
        file = BytesIO()
        Image.fromarray(random.integers(0, 256, (20, 24, 3), np.uint8)).save(file, "PNG")
        found.append(file.getvalue())
    return found
