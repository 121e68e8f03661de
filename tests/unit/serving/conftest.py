"""A served model of two colours, and pictures to ask it about."""

from collections.abc import Callable, Iterator
from pathlib import Path

import colours
import pytest

from automl_tl.registry.folder import FolderRegistry
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store

Maker = Callable[..., Path]


@pytest.fixture
def save_model() -> Maker:
    """Saves a model of that seed into a folder."""
    return colours.save_model


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return colours.save_model(tmp_path / "artifact")


@pytest.fixture
def registry(tmp_path: Path, artifact: Path) -> FolderRegistry:
    registry = FolderRegistry(tmp_path / "registry")
    registry.register(name="colours", artifact=artifact, decision="d1", tags={})
    registry.point("colours", alias="champion", version=1)
    return registry


@pytest.fixture
def labelled_folder(tmp_path: Path) -> Path:
    """Four pictures of each class, ``red`` and ``blue``."""
    return colours.draw(tmp_path / "pictures")


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory."""
    store = open_store("sqlite://")
    yield store
    store.close()
