import hashlib
import json
from pathlib import Path

import pytest
import timm
import torch
import transformers
from hub_server import Fault, HubServer
from huggingface_hub import constants
from safetensors.torch import save

from automl_tl.cli.main import main
from automl_tl.domain.candidate import Candidate
from automl_tl.zoo.any import AnyZoo

SPACE = """
[space]
name = "four"

[[candidate]]
source = "timm:test_resnet.r160_in1k"

[[candidate]]
source = "transformers:someone/tiny-vit"

[[candidate]]
source = "timm:convnextv2_atto.fcmae_ft_in1k"

[[candidate]]
source = "embedded:tiny_vit"
"""


@pytest.fixture
def space(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
    hub.publish(
        "timm/test_resnet.r160_in1k",
        {"model.safetensors": save(timm.create_model("test_resnet").state_dict())},
    )
    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=32,
        patch_size=8,
    )  # fmt: skip
    transformers.ViTModel(config).save_pretrained(tmp_path / "vit")
    (tmp_path / "vit" / "README.md").write_text("---\nlicense: mit\n---\n")
    hub.publish_folder("someone/tiny-vit", tmp_path / "vit")
    (tmp_path / "four.toml").write_text(SPACE)
    return tmp_path / "four.toml"


def _prefetch(space: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str], str]:
    with pytest.raises(SystemExit) as left:
        main(["zoo", "prefetch", str(space), "--json"])
    printed = capsys.readouterr()
    found = {c["candidate"]: c["arrival"] for c in json.loads(printed.out)["candidates"]}
    return int(left.value.code or 0), found, printed.err


def test_what_was_prefetched_loads_without_a_network(
    hub: HubServer, space: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, found, said = _prefetch(space, capsys)

    assert (code, list(found.values())) == (0, ["fetched", "fetched", "refused", "already here"])
    assert "convnextv2_atto.fcmae_ft_in1k: its licence cc-by-nc-4.0 is denied" in said
    assert "2 fetched (" in said and "1 refused" in said
    connections = hub.connections
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    for source in ("timm:test_resnet.r160_in1k", "transformers:someone/tiny-vit"):
        with torch.no_grad():
            AnyZoo().load(Candidate(id="x", source=source))
    assert _prefetch(space, capsys)[1] == found | dict.fromkeys(list(found)[:2], "already here")
    assert hub.connections == connections


def test_a_prefetch_that_was_cut_says_so_and_goes_on_where_it_was(
    hub: HubServer, space: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files,) = hub.commits["timm/test_resnet.r160_in1k"].values()
    blob = hashlib.sha256(files["model.safetensors"]).hexdigest()
    hub.faults += [Fault(method="GET", path=blob, cut=100_000), Fault(method="GET", path=blob, status=404)]

    code, found, said = _prefetch(space, capsys)
    assert (code, list(found.values())) == (1, ["failed", "fetched", "refused", "already here"])
    assert "model.safetensors of timm/test_resnet.r160_in1k could not be fetched" in said

    code, found, said = _prefetch(space, capsys)
    assert (code, list(found.values())) == (0, ["fetched", "already here", "refused", "already here"])
    assert hub.asked("GET", blob)[-1].asked == "bytes=100000-"
