"""The models that are being served, kept in memory while they are asked for."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from numpy import float32
from numpy.typing import NDArray
from torch import Tensor

from automl_tl.domain.prediction import CHAMPION
from automl_tl.errors import AutomlError, NotFound, OperatorError
from automl_tl.model.artifact import load
from automl_tl.model.digest import digest
from automl_tl.model.predictor import Predictor
from automl_tl.model.problem import ModelProblem
from automl_tl.registry.base import Registry
from automl_tl.serving.aliases import PATIENCE_SECONDS, FollowedAliases

RETRY_SECONDS = 30.0  # before a version that could not be opened is tried again behind one that serves
_LOADERS = 2  # versions opened at a time, so that memory stays bounded
_log = logging.getLogger(__name__)
_Key = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One version in memory; ``digest`` is the sha256 of its artifact. May be asked from several threads."""

    name: str
    version: int
    digest: str
    predictor: Predictor
    turn: threading.Lock = field(default_factory=threading.Lock)

    def probabilities(self, batch: Tensor) -> NDArray[float32]:
        """Probabilities [B, C] of prepared samples [B, *shape]; one batch at a time."""
        with self.turn:
            return self.predictor.predict_prepared([batch])


class ServedModels:
    """Opens versions as they are asked for, and keeps the ``capacity`` that were asked for last.

    When an alias moves, the version before goes on answering until the next one is in memory, which is
    opened beside it, once. While the registry does not answer, what is in memory is served. Versions with the
    same bytes share one predictor. Safe for several threads.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        capacity: int = 4,
        patience_seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._aliases = FollowedAliases(registry, patience_seconds=patience_seconds)
        self._capacity = capacity
        self._clock = clock
        self._served: OrderedDict[_Key, Served] = OrderedDict()
        self._loading: dict[_Key, Future[Served]] = {}
        self._failed: dict[_Key, float] = {}
        self._following: dict[tuple[str, str], int] = {}
        self._loaders = ThreadPoolExecutor(_LOADERS, thread_name_prefix="model load")
        self._lock = threading.Lock()

    def get(self, name: str, *, alias: str = CHAMPION) -> Served:
        """The version behind an alias (or of that number), as it stands now.

        Raises NotFound, RegistryUnavailable, and OperatorError when the version's files are damaged.
        """
        if alias.isdecimal():
            return self._ready(name, int(alias)) or self._load(name, int(alias)).result()
        before = self._before(name, alias)
        version = self._aliases.find(name, alias, known=None if before is None else before.version)
        if version is None:
            raise NotFound(f"{name} has no {alias}" if alias == CHAMPION else f"{name} has no alias {alias}")
        served = self._ready(name, version) or self._next(name, version, before=before)
        self._following[name, alias] = served.version
        return served

    def _before(self, name: str, alias: str) -> Served | None:
        version = self._following.get((name, alias))
        return None if version is None else self._ready(name, version)

    def _ready(self, name: str, version: int) -> Served | None:
        with self._lock:
            served = self._served.get((name, version))
            if served is not None:
                self._served.move_to_end((name, version))
            return served

    def _next(self, name: str, version: int, *, before: Served | None) -> Served:
        """The version once it is open; until then, and where it cannot be opened, the one before."""
        if before is None:
            return self._load(name, version).result()
        failed = self._failed.get((name, version))
        if failed is None or self._clock() - failed >= RETRY_SECONDS:
            self._load(name, version)
        return before

    def _load(self, name: str, version: int) -> Future[Served]:
        """The opening of a version that is under way, or a new one."""
        key = (name, version)
        with self._lock:
            if key in self._served:  # opened since the caller looked
                return _done(self._served[key])
            if key not in self._loading:
                self._loading[key] = self._loaders.submit(self._open, name, version)
            return self._loading[key]

    def _open(self, name: str, version: int) -> Served:
        key = (name, version)
        try:
            served = self._opened(name, version)
        except AutomlError as problem:
            _log.error("model not loaded: name=%s version=%d why=%s", name, version, problem)
            self._failed[key] = self._clock()
            raise
        else:
            self._keep(key, served)
            return served
        finally:
            with self._lock:
                del self._loading[key]

    def _keep(self, key: _Key, served: Served) -> None:
        with self._lock:
            self._failed.pop(key, None)
            self._served[key] = served
            self._served.move_to_end(key)
            while len(self._served) > self._capacity:
                self._served.popitem(last=False)

    def _opened(self, name: str, version: int) -> Served:
        folder = self._registry.fetch(name, version)
        try:
            found = digest(folder)
            twin = self._twin(name, found)
            if twin is not None:
                return Served(
                    name=name, version=version, digest=found, predictor=twin.predictor, turn=twin.turn
                )
            predictor = load(folder)
        except (ModelProblem, OSError) as problem:
            raise OperatorError(f"version {version} of {name} cannot be served: {problem}") from problem
        _log.info("model loaded: name=%s version=%d digest=%s", name, version, found[:12])
        return Served(name=name, version=version, digest=found, predictor=predictor)

    def _twin(self, name: str, found: str) -> Served | None:
        with self._lock:
            return next((o for o in self._served.values() if (o.name, o.digest) == (name, found)), None)


def _done(served: Served) -> Future[Served]:
    future: Future[Served] = Future()
    future.set_result(served)
    return future
