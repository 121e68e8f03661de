"""A version is moved to only after it was seen to load and to predict."""

from collections.abc import Callable
from pathlib import Path

import pytest

from automl_tl.champions.models_service import ModelsService
from automl_tl.errors import NotFound, OperatorError
from automl_tl.registry.folder import FolderRegistry
from automl_tl.store.base import Store


@pytest.fixture
def service(registry: FolderRegistry, store: Store) -> ModelsService:
    return ModelsService(registry, ledger=store)


def test_a_sound_version_predicts_its_example(service: ModelsService) -> None:
    service.try_out("colours", version=1)


def test_a_damaged_version_is_found_out(service: ModelsService, registry: FolderRegistry) -> None:
    weights = registry.fetch("colours", 1) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])

    with pytest.raises(OperatorError, match="version 1 of colours cannot be served"):
        service.try_out("colours", version=1)


def test_a_version_that_predicts_nonsense_is_found_out(
    service: ModelsService, registry: FolderRegistry, save_model: Callable[..., Path], tmp_path: Path
) -> None:
    spoilt = save_model(tmp_path / "spoilt", spoil=True)
    registry.register(name="colours", artifact=spoilt, decision="d2", tags={})

    with pytest.raises(OperatorError, match="version 2 of colours predicts nan"):
        service.try_out("colours", version=2)


def test_a_version_that_is_not_there_is_named(service: ModelsService) -> None:
    with pytest.raises(NotFound, match="9"):
        service.try_out("colours", version=9)
