"""Who brings the registry in line at the end of a job: the daemon's models process, or the runner itself."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from automl_tl.daemon.cards import papers
from automl_tl.daemon.models_client import ModelsClient, models_socket
from automl_tl.daemon.reconciler import reconcile
from automl_tl.errors import AutomlError, RegistryUnavailable, TransientError
from automl_tl.registry.base import Registry
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.wiring.adapters import reconcile_turn, registry_of

_log = logging.getLogger(__name__)


class DaemonPromoter:
    """Asks the models process, which has the registry open; it goes on by itself where it does not answer."""

    def __init__(self, settings: Settings) -> None:
        self._client = ModelsClient(models_socket(settings.folders))

    def warm(self) -> None:
        """Let the registry be opened beside the proof."""
        threading.Thread(target=self._warm, name="registry", daemon=True).start()

    def reconcile(self) -> int:
        """Bring the registry in line; raises RegistryUnavailable."""
        try:
            return self._client.reconcile()
        except TransientError as problem:
            raise RegistryUnavailable(str(problem)) from problem

    def _warm(self) -> None:
        try:
            self._client.warm()
        except AutomlError as problem:
            _log.warning("registry not opened yet: %s", problem)


class OwnPromoter:
    """Opens the registry in this process, in the background once it is known to be wanted."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._registry: Future[Registry] | None = None

    def warm(self) -> None:
        """Begin to open the registry."""
        if self._registry is None:
            self._registry = _in_background(lambda: registry_of(self._settings))

    def reconcile(self) -> int:
        """Bring the registry in line; raises RegistryUnavailable, DiskFull."""
        self.warm()
        assert self._registry is not None
        return reconcile(
            self._store,
            self._registry.result(),
            turn=reconcile_turn(self._settings),
            papers=partial(papers, self._store, self._settings),
        )


def _in_background(make: Callable[[], Registry]) -> Future[Registry]:
    future: Future[Registry] = Future()

    def fill() -> None:
        try:
            future.set_result(make())
        except BaseException as error:  # noqa: BLE001  # raised where the registry is used
            future.set_exception(error)

    threading.Thread(target=fill, name="registry", daemon=True).start()
    return future
