"""Stages of real architectures, built with random weights."""

import pytest
import timm
import torch
from torch import nn

from automl_tl.errors import CandidateFailed
from automl_tl.model.plain_net import PlainNet
from automl_tl.zoo.stages import MOST_STAGES, encoder_stages, timm_stages

# architecture: stages, and what belongs to the head
EXPECTED = {
    "resnet18": (4, set()),
    "vgg11_bn": (7, {"pre_logits"}),
    "mobilenetv3_small_100": (6, {"conv_head"}),
    "mobilenetv2_100": (7, {"conv_head", "bn2"}),
    "convnext_atto": (4, {"head"}),
    "vit_tiny_patch16_224": (12, {"norm"}),
    "vit_large_patch32_224": (12, {"norm"}),
    "swin_tiny_patch4_window7_224": (4, {"norm"}),
    "efficientnet_b0": (7, {"conv_head", "bn2"}),
    "densenet121": (4, {"features"}),
    "inception_v3": (12, set()),
    "test_resnet": (4, set()),
    "test_efficientnet": (5, {"conv_head", "bn2"}),
    "test_convnext": (4, {"head"}),
    "test_byobnet": (4, set()),
    "test_vit": (6, {"norm"}),
}


def _build(architecture: str) -> nn.Module:
    with torch.device("meta"):  # shapes will do
        module: nn.Module = timm.create_model(architecture, pretrained=False, num_classes=0)
    return module


def _owners(name: str, stages: tuple[tuple[str, ...], ...]) -> list[int]:
    return [
        index
        for index, stage in enumerate(stages)
        for path in stage
        if name == path or name.startswith(path + ".")
    ]


@pytest.mark.parametrize("architecture", EXPECTED)
def test_every_tensor_is_in_one_stage_or_the_head(architecture: str) -> None:
    module = _build(architecture)
    count, in_head = EXPECTED[architecture]

    stages = timm_stages(module)

    owners = {name: _owners(name, stages) for name in module.state_dict()}
    assert len(stages) == count
    assert max(map(len, owners.values())) == 1
    assert {name.split(".")[0] for name, found in owners.items() if not found} == in_head


@pytest.mark.parametrize("architecture", ["resnet18", "vit_tiny_patch16_224", "convnext_atto", "vgg11_bn"])
def test_paths_are_modules_or_tensors_and_follow_the_forward_pass(architecture: str) -> None:
    module = _build(architecture)

    stages = timm_stages(module)

    tensors = list(module.state_dict())
    first = [min(i for i, name in enumerate(tensors) if _owners(name, (stage,))) for stage in stages]
    known = {*dict(module.named_modules()), *dict(module.named_parameters()), *dict(module.named_buffers())}
    assert {path for stage in stages for path in stage} <= known
    assert first == sorted(first)


def test_layers_without_tensors_go_with_the_stage_before_them() -> None:
    stages = timm_stages(_build("resnet18"))

    assert stages[0] == ("conv1", "bn1", "act1", "maxpool", "layer1")
    assert stages[-1] == ("layer4",)


def test_own_nets_speak_the_same_protocol() -> None:
    assert timm_stages(PlainNet(widths=(4, 8, 8), layers=1)) == (
        ("stem", "stages.0"),
        ("stages.1",),
        ("stages.2",),
    )


class _Encoder(nn.Module):
    def __init__(self, layers: int) -> None:
        super().__init__()
        self.embeddings = nn.Linear(4, 4)
        self.dropout = nn.Dropout()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(layers))
        self.norm = nn.LayerNorm(4)


def test_encoders_layers_are_stages_with_the_embeddings_in_the_first() -> None:
    assert encoder_stages(_Encoder(3)) == (
        ("embeddings", "dropout", "layers.0"),
        ("layers.1",),
        ("layers.2",),
    )


def test_many_layers_share_stages_evenly() -> None:
    stages = encoder_stages(_Encoder(25))

    layers = [sum(path.startswith("layers.") for path in stage) for stage in stages]
    assert len(stages) == MOST_STAGES
    assert sum(layers) == 25
    assert max(layers[1:]) - min(layers[1:]) <= 1


def test_net_without_groups_is_refused() -> None:
    with pytest.raises(CandidateFailed, match="Linear"):
        encoder_stages(nn.Linear(2, 2))
    with pytest.raises(CandidateFailed, match="MetaFormer"):
        timm_stages(_build("poolformer_s12"))
