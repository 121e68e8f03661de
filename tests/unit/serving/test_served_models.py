from collections.abc import Callable
from pathlib import Path

import pytest

from automl_tl.errors import NotFound, OperatorError
from automl_tl.model.artifact import digest
from automl_tl.registry.folder import FolderRegistry
from automl_tl.serving.load import ServedModels


def test_model_is_loaded_once_while_its_version_stands(registry: FolderRegistry, artifact: Path) -> None:
    models = ServedModels(registry)

    first, second = models.get("colours"), models.get("colours")

    assert first is second
    assert (first.version, first.digest) == (1, digest(artifact))


def test_moved_alias_is_followed_at_once(
    registry: FolderRegistry, tmp_path: Path, save_model: Callable[..., Path]
) -> None:
    models = ServedModels(registry)
    models.get("colours")
    other = save_model(tmp_path / "other", seed=1)
    registry.register(name="colours", artifact=other, decision="d2", tags={})

    registry.point("colours", alias="champion", version=2)

    assert models.get("colours").digest == digest(other)
    assert models.get("colours", alias="1").version == 1


def test_same_bytes_share_one_predictor(registry: FolderRegistry, artifact: Path) -> None:
    registry.register(name="colours", artifact=artifact, decision="d2", tags={})
    models = ServedModels(registry)

    assert models.get("colours", alias="1").predictor is models.get("colours", alias="2").predictor


def test_only_so_many_models_stay_in_memory(
    registry: FolderRegistry, tmp_path: Path, save_model: Callable[..., Path]
) -> None:
    for seed in (1, 2):
        artifact = save_model(tmp_path / str(seed), seed=seed)
        registry.register(name="colours", artifact=artifact, decision=f"more-{seed}", tags={})
    models = ServedModels(registry, capacity=2)
    first = models.get("colours", alias="1")

    for version in ("2", "3"):
        models.get("colours", alias=version)

    assert models.get("colours", alias="1") is not first


@pytest.mark.parametrize(
    ("name", "alias"), [("nobody", "champion"), ("colours", "staging"), ("colours", "7")]
)
def test_what_is_not_there_is_not_found(registry: FolderRegistry, name: str, alias: str) -> None:
    with pytest.raises(NotFound, match=name):
        ServedModels(registry).get(name, alias=alias)


def test_damaged_version_is_its_operators_to_mend(registry: FolderRegistry) -> None:
    weights = registry.fetch("colours", 1) / "model.safetensors"
    weights.unlink()
    weights.write_bytes(b"nothing")

    with pytest.raises(OperatorError, match="version 1 of colours"):
        ServedModels(registry).get("colours")
