"""MLflow's model registry: SQLite and a folder by default, or a tracking server."""

import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from automl_tl.errors import Conflict, NotFound
from automl_tl.registry import mlflow_logged_models as logged_models
from automl_tl.registry.base import Holding, Papers, Version
from automl_tl.registry.mlflow_connection import Connection
from automl_tl.registry.mlflow_downloads import downloads, drop_download, model_folder
from automl_tl.registry.mlflow_model import data_folder, drop_example
from automl_tl.registry.mlflow_versions import aliases_of, make_version, model_id, told, versions_of
from automl_tl.registry.names import DECISION, check_unnamed, checked


class MlflowRegistry:
    """Versions are MLflow's own; a decision finds its version by a tag.

    Constructing takes seconds, and so does the first call, as ``Connection`` says.
    """

    def __init__(self, root: Path, *, url: str | None = None) -> None:
        """``root`` holds ``mlflow.sqlite3`` and ``artifacts/``; with a server, what is fetched."""
        self._connection = Connection(root, url=url)
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
        connection = self._connection
        with self._lock, connection.answering():
            for version in versions_of(connection, checked(name)):
                if version.tags.get(DECISION) == decision:
                    return int(version.version)
            if not artifact.is_dir():
                raise NotFound(f"there is no artifact {artifact} to register as a version of {name}")
            files = {} if papers is None else papers.files
            logged = logged_models.upload(
                connection, name, artifact=artifact, decision=decision, digest=digest, files=files
            )
            logged_models.tell(connection, logged, metrics or {}, run_name=f"{name} {decision}")
            return make_version(
                connection,
                name,
                # Part of the version from its first moment: a crash leaves none without it.
                tags=dict(tags) | {DECISION: decision},
                summary=None if papers is None else papers.summary,
                source=logged_models.source_of(connection, logged),
            )

    def versions(self, name: str) -> tuple[Version, ...]:
        """Every version of a name, newest first; empty for an unknown name."""
        with self._connection.answering():
            found = versions_of(self._connection, checked(name))
            aliases = aliases_of(self._connection, name) if found else {}
        versions = [told(version, aliases=aliases) for version in found]
        return tuple(sorted(versions, key=lambda version: -version.number))

    def alias(self, name: str, alias: str) -> int | None:
        """The version behind an alias, or None."""
        with self._connection.answering():
            return aliases_of(self._connection, checked(name)).get(alias)

    def point(self, name: str, *, alias: str, version: int | None) -> None:
        """Let the alias name that version; None takes the alias away. NotFound: no such version."""
        client = self._connection.client
        with self._connection.answering(missing=f"{checked(name)} has no version {version}"):
            if version is not None:
                client.set_registered_model_alias(name, alias, str(version))
            elif alias in aliases_of(self._connection, name):
                client.delete_registered_model_alias(name, alias)

    def fetch(self, name: str, version: int) -> Path:
        """A local folder with the artifact's bytes; NotFound: no such version."""
        with self._connection.answering(missing=f"{checked(name)} has no version {version}"):
            model = model_folder(self._connection, name, version)
        data = data_folder(model)
        if data is None:
            raise NotFound(
                f"version {version} of {name} was not registered by automl-tl: it holds no model.json"
            )
        return data

    def delete(self, name: str, version: int) -> None:
        """Take a version away, then its bytes; its number is never given again. Gone before: nothing happens.

        Raises Conflict while an alias names it. On a server the bytes go with its own ``mlflow gc``.
        """
        connection = self._connection
        with self._lock, connection.answering():
            there = versions_of(connection, checked(name))
            found = next((v for v in there if int(v.version) == version), None)
            if found is None:
                return
            check_unnamed(name, version, aliases_of(connection, name))
            connection.client.delete_model_version(name, str(version))
            logged_models.let_go(connection, model_id(found))
            drop_download(connection, name, version)

    def amend(self, name: str, version: int, change: Callable[[Path], None]) -> None:
        """Let ``change`` put another artifact in the place of a version's; MLflow's input example goes.

        Raises NotFound, and Conflict where the bytes lie on a server.
        """
        if self._connection.is_server:
            raise Conflict(
                f"version {version} of {name} lies on {self._connection.address}, where its files cannot be "
                "changed: delete that version instead"
            )
        folder = self.fetch(name, version)
        with self._lock, self._connection.answering():
            drop_example(folder.parents[1])  # first: the artifact says whether this is still to do
            change(folder)

    def holdings(self) -> tuple[Holding, ...]:
        """The logged models on this machine, or what was fetched of a server's."""
        connection = self._connection
        with connection.answering():
            return tuple(
                downloads(connection) if connection.is_server else logged_models.holdings(connection)
            )

    def sweep(self) -> None:
        """Delete the logged models of ours without a version, and those that were deleted in MLflow."""
        left = [holding for holding in self.holdings() if holding.is_left]
        with self._lock, self._connection.answering():
            for holding in left:
                if self._connection.is_server:
                    shutil.rmtree(holding.path, ignore_errors=True)
                else:
                    logged_models.let_go(self._connection, holding.path.name)

    def uri(self, name: str) -> str:
        """What ``mlflow.pyfunc.load_model`` opens, with MLFLOW_TRACKING_URI set to ``tracking_uri``."""
        return f"models:/{checked(name)}@champion"

    @property
    def tracking_uri(self) -> str:
        """Where MLflow's own tools find this registry."""
        return self._connection.address
