"""The other processes' way to the models process: HTTP over a Unix socket."""

import hashlib
import http.client
import json
import os
import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from automl_tl import errors
from automl_tl.domain.export import ExportTerms
from automl_tl.domain.prediction import EvaluationTerms, Input, PredictionTerms, Written
from automl_tl.errors import AutomlError, TransientError
from automl_tl.settings import Home

PREDICT_SECONDS = 120.0
EXPORT_SECONDS = 1800.0
EVALUATE_SECONDS = 3600.0
RECONCILE_SECONDS = 120.0
PATIENCE_SECONDS = 30.0  # for a models process that is being started
_LOOK_SECONDS = 0.1
_LONGEST = 100  # bytes of a Unix socket's path; the system takes 107


class ModelsUnavailable(TransientError):
    """The models process does not answer; it is started again when it has died."""


class _NobodyListens(ModelsUnavailable):
    """There was no connection, so nothing was asked."""


def models_socket(home: Home) -> Path:
    """Where the models process listens: in the home, or in a short private folder where that is too long."""
    path = home.run / "models.sock"
    if len(os.fsencode(path)) <= _LONGEST:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
    digest = hashlib.sha256(os.fsencode(home.root)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"atl-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise errors.OperatorError(f"{folder} belongs to somebody else; expected a folder of this user")
    return folder / "models.sock"


class ModelsClient:
    """Asks the models process; may be called from several threads at once.

    Errors come back as the models process raised them; ModelsUnavailable when it does not answer. Who asks
    while it is being started waits ``patience_seconds`` at most; but for `warm` and `is_alive`.
    """

    def __init__(self, path: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._path = path
        self._patience_seconds = patience_seconds

    def predict(
        self, name: str, *, inputs: Sequence[Input], terms: PredictionTerms
    ) -> list[dict[str, object]]:
        """One answer an input, in their order."""
        said = {
            "name": name,
            "inputs": [asdict(one) if isinstance(one, Written) else str(one) for one in inputs],
            "terms": asdict(terms),
        }
        answer = self._ask_patiently("/predict", said, seconds=PREDICT_SECONDS)
        predictions: list[dict[str, object]] = answer["predictions"]
        return predictions

    def evaluate(self, name: str, *, dataset: Path, terms: EvaluationTerms) -> dict[str, object]:
        """``metric``, ``value``, ``interval``, ``samples``, and more."""
        said = {"name": name, "dataset": str(dataset), "terms": asdict(terms)}
        return self._ask_patiently("/evaluate", said, seconds=EVALUATE_SECONDS)

    def export(self, name: str, *, to: Path, terms: ExportTerms) -> dict[str, object]:
        """Write a version into ``to``, a new or empty folder; what was written and found."""
        said = {"name": name, "to": str(to), "terms": asdict(terms)}
        return self._ask_patiently("/export", said, seconds=EXPORT_SECONDS)

    def try_out(self, name: str, *, version: int) -> None:
        """See that a version loads and predicts."""
        self._ask_patiently("/try-out", {"name": name, "version": version}, seconds=PREDICT_SECONDS)

    def usage(self) -> dict[str, object]:
        """``bytes``, ``kinds``, ``models``, ``jobs``."""
        return self._ask_patiently("/usage", {}, seconds=EVALUATE_SECONDS)

    def collect(self, *, dry_run: bool) -> dict[str, object]:
        """``bytes`` and ``items`` that were freed, or with ``dry_run`` would be."""
        return self._ask_patiently("/collect", {"dry_run": dry_run}, seconds=EVALUATE_SECONDS)

    def delete(self, name: str, *, version: int | None, reason: str) -> None:
        """Delete a version, or with None all of the name's."""
        said = {"name": name, "version": version, "reason": reason}
        self._ask_patiently("/delete", said, seconds=EVALUATE_SECONDS)

    def forget(
        self, samples: Sequence[str], *, tenant: str, dataset_name: str | None, who: str
    ) -> dict[str, object]:
        """Forget samples named by path or sha256."""
        said = {"samples": list(samples), "tenant": tenant, "dataset_name": dataset_name, "who": who}
        return self._ask_patiently("/forget", said, seconds=EVALUATE_SECONDS)

    def warm(self) -> None:
        """Open the registry, which takes seconds, before it is wanted."""
        self._ask("/warm", {}, seconds=RECONCILE_SECONDS)

    def reconcile(self) -> int:
        """Bring the registry in line now; how many changes that took. Raises RegistryUnavailable too."""
        changes: int = self._ask_patiently("/reconcile", {}, seconds=RECONCILE_SECONDS)["changes"]
        return changes

    def is_alive(self) -> bool:
        """Whether the models process answers."""
        try:
            self._ask("/healthz", None, seconds=2.0)
        except AutomlError:
            return False
        return True

    def _ask_patiently(self, route: str, said: Mapping[str, object], *, seconds: float) -> dict[str, Any]:
        """Ask again while nobody listens: what was never heard may be said twice."""
        until = time.monotonic() + self._patience_seconds
        while True:
            try:
                return self._ask(route, said, seconds=seconds)
            except _NobodyListens:
                if time.monotonic() >= until:
                    raise
            time.sleep(_LOOK_SECONDS)

    def _ask(self, route: str, said: Mapping[str, object] | None, *, seconds: float) -> dict[str, Any]:
        connection = _UnixConnection(self._path, seconds=seconds)
        try:
            if said is None:
                connection.request("GET", route)
            else:
                connection.request("POST", route, json.dumps(said), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            body: dict[str, Any] = json.loads(answer.read() or b"{}")
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise _NobodyListens(f"the models process does not answer: {error}") from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise ModelsUnavailable(f"the models process does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise _error_of(body)
        return body


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, *, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))


def _error_of(problem: Mapping[str, object]) -> AutomlError:
    """The error that a problem+json tells of; its type ends with the name of the class."""
    kind = getattr(errors, str(problem.get("type", "")).rpartition(":")[2], AutomlError)
    if not (isinstance(kind, type) and issubclass(kind, AutomlError)):
        kind = AutomlError
    return kind(str(problem.get("detail", "the models process met an error")))
