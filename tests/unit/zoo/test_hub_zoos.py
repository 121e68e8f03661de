"""Candidates from a hub: the loading code from their names to their features, over a real connection."""

import json
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
import transformers
from hub_server import HubServer
from huggingface_hub import constants
from safetensors.torch import load_file, save

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.licence import LicencePolicy, Unknown
from automl_tl.errors import CandidateFailed, LicenceRefused
from automl_tl.zoo.any import AnyZoo

TIMM = Candidate(id="resnet", source="timm:test_resnet.r160_in1k")
VIT = Candidate(id="vit", source="transformers:someone/tiny-vit")
LOOK = {"size": {"height": 32, "width": 32}, "image_mean": [0.4] * 3, "image_std": [0.25] * 3}


@pytest.fixture
def zoo(tmp_path: Path) -> AnyZoo:
    return AnyZoo(cache=tmp_path / "cache", licences=LicencePolicy())


@pytest.fixture(scope="module")
def vit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository's folder in transformers' layout, without a model card."""
    folder = tmp_path_factory.mktemp("vit")
    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32, image_size=32,
        patch_size=8,
    )  # fmt: skip
    torch.manual_seed(0)
    transformers.ViTModel(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(LOOK))
    return folder


def _card(licence: str) -> bytes:
    return f"---\ntags: [tiny]\nlicense: {licence}\n---\n# A net\n".encode()


def _files(folder: Path, **more: bytes) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} | more


def test_a_timm_name_becomes_a_backbone_at_a_commit(hub: HubServer, zoo: AnyZoo) -> None:
    torch.manual_seed(0)
    net = timm.create_model("test_resnet").eval()
    commit = hub.publish("timm/test_resnet.r160_in1k", {"model.safetensors": save(net.state_dict())})
    pictures = torch.randn(2, 3, 160, 160)

    facts, backbone = zoo.facts(TIMM), zoo.load(TIMM)

    assert (facts.revision, facts.licence, facts.image_size) == (commit, "apache-2.0", 160)
    with torch.no_grad():
        assert torch.allclose(
            backbone.module(pictures), net.forward_head(net.forward_features(pictures), pre_logits=True)
        )
    assert len(hub.asked("GET", "model.safetensors")) == 1


def test_a_transformers_name_becomes_a_backbone_at_a_commit(hub: HubServer, zoo: AnyZoo, vit: Path) -> None:
    commit = hub.publish("someone/tiny-vit", _files(vit, **{"README.md": _card("mit")}))
    net = transformers.ViTModel.from_pretrained(vit).eval()
    pictures = torch.randn(2, 3, 32, 32)

    facts, backbone = zoo.facts(VIT), zoo.load(VIT)

    assert (facts.revision, facts.licence, len(facts.stages)) == (commit, "mit", 3)
    assert backbone.preprocessing.mean == (0.4,) * 3
    with torch.no_grad():
        expected = net(pictures).last_hidden_state[:, 0]
        assert torch.allclose(backbone.module(pictures), expected, atol=1e-5)


def test_a_hub_that_fails_over_a_small_file_fails_the_candidate(
    hub: HubServer, zoo: AnyZoo, vit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish("someone/tiny-vit", _files(vit, **{"README.md": _card("mit")}))
    zoo.weights(VIT)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    with pytest.raises(CandidateFailed, match=r"config\.json of someone/tiny-vit is not on this machine"):
        zoo.load(VIT)


def test_a_forbidding_licence_is_refused_before_anything_but_the_card_is_fetched(
    hub: HubServer, zoo: AnyZoo, vit: Path
) -> None:
    hub.publish("someone/tiny-vit", _files(vit, **{"README.md": _card("cc-by-nc-4.0")}))

    with pytest.raises(
        LicenceRefused, match=r"cc-by-nc-4\.0 is denied by .*, say the settings of this machine"
    ):
        zoo.facts(replace(VIT, licence="mit"))

    assert {request.path.rpartition("/")[2] for request in hub.requests} == {"tiny-vit", "README.md"}


def test_a_name_whose_licence_timm_knows_is_refused_without_a_request(hub: HubServer, zoo: AnyZoo) -> None:
    forbidden = Candidate(id="x", source="timm:convnextv2_atto.fcmae_ft_in1k")

    with pytest.raises(LicenceRefused, match="cc-by-nc"):
        zoo.weights(forbidden)
    assert not hub.requests


def test_a_space_may_ask_for_more_than_the_machine(hub: HubServer, zoo: AnyZoo) -> None:
    asking = replace(TIMM, licences=LicencePolicy(allow=("mit",), deny=(), unknown=Unknown.REFUSE))

    with pytest.raises(LicenceRefused, match="not among those allowed: mit, says its space"):
        zoo.facts(asking)
    assert not hub.requests


def test_a_licence_that_nobody_states_is_for_the_space_file_to_state(
    hub: HubServer, zoo: AnyZoo, vit: Path
) -> None:
    hub.publish("someone/tiny-vit", _files(vit))

    with pytest.raises(LicenceRefused, match="nobody states the licence"):
        zoo.facts(VIT)
    assert zoo.facts(replace(VIT, licence="mit")).licence == "mit"


def test_a_pickle_is_refused_with_a_way_that_works(
    hub: HubServer, zoo: AnyZoo, vit: Path, tmp_path: Path
) -> None:
    files = _files(vit, **{"README.md": _card("mit")})
    weights = tmp_path / "pytorch_model.bin"
    torch.save(load_file(vit / "model.safetensors"), weights)
    del files["model.safetensors"]
    hub.publish("someone/tiny-vit", files | {weights.name: weights.read_bytes()})

    with pytest.raises(CandidateFailed, match=r"pytorch_model\.bin, a pickle") as refused:
        zoo.facts(VIT)

    assert not hub.asked("GET", ".bin")
    steps = re.search(r"with: hf download (.*) ; in FOLDER run: (.*) ; and", str(refused.value))
    assert steps is not None and steps[1] == "someone/tiny-vit --local-dir FOLDER"
    assert Path(sys.executable).with_name("hf").is_file()
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    _, *arguments = shlex.split(steps[2])
    subprocess.run([sys.executable, *arguments], cwd=tmp_path, check=True)
    converted = AnyZoo().load(Candidate(id="vit", source=f"local-dir:{tmp_path}"))
    pictures = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        expected = transformers.ViTModel.from_pretrained(vit).eval()(pictures).last_hidden_state[:, 0]
        assert torch.allclose(converted.module(pictures), expected, atol=1e-5)
