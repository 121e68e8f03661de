import json
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file

from automl_tl.domain.candidate import Candidate
from automl_tl.errors import CandidateFailed, CandidateUnknown
from automl_tl.zoo.local_dir import LocalDirZoo


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny ViT of 32 pixels, in timm's layout."""
    torch.manual_seed(0)
    arguments = {"img_size": 32, "patch_size": 8, "depth": 2}
    module = timm.create_model("test_vit", num_classes=5, **arguments)
    save_file(module.state_dict(), tmp_path / "model.safetensors")
    published = module.pretrained_cfg | {"input_size": [3, 32, 32], "num_classes": 5, "crop_mode": "squash"}
    config = {
        "architecture": "test_vit",
        "num_classes": 5,
        "model_args": arguments,
        "pretrained_cfg": published,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    return tmp_path


def _candidate(folder: Path, *, image_size: int | None = None) -> Candidate:
    return Candidate(id="net", source=f"local-dir:{folder}", image_size=image_size)


def test_position_embeddings_follow_another_image_size(folder: Path) -> None:
    backbone = LocalDirZoo().load(_candidate(folder, image_size=64))

    assert backbone.spec.arguments["img_size"] == 64
    assert backbone.module.get_parameter("pos_embed").shape[1] == 1 + 8 * 8
    assert LocalDirZoo().facts(_candidate(folder, image_size=64)).image_size == 64


def test_preprocessing_is_what_the_weights_were_trained_with(folder: Path) -> None:
    look = LocalDirZoo().load(_candidate(folder)).preprocessing

    assert (look.size, look.crop_mode, look.channels, look.mean) == (32, "squash", 3, (0.5, 0.5, 0.5))


def test_the_source_head_reads_the_pooled_features(folder: Path) -> None:
    pictures = torch.randn(3, 3, 32, 32, generator=torch.manual_seed(1))
    whole = timm.create_model("test_vit", num_classes=5, img_size=32, patch_size=8, depth=2).eval()
    whole.load_state_dict(load_file(folder / "model.safetensors"))

    backbone = LocalDirZoo().load(_candidate(folder))

    assert backbone.source_head is not None
    weight, bias = backbone.source_head
    with torch.no_grad():
        found = backbone.module.eval()(pictures) @ weight.T + bias
        assert torch.allclose(found, whole(pictures), atol=1e-5)


def test_random_weights_have_no_source_head(folder: Path) -> None:
    assert LocalDirZoo().load(_candidate(folder), pretrained=False).source_head is None


def test_image_size_that_the_net_cannot_take_is_said(folder: Path) -> None:
    with pytest.raises(CandidateFailed, match="12"):
        LocalDirZoo().load(_candidate(folder, image_size=12))


def test_weights_that_lack_a_tensor_are_refused_rather_than_drawn_at_random(folder: Path) -> None:
    tensors = timm.create_model("test_vit", num_classes=5, img_size=32, patch_size=8, depth=1).state_dict()
    save_file(tensors, folder / "model.safetensors")

    with pytest.raises(CandidateFailed, match=r"blocks\.1"):
        LocalDirZoo().load(_candidate(folder))


def test_pickles_are_refused_and_the_way_out_is_shown(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    with pytest.raises(CandidateFailed, match=r"pytorch_model\.bin, a pickle.*save_file"):
        LocalDirZoo().load(_candidate(folder))


def test_pickle_beside_safetensors_is_left_alone(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"not even a pickle")

    assert LocalDirZoo().load(_candidate(folder)).spec.features == 64


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("{}", "model_type"),
        ("[1]", "not a JSON object"),
        ("{", "JSON"),
        ('{"architecture": "nonet"}', "'nonet'"),
        ('{"model_type": "bert"}', "there is no tokenizer.json"),
        ('{"model_type": "nonet"}', "'nonet'"),
        ('{"model_type": "vit", "auto_map": {"AutoModel": "evil.Model"}}', "code of its own"),
    ],
)
def test_configuration_that_names_no_net_is_said(folder: Path, config: str, words: str) -> None:
    (folder / "config.json").write_text(config)

    with pytest.raises((CandidateFailed, CandidateUnknown), match=words):
        LocalDirZoo().load(_candidate(folder))


def test_missing_files_are_named(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(CandidateFailed, match="no safetensors"):
        LocalDirZoo().load(_candidate(folder))
    (folder / "config.json").unlink()
    with pytest.raises(CandidateUnknown, match=r"config\.json"):
        LocalDirZoo().load(_candidate(folder))


@pytest.mark.parametrize(
    ("name", "stages", "parameters", "channels"),
    [
        ("mobilenetv2_100_tf2_in1k", 7, 2_223_872, 3),
        ("mobilenetv1_100_in1k_backbone", 5, 3_206_976, 3),
        ("mobilenetv2_100_inat_insect", 7, 2_223_872, 3),
        ("yamnet_mobilenetv1_audioset", 5, 3_206_400, 1),
    ],
)
def test_real_weights_open(shared_data: Path, name: str, stages: int, parameters: int, channels: int) -> None:
    candidate = _candidate(shared_data / "weights" / name)

    backbone = LocalDirZoo().load(candidate)
    facts = LocalDirZoo().facts(candidate)

    assert (len(facts.stages), facts.parameters, facts.licence) == (stages, parameters, "apache-2.0")
    assert backbone.preprocessing.channels == channels
    assert backbone.spec.arguments["pad_type"] == "same"
