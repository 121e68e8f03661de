"""Logged models, under which MLflow keeps an artifact's files; MLflow's errors pass through."""

import importlib
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from automl_tl.registry.base import Holding
from automl_tl.registry.copying import check_bytes
from automl_tl.registry.mlflow_connection import MISSING, Connection
from automl_tl.registry.mlflow_model import data_folder, write_model
from automl_tl.registry.mlflow_versions import model_id, versions_of
from automl_tl.registry.names import DECISION

_EXPERIMENT = "automl-tl"


def upload(
    connection: Connection,
    name: str,
    *,
    artifact: Path,
    decision: str,
    digest: str | None,
    files: Mapping[str, str],
) -> Any:
    """Log the artifact as a model with ``files`` beside it; MLflow's logged model, ready.

    Raises ArtifactChanged when it has another ``digest``, before MLflow hears of it.
    """
    client = connection.client
    with TemporaryDirectory() as scratch:
        check_bytes(artifact, of=artifact, digest=digest)  # before anything tries to understand it
        model = write_model(artifact, Path(scratch) / "model")
        check_bytes(data_folder(model) or model, of=artifact, digest=digest)
        for file, text in files.items():
            (model / file).write_text(text, encoding="utf-8")
        # The tag tells whose it is, should a crash leave it without a version.
        logged = client.create_logged_model(
            _experiment(connection), name=name.replace(".", "-"), tags={DECISION: decision}
        )
        client.log_model_artifacts(logged.model_id, str(model))
    return client.finalize_logged_model(logged.model_id, "READY")


def tell(connection: Connection, logged: Any, metrics: Mapping[str, float], *, run_name: str) -> None:
    """Put figures on the logged model; MLflow keeps them by way of a run, which lists them too."""
    if not metrics:
        return
    client = connection.client
    run = client.create_run(logged.experiment_id, run_name=run_name).info.run_id
    metric = importlib.import_module("mlflow.entities").Metric
    now = int(1000 * time.time())
    figures = [metric(key, value, now, 0, model_id=logged.model_id) for key, value in metrics.items()]
    client.log_batch(run, metrics=figures)
    client.set_terminated(run)


def source_of(connection: Connection, logged: Any) -> dict[str, str]:
    """How a version refers to the logged model."""
    if connection.is_server:
        return {"source": f"models:/{logged.model_id}", "model_id": logged.model_id}
    # Given the model's id, MLflow would look for it where its global tracking address points.
    return {"source": logged.artifact_location}


def models_folder(connection: Connection) -> Path:
    """Where the files of logged models lie, unless a server has them."""
    return connection.root / "artifacts" / "models"


def let_go(connection: Connection, model: str | None) -> None:
    """Delete a logged model that no version refers to any more, row first."""
    if model is None or any(model_id(version) == model for version in versions_of(connection)):
        return
    with connection.accepting(MISSING):
        connection.client.delete_logged_model(model)
    shutil.rmtree(models_folder(connection) / model, ignore_errors=True)


def holdings(connection: Connection) -> tuple[Holding, ...]:
    """Every logged model whose files lie on this machine."""
    folder = models_folder(connection)
    of_model = {model_id(version): version for version in versions_of(connection)}
    found = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return tuple(
        Holding(
            path=path,
            name=of_model[path.name].name if path.name in of_model else "",
            version=int(of_model[path.name].version) if path.name in of_model else None,
            is_left=path.name not in of_model and _is_ours_or_deleted(connection, path.name),
        )
        for path in found
    )


def _is_ours_or_deleted(connection: Connection, model: str) -> bool:
    """Whether a logged model without a version was left by us, or deleted by somebody in MLflow."""
    is_left = True  # unless MLflow still knows it
    with connection.accepting(MISSING):
        is_left = DECISION in connection.client.get_logged_model(model).tags
    return is_left


def _experiment(connection: Connection) -> str:
    found = connection.client.get_experiment_by_name(_EXPERIMENT)
    if found is None:
        location = None if connection.is_server else (connection.root / "artifacts").resolve().as_uri()
        return str(connection.client.create_experiment(_EXPERIMENT, artifact_location=location))
    return str(found.experiment_id)
