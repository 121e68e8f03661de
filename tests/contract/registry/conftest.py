"""The registries, a small model to register, and a name's line in store and registry."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from decided_line import Line
from mlflow_program import tracking_server
from small_model import save_small

from automl_tl.registry.base import Registry
from automl_tl.registry.folder import FolderRegistry
from automl_tl.registry.mlflow_registry import MlflowRegistry
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store

_serial = count()


@pytest.fixture(scope="session")
def served_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of MLflow's own server, started once for all of the group ``mlflow-server``."""
    with tracking_server(tmp_path_factory.mktemp("served")) as address:
        yield address


@pytest.fixture(scope="module", params=["folder", "mlflow"])
def registry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """An empty registry of each kind, opened once for a whole module; ``server`` on request."""
    root = tmp_path_factory.mktemp(request.param)
    if request.param == "server":
        yield MlflowRegistry(root / "local", url=request.getfixturevalue("served_registry"))
    else:
        yield FolderRegistry(root) if request.param == "folder" else MlflowRegistry(root, url=None)


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model, as small as they come."""
    return save_small(tmp_path_factory.mktemp("job") / "artifact")


@pytest.fixture
def store(migrated_file: Path, tmp_path: Path) -> Iterator[Store]:
    """A store of the test's own: whoever reconciles sees to every name in it."""
    store = open_store(shutil.copy(migrated_file, tmp_path / "store.sqlite3"))
    yield store
    store.close()


@pytest.fixture
def name() -> str:
    """A name that no other test uses: registries are opened once for all."""
    return f"name-{next(_serial)}"


@pytest.fixture
def line(store: Store, registry: Registry, artifact: Path, name: str) -> Line:
    """A name without a decision yet."""
    return Line(store=store, registry=registry, artifact=artifact, name=name)
