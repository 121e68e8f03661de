import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from automl_tl.model.artifact import load, save
from automl_tl.model.description import read_card, read_spec
from automl_tl.model.digest import digest
from automl_tl.model.network import Network
from automl_tl.model.predictor import Predictor
from automl_tl.model.problem import ArtifactDamaged, BackboneUnknown
from automl_tl.model.spec import ModelSpec


def test_loaded_model_predicts_what_the_saved_one_did(
    tmp_path: Path, spec: ModelSpec, network: Network, pictures: list[bytes]
) -> None:
    before = Predictor(spec=spec, network=network).predict(pictures)

    save(tmp_path / "model", spec=spec, network=network)
    after = load(tmp_path / "model").predict(pictures)

    assert np.abs(after - before).max() <= 1e-6


def test_spec_survives_the_disk(tmp_path: Path, spec: ModelSpec, network: Network) -> None:
    save(tmp_path / "model", spec=spec, network=network)

    assert read_spec(tmp_path / "model") == spec


def test_digest_is_a_function_of_the_bytes(
    tmp_path: Path, spec: ModelSpec, network: Network, pictures: list[bytes]
) -> None:
    one = save(tmp_path / "one", spec=spec, network=network, example=pictures[0])
    two = save(tmp_path / "two", spec=spec, network=network, example=pictures[0])
    other = save(tmp_path / "other", spec=spec, network=network, example=pictures[1])

    assert one == two == digest(tmp_path / "one")
    assert other != one


def test_saving_again_replaces_the_folder_and_leaves_nothing_beside_it(
    tmp_path: Path, spec: ModelSpec, network: Network, pictures: list[bytes]
) -> None:
    save(tmp_path / "model", spec=spec, network=network, example=pictures[0])

    save(tmp_path / "model", spec=spec, network=network)

    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert sorted(p.name for p in (tmp_path / "model").iterdir()) == ["model.json", "model.safetensors"]


def test_failed_save_leaves_the_old_model(tmp_path: Path, spec: ModelSpec, network: Network) -> None:
    before = save(tmp_path / "model", spec=spec, network=network)

    with pytest.raises(TypeError):
        save(tmp_path / "model", spec=spec, network=network, facts={"not JSON": object()})

    assert digest(tmp_path / "model") == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_facts_are_kept_on_the_card(tmp_path: Path, spec: ModelSpec, network: Network) -> None:
    save(tmp_path / "model", spec=spec, network=network, facts={"job": "j-1"})

    assert json.loads((tmp_path / "model" / "model.json").read_text())["facts"] == {"job": "j-1"}


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["model.json", "model.safetensors", "example.png"])
@pytest.mark.parametrize("damage", [Path.unlink, _cut, _flip])
def test_missing_truncated_or_changed_file_is_named(
    tmp_path: Path, spec: ModelSpec, network: Network, pictures: list[bytes], name: str, damage: object
) -> None:
    save(tmp_path / "model", spec=spec, network=network, example=pictures[0])
    damage(tmp_path / "model" / name)  # type: ignore[operator]

    with pytest.raises(ArtifactDamaged, match=name):
        load(tmp_path / "model")


def test_an_edited_description_is_no_longer_the_saved_one(
    tmp_path: Path, spec: ModelSpec, network: Network
) -> None:
    save(tmp_path / "model", spec=spec, network=network, facts={"trials": {7: 0.5, 10: None}})
    card = tmp_path / "model" / "model.json"
    assert read_card(tmp_path / "model")["facts"] == {"trials": {"7": 0.5, "10": None}}

    card.write_text(card.read_text().replace('"temperature": 1.7', '"temperature": 0.7'))

    with pytest.raises(ArtifactDamaged, match=r"model\.json was edited after it was saved"):
        load(tmp_path / "model")


@pytest.mark.parametrize("name", ["notes.txt", "model.pkl", "data/deep.bin", ".hidden"])
def test_a_foreign_file_is_named(tmp_path: Path, spec: ModelSpec, network: Network, name: str) -> None:
    save(tmp_path / "model", spec=spec, network=network)
    (tmp_path / "model" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "model" / name).write_text("from elsewhere")

    with pytest.raises(ArtifactDamaged, match=f"{name}, which is no file of this saved model"):
        load(tmp_path / "model")


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_weights_that_are_no_numbers_are_named(
    tmp_path: Path, spec: ModelSpec, network: Network, value: float
) -> None:
    with torch.no_grad():
        network.head.weight[1, 2] = value
    save(tmp_path / "model", spec=spec, network=network)

    with pytest.raises(ArtifactDamaged, match=r"NaN or infinity in head\.weight"):
        load(tmp_path / "model")


@pytest.mark.parametrize("text", ["[]", "{}", '{"spec": 3}', '{"spec": {"format_version": "1"}}', "null"])
def test_another_json_is_not_a_model(tmp_path: Path, spec: ModelSpec, network: Network, text: str) -> None:
    save(tmp_path / "model", spec=spec, network=network)
    (tmp_path / "model" / "model.json").write_text(text)

    with pytest.raises(ArtifactDamaged, match=r"model\.json does not"):
        load(tmp_path / "model")


def test_newer_format_is_refused_with_both_numbers(tmp_path: Path, spec: ModelSpec, network: Network) -> None:
    save(tmp_path / "model", spec=spec, network=network)
    card = tmp_path / "model" / "model.json"
    card.write_text(card.read_text().replace('"format_version": 1', '"format_version": 9'))

    with pytest.raises(ArtifactDamaged, match=r"format 9.*up to 1"):
        load(tmp_path / "model")


def test_weights_of_another_shape_are_damage(tmp_path: Path, spec: ModelSpec, network: Network) -> None:
    other = Network(backbone=network.backbone, features=12, classes=2)

    save(tmp_path / "model", spec=spec, network=other)

    with pytest.raises(ArtifactDamaged, match="does not fit"):
        load(tmp_path / "model")


def test_a_backbone_of_no_known_library_is_named(tmp_path: Path, spec: ModelSpec, network: Network) -> None:
    strange = replace(spec, backbone=replace(spec.backbone, library="keras"))

    save(tmp_path / "model", spec=strange, network=network)

    with pytest.raises(BackboneUnknown, match="'keras', but backbones come from plain, timm, transformers"):
        load(tmp_path / "model")


def test_the_signature_says_what_goes_in_and_what_comes_out(
    tmp_path: Path, spec: ModelSpec, network: Network
) -> None:
    save(tmp_path / "model", spec=spec, network=network)

    signature = read_card(tmp_path / "model")["signature"]

    columns = ["label", "guess", "probability", "probability_cat", "probability_dog", "probability_eel"]
    assert [entry["name"] for entry in signature["inputs"]] == ["image"]
    assert [entry["name"] for entry in signature["outputs"]] == columns
    assert signature["network"]["input"] == {"shape": ["batch", 3, 16, 16], "type": "uint8"}
    assert signature["network"]["output"] == {"shape": ["batch", 3], "type": "float32"}


def test_batch_norm_counters_and_statistics_are_saved(
    tmp_path: Path, spec: ModelSpec, network: Network
) -> None:
    save(tmp_path / "model", spec=spec, network=network)

    loaded = load(tmp_path / "model").network.state_dict()

    assert all(torch.equal(value, loaded[name]) for name, value in network.state_dict().items())
