"""The connection to MLflow: its client, and its errors in our words."""

import errno
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from automl_tl.errors import DiskFull, NotFound, OperatorError, RegistryUnavailable
from automl_tl.model.problem import ModelProblem

MISSING, EXISTS = "RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS"
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "MLFLOW_CONFIGURE_LOGGING": "false",  # its remarks go where ours go
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output is the command's
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}


class Connection:
    """One MLflow: a SQLite file below ``root``, or the server behind a URL.

    Constructing imports MLflow (seconds); the first call migrates a new SQLite file (seconds). MLflow's
    global state is not touched, and nothing is asked of the network but ``url``.
    """

    def __init__(self, root: Path, *, url: str | None) -> None:
        for variable, value in _ENVIRONMENT.items():
            os.environ.setdefault(variable, value)
        mlflow = importlib.import_module("mlflow")
        self._exceptions = importlib.import_module("mlflow.exceptions")
        self.root = root
        self.address = url or f"sqlite:///{root / 'mlflow.sqlite3'}"
        self.is_server = self.address.startswith(("http://", "https://"))
        self.client = mlflow.MlflowClient(tracking_uri=self.address, registry_uri=self.address)

    @contextmanager
    def answering(self, *, missing: str = "") -> Iterator[None]:
        """Raise what goes wrong within as RegistryUnavailable, OperatorError or DiskFull.

        With a sentence for ``missing``, what MLflow does not find is NotFound.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            yield
        except self._exceptions.MlflowException as error:
            if missing and error.error_code in (MISSING, "INVALID_PARAMETER_VALUE"):
                raise NotFound(missing) from error
            raise RegistryUnavailable(f"MLflow at {self.address} does not answer: {error}") from error
        except ModelProblem as problem:
            raise OperatorError(f"the artifact cannot be registered: {problem}") from problem
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull(f"the registry in {self.root} has no room left") from error
            raise RegistryUnavailable(f"MLflow at {self.address} does not answer: {error}") from error

    @contextmanager
    def accepting(self, code: str) -> Iterator[None]:
        """Go on after the block where MLflow answers with that error code, ``MISSING`` or ``EXISTS``."""
        try:
            yield
        except self._exceptions.MlflowException as error:
            if error.error_code != code:
                raise
