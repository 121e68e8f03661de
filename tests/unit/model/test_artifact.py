import json
from pathlib import Path

import numpy as np
import pytest
import torch

from automl_tl.model.artifact import digest, load, read_spec, save
from automl_tl.model.network import Network
from automl_tl.model.predictor import Predictor
from automl_tl.model.problem import ArtifactDamaged
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


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
@pytest.mark.parametrize("damage", [Path.unlink, _cut])
def test_missing_or_truncated_file_is_named(
    tmp_path: Path, spec: ModelSpec, network: Network, name: str, damage: object
) -> None:
    save(tmp_path / "model", spec=spec, network=network)
    damage(tmp_path / "model" / name)  # type: ignore[operator]

    with pytest.raises(ArtifactDamaged, match=name):
        load(tmp_path / "model")


def test_one_flipped_bit_of_the_weights_is_seen(tmp_path: Path, spec: ModelSpec, network: Network) -> None:
    save(tmp_path / "model", spec=spec, network=network)
    _flip(tmp_path / "model" / "model.safetensors")

    with pytest.raises(ArtifactDamaged, match="sha256"):
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


def test_batch_norm_counters_and_statistics_are_saved(
    tmp_path: Path, spec: ModelSpec, network: Network
) -> None:
    save(tmp_path / "model", spec=spec, network=network)

    loaded = load(tmp_path / "model").network.state_dict()

    assert all(torch.equal(value, loaded[name]) for name, value in network.state_dict().items())
