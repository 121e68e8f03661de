"""What every zoo must do, with small nets whose weights were drawn here."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import timm
import torch
import transformers
from safetensors.torch import save_file
from torch import nn

from automl_tl.domain.candidate import Candidate, Recipe
from automl_tl.errors import CandidateFailed, CandidateUnknown, SpaceInvalid
from automl_tl.model.backbone import build_backbone
from automl_tl.model.plain_net import PlainNet
from automl_tl.zoo.any import AnyZoo
from automl_tl.zoo.base import Zoo
from automl_tl.zoo.embedded_zoo import EmbeddedZoo
from automl_tl.zoo.local_dir import LocalDirZoo
from automl_tl.zoo.timm_zoo import TimmZoo
from automl_tl.zoo.transformers_zoo import TransformersZoo

COMMIT = "a" * 40


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A zoo, a candidate in it, one that it does not have, and the net behind the candidate."""

    zoo: Zoo
    candidate: Candidate
    stranger: str
    module: nn.Module
    size: int


def _timm_net(folder: Path, architecture: str, **arguments: object) -> nn.Module:
    module: nn.Module = timm.create_model(architecture, num_classes=7, **arguments).eval()
    published = module.pretrained_cfg | {"num_classes": 7, "license": "mit"}
    folder.mkdir(parents=True)
    save_file(module.state_dict(), folder / "model.safetensors")
    config = {"architecture": architecture, "model_args": arguments, "pretrained_cfg": published}
    (folder / "config.json").write_text(json.dumps(config))
    module.reset_classifier(0)
    return module


def _vit(folder: Path) -> nn.Module:
    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32, image_size=32,
        patch_size=8, num_labels=4,
    )  # fmt: skip
    module = transformers.ViTForImageClassification(config).eval()
    module.save_pretrained(folder)
    look = {
        "size": {"height": 32, "width": 32},
        "image_mean": [0.5] * 3,
        "image_std": [0.25] * 3,
        "resample": 3,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(look))
    return _ClassToken(module)


