"""A version leaves the registry as a copy, or as an ONNX graph that says what torch says."""

import json
import os
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_model import said_by_the_daemon, save_small
from torch import nn

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.export import ExportFormat, ExportTerms
from automl_tl.errors import Conflict, NotFound, OperatorError, RequestError
from automl_tl.model.artifact import load, save
from automl_tl.model.backbone import build_backbone
from automl_tl.model.digest import digest
from automl_tl.model.network import Network
from automl_tl.model.picture import load_picture
from automl_tl.model.predictor import Predictor
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing, ModelSpec
from automl_tl.registry.folder import FolderRegistry
from automl_tl.serving import onnx_graph
from automl_tl.serving.export import export
from automl_tl.zoo.base import Zoo
from automl_tl.zoo.embedded.recipes import OF_PICTURES
from automl_tl.zoo.embedded_zoo import EmbeddedZoo
from automl_tl.zoo.local_dir import LocalDirZoo

onnxruntime = pytest.importorskip("onnxruntime")
REAL = (
    "mobilenetv1_100_in1k_backbone", "mobilenetv2_100_inat_insect", "mobilenetv2_100_tf2_in1k",
)  # fmt: skip
ONNX = ExportTerms(form=ExportFormat.ONNX)
SAFETENSORS = ExportTerms(form=ExportFormat.SAFETENSORS)


@dataclass(frozen=True, kw_only=True)
class Exported:
    """An ONNX export: its artifact, its folder, and what was said about it."""

    artifact: Path
    folder: Path
    said: dict[str, Any]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    root = tmp_path_factory.mktemp("exported")
    artifact = save_small(root / "artifact")
    said = export(registered(root, artifact), name="digits", to=root / "out", terms=ONNX)
    return Exported(artifact=artifact, folder=root / "out", said=said)


@pytest.fixture
def registry(tmp_path: Path) -> FolderRegistry:
    """``digits`` with one version, its champion."""
    return registered(tmp_path, save_small(tmp_path / "artifact"))


def registered(root: Path, artifact: Path) -> FolderRegistry:
    registry = FolderRegistry(root / "registry")
    registry.register(name="digits", artifact=artifact, decision="d1", tags={})
    registry.point("digits", alias="champion", version=1)
    return registry


def saved_with(zoo: Zoo, source: str, folder: Path) -> Path:
    """An artifact of pretrained weights with a head that was drawn."""
    backbone = zoo.load(Candidate(id="candidate", source=source))
    torch.manual_seed(0)
    network = Network(backbone=backbone.module, features=backbone.spec.features, classes=5)
    torch.nn.init.normal_(network.head.weight, std=0.1)
    spec = ModelSpec(
        backbone=backbone.spec, preprocessing=backbone.preprocessing, classes=tuple("abcde"), temperature=0.8
    )
    save(folder, spec=spec, network=network)
    return folder


def asked(graph: Path, pictures: np.ndarray) -> np.ndarray:
    """Probabilities that ONNX Runtime gives for prepared pictures."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: pictures})
    return np.asarray(found)


def random_pictures(look: ImagePreprocessing, *, count: int) -> np.ndarray:
    shape = (count, look.channels, look.size, look.size)
    return np.random.default_rng(5).integers(0, 256, shape, np.uint8)


def test_safetensors_are_the_artifact_byte_for_byte(registry: FolderRegistry, tmp_path: Path) -> None:
    said = export(registry, name="digits", to=tmp_path / "out", terms=SAFETENSORS)

    assert said["digest"] == digest(tmp_path / "out") == digest(tmp_path / "artifact")
    assert said["files"] == ["example.png", "model.json", "model.safetensors"]
    assert load(tmp_path / "out").spec.classes == ("one", "two", "three")


def test_the_graph_can_be_fed_by_the_note_beside_it(exported: Exported) -> None:
    out, said = exported.folder, exported.said

    note = json.loads((out / "export.json").read_text())

    assert sorted(path.name for path in out.iterdir()) == ["example.png", "export.json", "model.onnx"]
    assert {**note, "files": ["example.png", "export.json", "model.onnx"]} == said
    look = ImagePreprocessing(**note["preprocessing"]["values"])
    picture = load_picture(out / "example.png", preprocessing=look).transpose(2, 0, 1)[None]
    (expected,) = said_by_the_daemon(exported.artifact, [out / "example.png"])
    found = asked(out / "model.onnx", picture)[0]
    by_class = dict(zip(note["classes"], found.tolist(), strict=True))
    assert by_class == pytest.approx(expected["probabilities"], abs=1e-5)


def test_parity_and_latency_are_measured(exported: Exported) -> None:
    said = exported.said

    assert 0 <= said["parity"]["largest_difference"] <= said["parity"]["tolerance"] == 1e-5
    assert said["parity"]["batch_sizes"] == [1, 2, 7]
    assert said["parity"]["pictures"] == 11  # the example is one of them
    assert 0 < said["latency"]["onnxruntime_milliseconds"] < 1e4
    assert 0 < said["latency"]["torch_milliseconds"] < 1e4


def test_a_difference_beyond_the_tolerance_writes_nothing(registry: FolderRegistry, tmp_path: Path) -> None:
    strict = ExportTerms(form=ExportFormat.ONNX, tolerance=0.0)

    with pytest.raises(RequestError, match=r"is \d\.\de-\d\d away from torch's, but 0\.0e\+00 is allowed"):
        export(registry, name="digits", to=tmp_path / "out", terms=strict)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["artifact", "registry"]


class _Fickle(nn.Module):
    """Its way through depends on what it sees, which no graph can say."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled = x.mean(dim=(2, 3))
        return pooled if bool(pooled.sum() > 0) else pooled * 2


