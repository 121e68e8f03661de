"""Which version an alias names, also while the registry is silent."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from automl_tl.errors import RegistryUnavailable
from automl_tl.registry.base import Registry

PATIENCE_SECONDS = 1.0
_LOOKERS = 8
_log = logging.getLogger(__name__)


class FollowedAliases:
    """Asks the registry each time, and waits for it no longer than needed where the last answer will do."""

    def __init__(self, registry: Registry, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._registry = registry
        self._patience_seconds = patience_seconds
        self._lookers = ThreadPoolExecutor(_LOOKERS, thread_name_prefix="alias")
        self._overdue: Future[int | None] | None = None
        self._is_silent = False
        self._lock = threading.Lock()

    def find(self, name: str, alias: str, *, known: int | None) -> int | None:
        """The version behind the alias, None for no such alias.

        ``known`` is the version that serves for it now, and the answer while the registry gives none; without
        one RegistryUnavailable is raised.
        """
        if known is None:
            return self._registry.alias(name, alias)
        with self._lock:
            if self._overdue is not None and not self._overdue.done():
                return known  # one that hangs is enough
            look = self._lookers.submit(self._registry.alias, name, alias)
        try:
            found = look.result(self._patience_seconds)
        except TimeoutError:
            with self._lock:
                self._overdue = look
            return self._said(known, silent=True)
        except RegistryUnavailable:
            return self._said(known, silent=True)
        return self._said(found, silent=False)

    def _said(self, version: int | None, *, silent: bool) -> int | None:
        """The version; a registry that falls silent, or speaks again, is logged once."""
        if silent and not self._is_silent:
            _log.warning("registry does not answer: what is in memory is served")
        if not silent and self._is_silent:
            _log.info("registry answers again")
        self._is_silent = silent
        return version