class _ClassToken(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        token: torch.Tensor = self.model.vit(x).last_hidden_state[:, 0]
        return token


def _cached(cache: Path, repository: str) -> Path:
    """An empty snapshot in a hub's cache, as the hub's client lays it out."""
    root = cache / f"models--{repository.replace('/', '--')}"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(COMMIT)
    return root / "snapshots" / COMMIT


def _embedded(tmp_path: Path) -> Stand:
    module = PlainNet(widths=(8, 12, 16), layers=1).eval()
    folder = tmp_path / "tiny"
    folder.mkdir()
    half = {n: v.half() if v.is_floating_point() else v for n, v in module.state_dict().items()}
    save_file(half, folder / "model.safetensors")
    module.load_state_dict(half)
    config = {
        "architecture": "automl_tl.plain_net",
        "num_classes": 0,
        "model_args": {"widths": [8, 12, 16], "layers": 1},
        "pretrained_cfg": {"input_size": [3, 32, 32], "mean": [0.5] * 3, "std": [0.5] * 3, "license": "mit"},
        "automl_tl": {"recipe": {"learning_rate": 0.002, "freeze_depth": 1}, "revision": "r1"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    candidate = Candidate(id="tiny", source="embedded:tiny")
    return Stand(
        zoo=EmbeddedZoo(tmp_path), candidate=candidate, stranger="embedded:none", module=module, size=32
    )


def _local_timm(tmp_path: Path) -> Stand:
    module = _timm_net(tmp_path / "net", "test_efficientnet", pad_type="same")
    candidate = Candidate(id="net", source=f"local-dir:{tmp_path / 'net'}", image_size=64)
    return Stand(
        zoo=LocalDirZoo(), candidate=candidate, stranger=f"local-dir:{tmp_path}/no", module=module, size=64
    )


def _local_transformers(tmp_path: Path) -> Stand:
    module = _vit(tmp_path / "vit")
    candidate = Candidate(id="vit", source=f"local-dir:{tmp_path / 'vit'}", licence="apache-2.0")
    return Stand(
        zoo=LocalDirZoo(), candidate=candidate, stranger=f"local-dir:{tmp_path}/no", module=module, size=32
    )


def _timm_by_name(tmp_path: Path) -> Stand:
    module = _timm_net(tmp_path / "net", "test_resnet")
    weights = timm.create_model("test_resnet", num_classes=1000)
    weights.load_state_dict(module.state_dict(), strict=False)
    snapshot = _cached(tmp_path / "cache", "timm/test_resnet.r160_in1k")
    snapshot.mkdir(parents=True)
    save_file(weights.state_dict(), snapshot / "model.safetensors")
    candidate = Candidate(id="resnet", source="timm:test_resnet.r160_in1k")
    return Stand(
        zoo=TimmZoo(tmp_path / "cache"),
        candidate=candidate,
        stranger="timm:test_resnot",
        module=module,
        size=160,
    )


def _transformers_by_name(tmp_path: Path) -> Stand:
    module = _vit(_cached(tmp_path / "cache", "someone/tiny-vit"))
    candidate = Candidate(id="vit", source="transformers:someone/tiny-vit")
    return Stand(
        zoo=TransformersZoo(tmp_path / "cache"),
        candidate=candidate,
        stranger="transformers:not a name/at all",
        module=module,
        size=32,
    )


@pytest.fixture(params=[_embedded, _local_timm, _local_transformers, _timm_by_name, _transformers_by_name])
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Stand:
    torch.manual_seed(0)
    prepare: Callable[[Path], Stand] = request.param
    return prepare(tmp_path)


def test_loaded_backbone_gives_the_features_of_its_weights(stand: Stand) -> None:
    pictures = torch.randn(2, 3, stand.size, stand.size)

    backbone = stand.zoo.load(stand.candidate)

    with torch.no_grad():
        found, expected = backbone.module(pictures), stand.module(pictures)
    assert found.shape == (2, backbone.spec.features)
    assert (found - expected).abs().max() <= 1e-5
    assert backbone.preprocessing.size == stand.size


def test_spec_and_tensors_alone_rebuild_the_backbone(stand: Stand) -> None:
    backbone = stand.zoo.load(stand.candidate)
    pictures = torch.randn(2, 3, stand.size, stand.size)
    spec = replace(backbone.spec, arguments=json.loads(json.dumps(backbone.spec.arguments)))

    rebuilt = build_backbone(spec)
    rebuilt.load_state_dict(backbone.module.state_dict())

    with torch.no_grad():
        assert torch.equal(rebuilt.eval()(pictures), backbone.module(pictures))


def test_backbone_comes_ready_to_infer_and_to_train(stand: Stand) -> None:
    backbone = stand.zoo.load(stand.candidate)

    assert not backbone.module.training
    assert all(parameter.requires_grad for parameter in backbone.module.parameters())
    assert {parameter.dtype for parameter in backbone.module.parameters()} == {torch.float32}


def test_random_weights_have_the_same_shape_and_follow_the_seed(stand: Stand) -> None:
    pretrained = stand.zoo.load(stand.candidate).module.state_dict()

    drawn = []
    for _ in range(2):
        torch.manual_seed(3)
        drawn.append(stand.zoo.load(stand.candidate, pretrained=False).module.state_dict())

    assert {n: v.shape for n, v in drawn[0].items()} == {n: v.shape for n, v in pretrained.items()}
    assert all(torch.equal(drawn[0][name], drawn[1][name]) for name in drawn[0])
    assert any(not torch.equal(drawn[0][name], pretrained[name]) for name in drawn[0])


def test_stages_hold_every_tensor_at_most_once(stand: Stand) -> None:
    backbone = stand.zoo.load(stand.candidate)

    for name in backbone.module.state_dict():
        owners = [p for stage in backbone.stages for p in stage if name == p or name.startswith(p + ".")]
        assert len(owners) <= 1
    assert len(backbone.stages) >= 2


def test_facts_agree_with_the_backbone(stand: Stand) -> None:
    backbone = stand.zoo.load(stand.candidate)

    facts = stand.zoo.facts(stand.candidate)

    assert facts.candidate == stand.candidate.id
    assert len(facts.stages) == len(facts.stage_multiply_adds) == len(backbone.stages)
    assert facts.parameters == sum(p.numel() for p in backbone.module.parameters())
    assert facts.features == backbone.spec.features
    assert facts.image_size == stand.size
    assert facts.frozen_share(len(facts.stages)) == 1
    assert 0 <= facts.freeze_depth <= len(facts.stages)
    assert facts.learning_rate > 0
    assert len(facts.weights_sha256) == 64
    assert facts.size_bytes >= 4 * facts.parameters


def test_weights_are_a_safetensors_file(stand: Stand) -> None:
    path = stand.zoo.weights(stand.candidate)

    assert path.is_file()
    assert path.suffix == ".safetensors"


def test_recipe_of_the_space_comes_first(stand: Stand) -> None:
    candidate = replace(stand.candidate, recipe=Recipe(learning_rate=0.25, freeze_depth="100%"))

    facts = stand.zoo.facts(candidate)

    assert (facts.learning_rate, facts.freeze_depth) == (0.25, len(facts.stages))


def test_recipe_beyond_the_stages_is_the_spaces_mistake(stand: Stand) -> None:
    candidate = replace(stand.candidate, recipe=Recipe(freeze_depth=40))

    with pytest.raises(SpaceInvalid, match=r"freeze depth 40, but the backbone has \d+ stages"):
        stand.zoo.facts(candidate)


def test_unknown_candidate_is_said_to_be(stand: Stand) -> None:
    stranger = replace(stand.candidate, source=stand.stranger)

    with pytest.raises(CandidateUnknown):
        stand.zoo.load(stranger)


def test_truncated_weights_fail_with_the_files_name(stand: Stand) -> None:
    path = stand.zoo.weights(stand.candidate)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(CandidateFailed, match=r"model\.safetensors"):
        stand.zoo.load(stand.candidate)


def test_all_zoos_stand_behind_one_door(stand: Stand) -> None:
    zoo = AnyZoo({stand.candidate.kind: stand.zoo})

    assert zoo.weights(stand.candidate) == stand.zoo.weights(stand.candidate)
    with pytest.raises(CandidateUnknown, match="embedded:"):
        zoo.load(Candidate(id="x", source="ftp:x"))
