"""A version's files on this machine: where they lie, or where they are downloaded to, once."""

import importlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlparse

from automl_tl.registry.base import Holding
from automl_tl.registry.mlflow_connection import Connection
from automl_tl.registry.mlflow_logged_models import models_folder
from automl_tl.registry.mlflow_versions import versions_of


def model_folder(connection: Connection, name: str, version: int) -> Path:
    """The folder of a version's MLflow model; MLflow's errors pass through."""
    address = connection.client.get_model_version_download_uri(name, str(version))
    return _local(connection, address) or _download(connection, address, name=name, version=version)


def drop_download(connection: Connection, name: str, version: int) -> None:
    """Delete what was fetched of a version."""
    shutil.rmtree(_target(connection, name, version), ignore_errors=True)


def downloads(connection: Connection) -> Iterator[Holding]:
    """Everything that was fetched of a server's."""
    known = {(version.name, str(version.version)) for version in versions_of(connection)}
    for path in sorted(_root(connection).glob("*/*/")):
        is_left = (path.parent.name, path.name) not in known
        number = int(path.name) if path.name.isdecimal() and not is_left else None
        yield Holding(path=path, name=path.parent.name, version=number, is_left=is_left)


def _local(connection: Connection, address: str) -> Path | None:
    """The folder behind a file address; what was restored elsewhere is looked for below the root."""
    parts = urlparse(address)
    if parts.scheme not in ("", "file"):
        return None
    recorded = Path(unquote(parts.path))
    _, _, below = parts.path.rpartition("/artifacts/models/")
    moved = models_folder(connection) / unquote(below)
    return next((path for path in (recorded, moved) if path.is_dir()), None)


def _download(connection: Connection, address: str, *, name: str, version: int) -> Path:
    target = _target(connection, name, version)
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        artifacts = importlib.import_module("mlflow.artifacts")
        with TemporaryDirectory(dir=target.parent) as beside:  # whole, or not there
            found = artifacts.download_artifacts(
                artifact_uri=address, dst_path=beside, tracking_uri=connection.address
            )
            Path(found).rename(target)
    return target


def _target(connection: Connection, name: str, version: int) -> Path:
    return _root(connection) / name / str(version)


def _root(connection: Connection) -> Path:
    return connection.root / "downloads"
