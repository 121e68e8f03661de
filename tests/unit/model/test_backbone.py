import pytest
import torch

from automl_tl.model.backbone import build_backbone
from automl_tl.model.problem import BackboneUnknown
from automl_tl.model.spec import BackboneSpec

VIT = {
    "model_type": "vit",
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "image_size": 16,
    "patch_size": 8,
}
SPECS = {
    "plain": BackboneSpec(library="plain", architecture="p", features=8, arguments={"widths": [4, 8]}),
    "timm": BackboneSpec(library="timm", architecture="test_resnet", features=96),
    "transformers": BackboneSpec(
        library="transformers",
        architecture="vit",
        features=16,
        arguments={"config": VIT, "options": {"add_pooling_layer": False}},
    ),
}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_library_gives_pooled_features(spec: BackboneSpec) -> None:
    module = build_backbone(spec).eval()

    assert module(torch.zeros(2, 3, 16, 16)).shape == (2, spec.features)


def test_positions_stretch_to_larger_pictures_when_asked() -> None:
    arguments = SPECS["transformers"].arguments | {"interpolate": True}
    spec = BackboneSpec(library="transformers", architecture="vit", features=16, arguments=arguments)

    assert build_backbone(spec).eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 16)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (BackboneSpec(library="keras", architecture="a", features=1), "keras.*plain, timm, transformers"),
        (BackboneSpec(library="timm", architecture="no_such_net", features=1), "no_such_net"),
        (BackboneSpec(library="plain", architecture="p", features=1, arguments={"depth": 3}), "depth"),
        (
            BackboneSpec(library="transformers", architecture="none", features=1, arguments={"config": {}}),
            "none",
        ),
        (
            BackboneSpec(
                library="transformers",
                architecture="vit",
                features=1,
                arguments={"config": VIT | {"auto_map": {"AutoModel": "evil.Model"}}},
            ),
            "code of its own",
        ),
    ],
)
def test_what_cannot_be_built_is_said(spec: BackboneSpec, words: str) -> None:
    with pytest.raises(BackboneUnknown, match=words):
        build_backbone(spec)
