"""Who brings the registry in line at the end of a job: the daemon's models process, or the runner itself."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from automl_tl.champions.models_client import RECONCILE_SECONDS, ModelsClient, models_socket
from automl_tl.champions.reconciler import reconcile
from automl_tl.domain.promotion import Decided
from automl_tl.errors import AutomlError, RegistryUnavailable, TransientError
from automl_tl.job import cards
from automl_tl.registry.base import Papers, Registry
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.wiring.adapters import reconcile_turn, registry_of

_log = logging.getLogger(__name__)
Made = TypeVar("Made")


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

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        seconds: float = RECONCILE_SECONDS,
        open_registry: Callable[[Settings], Registry] = registry_of,
        papers_of: Callable[[Store, Settings, Decided], Papers | None] = cards.papers,
    ) -> None:
        """``seconds``: how long the registry is waited for at most."""
        self._store = store
        self._settings = settings
        self._seconds = seconds
        self._open = open_registry
        self._papers_of = papers_of
        self._registry: Future[Registry] | None = None

    def warm(self) -> None:
        """Begin to open the registry, and see what somebody did there by hand before the proof is decided."""
        if self._registry is None:
            self._registry = _in_background(partial(self._open, self._settings))
            _in_background(self._look)

    def reconcile(self) -> int:
        """Bring the registry in line; raises RegistryUnavailable, DiskFull.

        A registry that hangs is left hanging: whatever it still does is found done by the next try.
        """
        self.warm()
        try:
            return _in_background(self._reconcile).result(self._seconds)
        except TimeoutError:
            raise RegistryUnavailable(f"the registry did not answer within {self._seconds:.0f} s") from None

    def _look(self) -> None:
        try:
            self._reconcile()
        except AutomlError as problem:
            _log.warning("registry not reconciled yet: %s", problem)

    def _reconcile(self) -> int:
        assert self._registry is not None
        return reconcile(
            self._store,
            self._registry.result(),
            turn=reconcile_turn(self._settings),
            papers=partial(self._papers_of, self._store, self._settings),
        )


def _in_background(make: Callable[[], Made]) -> Future[Made]:
    future: Future[Made] = Future()

    def fill() -> None:
        try:
            future.set_result(make())
        except BaseException as error:  # noqa: BLE001  # raised where the result is used
            future.set_exception(error)

    threading.Thread(target=fill, name="registry", daemon=True).start()
    return future
