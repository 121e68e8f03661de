"""MLflow's model registry: SQLite and a folder by default, or a tracking server."""

import errno
import importlib
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlparse

from automl_tl.errors import Conflict, DiskFull, NotFound, OperatorError, RegistryUnavailable
from automl_tl.model.problem import ModelProblem
from automl_tl.registry.base import Holding, Papers, Version
from automl_tl.registry.copying import check_bytes
from automl_tl.registry.mlflow_model import drop_example, write_model
from automl_tl.registry.names import DECISION, check_unnamed, checked

_EXPERIMENT = "automl-tl"
_DESCRIPTION = 5000  # characters that MLflow's database holds of one
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "MLFLOW_CONFIGURE_LOGGING": "false",  # its remarks go where ours go
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}


class MlflowRegistry:
    """Versions are MLflow's own; a decision finds its version by a tag.

    Constructing imports MLflow (seconds); the first call migrates a new SQLite file (seconds). MLflow's
    global state is not touched, and nothing is asked of the network but ``url``.
    """

    def __init__(self, root: Path, *, url: str | None = None) -> None:
        """``root`` holds ``mlflow.sqlite3`` and ``artifacts/``; with a server, what is fetched."""
        for variable, value in _ENVIRONMENT.items():
            os.environ.setdefault(variable, value)
        mlflow = importlib.import_module("mlflow")
        self._exceptions = importlib.import_module("mlflow.exceptions")
        self._root = root
        self._address = url or f"sqlite:///{root / 'mlflow.sqlite3'}"
        self._is_server = self._address.startswith(("http://", "https://"))
        self._client = mlflow.MlflowClient(tracking_uri=self._address, registry_uri=self._address)
        self._lock = threading.Lock()

    def register(
        self,
        *,
        name: str,
        artifact: Path,
        decision: str,
        tags: Mapping[str, str],
        metrics: Mapping[str, float] | None = None,
        papers: Papers | None = None,
        digest: str | None = None,
    ) -> int:
        """The version that carries this decision's artifact: found by its tag, else made now with ``papers``.

        Raises NotFound when there is no such artifact, ArtifactChanged when it has another ``digest``.
        """
        with self._lock, self._answering():
            for version in self._found(checked(name)):
                if version.tags.get(DECISION) == decision:
                    return int(version.version)
            if not artifact.is_dir():
                raise NotFound(f"there is no artifact {artifact} to register as a version of {name}")
            files = {} if papers is None else papers.files
            with TemporaryDirectory() as scratch:
                check_bytes(artifact, of=artifact, digest=digest)  # before anything tries to understand it
                model = write_model(artifact, Path(scratch) / "model")
                check_bytes(_data(model), of=artifact, digest=digest)
                logged = self._upload(name, model, decision=decision, files=files)
            self._tell(logged, metrics or {}, run_name=f"{name} {decision}")
            self._ensure_name(name)
            # The tag is part of the version from its first moment: a crash leaves none without it.
            made = self._client.create_model_version(
                name,
                tags=dict(tags) | {DECISION: decision},
                description=None if papers is None else _shortened(papers.summary),
                **self._source(logged),
            )
            return int(made.version)

    def versions(self, name: str) -> tuple[Version, ...]:
        """Every version of a name, newest first; empty for an unknown name."""
        with self._answering():
            found = self._found(checked(name))
            aliases = self._aliases(name) if found else {}
        versions = [
            Version(
                name=name,
                number=int(version.version),
                tags=dict(version.tags),
                aliases=tuple(sorted(alias for alias, of in aliases.items() if of == int(version.version))),
            )
            for version in found
        ]
        return tuple(sorted(versions, key=lambda version: -version.number))

    def alias(self, name: str, alias: str) -> int | None:
        """The version behind an alias, or None."""
        with self._answering():
            return self._aliases(checked(name)).get(alias)

    def point(self, name: str, *, alias: str, version: int | None) -> None:
        """Let the alias name that version; None takes the alias away. NotFound: no such version."""
        with self._answering(missing=f"{checked(name)} has no version {version}"):
            if version is not None:
                self._client.set_registered_model_alias(name, alias, str(version))
            elif alias in self._aliases(name):
                self._client.delete_registered_model_alias(name, alias)

    def fetch(self, name: str, version: int) -> Path:
        """A local folder with the artifact's bytes; NotFound: no such version."""
        with self._answering(missing=f"{checked(name)} has no version {version}"):
            address = self._client.get_model_version_download_uri(name, str(version))
            model = self._local(address) or self._download(address, name=name, version=version)
        data = _data(model)
        if not data.is_dir():
            raise NotFound(
                f"version {version} of {name} was not registered by automl-tl: it holds no model.json"
            )
        return data

    def delete(self, name: str, version: int) -> None:
        """Take a version away, then its bytes; its number is never given again. Gone before: nothing happens.

        Raises Conflict while an alias names it. On a server the bytes go with its own ``mlflow gc``.
        """
        with self._lock, self._answering():
            found = next((v for v in self._found(checked(name)) if int(v.version) == version), None)
            if found is None:
                return
            check_unnamed(name, version, self._aliases(name))
            self._client.delete_model_version(name, str(version))
            self._let_go(_model_id(found.source))
            shutil.rmtree(self._root / "downloads" / name / str(version), ignore_errors=True)

    def amend(self, name: str, version: int, change: Callable[[Path], None]) -> None:
        """Let ``change`` put another artifact in the place of a version's; MLflow's input example goes.

        Raises NotFound, and Conflict where the bytes lie on a server.
        """
        if self._is_server:
            raise Conflict(
                f"version {version} of {name} lies on {self._address}, where its files cannot be changed: "
                "delete that version instead"
            )
        folder = self.fetch(name, version)
        with self._lock, self._answering():
            drop_example(folder.parents[1])  # first: the artifact says whether this is still to do
            change(folder)

    def holdings(self) -> tuple[Holding, ...]:
        """The logged models on this machine, or what was fetched of a server's."""
        with self._answering():
            versions = self._found()
            if self._is_server:
                return tuple(self._downloads(versions))
            of_model = {_model_id(v.source): v for v in versions}
            return tuple(
                Holding(
                    path=path,
                    name=of_model[path.name].name if path.name in of_model else "",
                    version=int(of_model[path.name].version) if path.name in of_model else None,
                    is_left=path.name not in of_model and self._is_ours_or_deleted(path.name),
                )
                for path in _folders(self._root / "artifacts" / "models")
            )

    def sweep(self) -> None:
        """Delete the logged models of ours without a version, and those that were deleted in MLflow."""
        left = [holding for holding in self.holdings() if holding.is_left]
        with self._lock, self._answering():
            for holding in left:
                if self._is_server:
                    shutil.rmtree(holding.path, ignore_errors=True)
                else:
                    self._let_go(holding.path.name)

    def uri(self, name: str) -> str:
        """What ``mlflow.pyfunc.load_model`` opens, with MLFLOW_TRACKING_URI set to ``tracking_uri``."""
        return f"models:/{checked(name)}@champion"

    @property
    def tracking_uri(self) -> str:
        """Where MLflow's own tools find this registry."""
        return self._address

    def _found(self, name: str | None = None) -> list[Any]:
        """A name's versions, or everybody's."""
        found: list[Any] = []
        token = None
        while True:
            page = self._client.search_model_versions(name and f"name='{name}'", page_token=token)
            found += page
            token = page.token
            if not token:
                return found

    def _let_go(self, model: str | None) -> None:
        """Delete a logged model that no version refers to any more, row first."""
        if model is None or any(_model_id(version.source) == model for version in self._found()):
            return
        try:
            self._client.delete_logged_model(model)
        except self._exceptions.MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
        shutil.rmtree(self._root / "artifacts" / "models" / model, ignore_errors=True)

    def _is_ours_or_deleted(self, model: str) -> bool:
        """Whether a logged model without a version was left by us, or deleted by somebody in MLflow."""
        try:
            return DECISION in self._client.get_logged_model(model).tags
        except self._exceptions.MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return True

    def _downloads(self, versions: Sequence[Any]) -> Iterator[Holding]:
        known = {(version.name, str(version.version)) for version in versions}
        for name in _folders(self._root / "downloads"):
            for path in _folders(name):
                is_left = (name.name, path.name) not in known
                number = int(path.name) if path.name.isdecimal() and not is_left else None
                yield Holding(path=path, name=name.name, version=number, is_left=is_left)

    def _aliases(self, name: str) -> dict[str, int]:
        try:
            aliases = self._client.get_registered_model(name).aliases
        except self._exceptions.MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return {}
        return {alias: int(version) for alias, version in aliases.items()}

    def _ensure_name(self, name: str) -> None:
        try:
            self._client.create_registered_model(name)
        except self._exceptions.MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    def _upload(self, name: str, model: Path, *, decision: str, files: Mapping[str, str]) -> Any:
        # The tag tells whose it is, should a crash leave it without a version.
        logged = self._client.create_logged_model(
            self._experiment(), name=name.replace(".", "-"), tags={DECISION: decision}
        )
        for file, text in files.items():
            (model / file).write_text(text, encoding="utf-8")
        self._client.log_model_artifacts(logged.model_id, str(model))
        return self._client.finalize_logged_model(logged.model_id, "READY")

    def _tell(self, logged: Any, metrics: Mapping[str, float], *, run_name: str) -> None:
        """Put figures on the logged model; MLflow keeps them by way of a run, which lists them too."""
        if not metrics:
            return
        run = self._client.create_run(logged.experiment_id, run_name=run_name).info.run_id
        metric = importlib.import_module("mlflow.entities").Metric
        now = int(1000 * time.time())
        told = [metric(key, value, now, 0, model_id=logged.model_id) for key, value in metrics.items()]
        self._client.log_batch(run, metrics=told)
        self._client.set_terminated(run)

    def _source(self, logged: Any) -> dict[str, str]:
        if self._is_server:
            return {"source": f"models:/{logged.model_id}", "model_id": logged.model_id}
        # Given the model's id, MLflow would look for it where its global tracking address points.
        return {"source": logged.artifact_location}

    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(_EXPERIMENT)
        if found is None:
            location = None if self._is_server else (self._root / "artifacts").resolve().as_uri()
            return str(self._client.create_experiment(_EXPERIMENT, artifact_location=location))
        return str(found.experiment_id)

    def _local(self, address: str) -> Path | None:
        """The folder behind a file address; what was restored elsewhere is looked for below ``root``."""
        parts = urlparse(address)
        if parts.scheme not in ("", "file"):
            return None
        recorded = Path(unquote(parts.path))
        _, _, below = parts.path.rpartition("/artifacts/models/")
        moved = self._root / "artifacts" / "models" / unquote(below)
        return next((path for path in (recorded, moved) if path.is_dir()), None)

    def _download(self, address: str, *, name: str, version: int) -> Path:
        target = self._root / "downloads" / name / str(version)
        if not target.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            artifacts = importlib.import_module("mlflow.artifacts")
            with TemporaryDirectory(dir=target.parent) as beside:  # whole, or not there
                found = artifacts.download_artifacts(
                    artifact_uri=address, dst_path=beside, tracking_uri=self._address
                )
                Path(found).rename(target)
        return target

    @contextmanager
    def _answering(self, *, missing: str = "") -> Iterator[None]:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            yield
        except self._exceptions.MlflowException as error:
            if missing and error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise NotFound(missing) from error
            raise RegistryUnavailable(f"MLflow at {self._address} does not answer: {error}") from error
        except ModelProblem as problem:
            raise OperatorError(f"the artifact cannot be registered: {problem}") from problem
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull(f"the registry in {self._root} has no room left") from error
            raise RegistryUnavailable(f"MLflow at {self._address} does not answer: {error}") from error


def _shortened(summary: str) -> str:
    """By whole paragraphs, so that no table breaks off."""
    while len(summary) > _DESCRIPTION:
        summary = summary.rpartition("\n\n")[0] or summary[:_DESCRIPTION]
    return summary


def _data(model: Path) -> Path:
    """Where an MLflow model of ours holds the artifact; a folder that is not there in one of another's."""
    found = sorted((model / "data").glob("*/model.json"))
    return found[0].parent if len(found) == 1 else model / "data" / "none"


def _model_id(source: str) -> str | None:
    """The logged model behind a version's source, None where it is none of these."""
    found = re.search(r"(?:models:|/models)/(m-[0-9a-f]+)", source)
    return None if found is None else found[1]


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
