"""The models that are being served, kept in memory while they are asked for."""

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass

from automl_tl.errors import NotFound, OperatorError
from automl_tl.model.artifact import digest, load
from automl_tl.model.predictor import Predictor
from automl_tl.model.problem import ModelProblem
from automl_tl.registry.base import Registry

CHAMPION = "champion"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One version in memory; ``digest`` is the sha256 of its artifact."""

    name: str
    version: int
    digest: str
    predictor: Predictor


class ServedModels:
    """Opens versions as they are asked for, and keeps the ``capacity`` that were asked for last.

    Versions with the same bytes share one predictor. Safe for several threads.
    """

    def __init__(self, registry: Registry, *, capacity: int = 4) -> None:
        self._registry = registry
        self._capacity = capacity
        self._served: OrderedDict[tuple[str, int], Served] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str, *, alias: str = CHAMPION) -> Served:
        """The version behind an alias (or of that number), as it stands now.

        Raises NotFound, RegistryUnavailable, and OperatorError when the version's files are damaged.
        """
        version = int(alias) if alias.isdecimal() else self._registry.alias(name, alias)
        if version is None:
            raise NotFound(
                f"{name} has no {alias}" if alias == "champion" else f"{name} has no alias {alias}"
            )
        with self._lock:
            served = self._served.get((name, version)) or self._open(name, version)
            self._served[name, version] = served
            self._served.move_to_end((name, version))
            while len(self._served) > self._capacity:
                self._served.popitem(last=False)
            return served

    def _open(self, name: str, version: int) -> Served:
        folder = self._registry.fetch(name, version)
        found = digest(folder)
        for other in self._served.values():
            if (other.name, other.digest) == (name, found):
                return Served(name=name, version=version, digest=found, predictor=other.predictor)
        try:
            predictor = load(folder)
        except ModelProblem as problem:
            raise OperatorError(f"version {version} of {name} cannot be served: {problem}") from problem
        _log.info("model loaded: name=%s version=%d digest=%s", name, version, found[:12])
        return Served(name=name, version=version, digest=found, predictor=predictor)