def test_a_network_that_no_graph_can_say_is_refused_in_one_sentence(tmp_path: Path) -> None:
    spec = ModelSpec(
        backbone=BackboneSpec(library="plain", architecture="fickle", features=3),
        preprocessing=ImagePreprocessing(size=8, mean=(0.5,) * 3, std=(0.5,) * 3),
        classes=("a", "b"),
    )
    network = Network(backbone=_Fickle(), features=3, classes=2)

    with pytest.raises(RequestError, match="fickle cannot be exported to ONNX: ") as caught:
        onnx_graph.write_onnx(
            Predictor(spec=spec, network=network), tmp_path, artifact=tmp_path, made_from={}, tolerance=1e-5
        )

    assert "\n" not in str(caught.value)


def test_absent_libraries_are_named(
    registry: FolderRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_graph, "_NEEDED", ("onnx", "no_such_runtime"))

    advice = r"needs no_such_runtime, which is not installed: pip install 'automl-tl\[onnx\]'"
    with pytest.raises(OperatorError, match=advice):
        export(registry, name="digits", to=tmp_path / "out", terms=ONNX)


def test_a_folder_with_something_in_it_is_left_alone(registry: FolderRegistry, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "diary.txt").write_text("mine")

    with pytest.raises(Conflict, match="a new or an empty folder"):
        export(registry, name="digits", to=tmp_path / "out", terms=SAFETENSORS)

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["diary.txt"]


def test_an_empty_folder_will_do_and_others_may_read_it(registry: FolderRegistry, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    export(registry, name="digits", to=tmp_path / "out", terms=SAFETENSORS)

    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o755


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_cannot_be_written_is_said(registry: FolderRegistry, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)

    with pytest.raises(OperatorError, match="locked/out cannot be written"):
        export(registry, name="digits", to=tmp_path / "locked" / "out", terms=SAFETENSORS)


@pytest.mark.parametrize(("alias", "words"), [("shadow", "no shadow"), ("7", "no version 7")])
def test_what_is_not_there_is_named(registry: FolderRegistry, tmp_path: Path, alias: str, words: str) -> None:
    terms = ExportTerms(form=ExportFormat.ONNX, alias=alias)

    with pytest.raises(NotFound, match=words):
        export(registry, name="digits", to=tmp_path / "out", terms=terms)


def test_a_damaged_version_is_not_exported(registry: FolderRegistry, tmp_path: Path) -> None:
    (registry.fetch("digits", 1) / "notes.txt").write_text("from elsewhere")

    with pytest.raises(OperatorError, match=r"version 1 of digits cannot be exported: .*notes\.txt"):
        export(registry, name="digits", to=tmp_path / "out", terms=SAFETENSORS)

    assert not (tmp_path / "out").exists()


def agrees(artifact: Path, root: Path) -> None:
    """The exported graph says what torch says, on batches that the export did not look at."""
    said = export(registered(root, artifact), name="digits", to=root / "out", terms=ONNX)
    predictor = load(artifact)
    for count in (1, 3, 5):
        pictures = random_pictures(predictor.spec.preprocessing, count=count)
        expected = predictor.predict_prepared([torch.from_numpy(pictures)])
        assert np.abs(asked(root / "out" / "model.onnx", pictures) - expected).max() <= 1e-5
    print(artifact.name, json.dumps({key: said[key] for key in ("parity", "latency")}))


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_PICTURES)
def test_every_embedded_family_becomes_a_graph(name: str, tmp_path: Path) -> None:
    agrees(saved_with(EmbeddedZoo(), f"embedded:{name}", tmp_path / name), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_every_set_of_real_weights_becomes_a_graph(name: str, tmp_path: Path, shared_data: Path) -> None:
    source = f"local-dir:{shared_data / 'weights' / name}"
    agrees(saved_with(LocalDirZoo(), source, tmp_path / name), tmp_path)


@pytest.mark.slow
def test_a_net_of_transformers_becomes_a_graph(tmp_path: Path) -> None:
    config: dict[str, object] = {
        "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
        "image_size": 32, "patch_size": 8,
    }  # fmt: skip
    backbone = BackboneSpec(
        library="transformers", architecture="vit", features=16, arguments={"config": config}
    )
    torch.manual_seed(0)
    network = Network(backbone=build_backbone(backbone), features=16, classes=2)
    torch.nn.init.normal_(network.head.weight)
    look = ImagePreprocessing(size=32, mean=(0.5,) * 3, std=(0.5,) * 3)
    spec = ModelSpec(backbone=backbone, preprocessing=look, classes=("a", "b"))
    save(tmp_path / "vit", spec=spec, network=network)

    agrees(tmp_path / "vit", tmp_path)


def test_terms_travel_as_json() -> None:
    assert ExportTerms(**json.loads(json.dumps(asdict(ONNX)))) == ONNX
