"""Brings the registry in line with the store's decisions and promotions; may be repeated, may be killed."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from automl_tl.champions.alignment import align
from automl_tl.champions.following import follow
from automl_tl.champions.version_facts import metrics_of, tags_of
from automl_tl.champions.withdrawal import withdraw
from automl_tl.domain.promotion import Decided
from automl_tl.errors import ArtifactChanged, NotFound, RegistryUnavailable
from automl_tl.filelock import FileLock
from automl_tl.registry.base import Papers, Registry
from automl_tl.registry.names import registered_name
from automl_tl.store.base import Store

logger = logging.getLogger(__name__)

TURN_SECONDS = 60.0
PapersOf = Callable[[Decided], Papers | None]


def reconcile(
    store: Store, registry: Registry, *, turn: Path | None = None, papers: PapersOf = lambda decided: None
) -> int:
    """Register what was decided, point the aliases as promoted, record what others did; how many changes.

    Each step is found done when it is repeated, so it may be killed at any line. ``turn`` is a file that
    processes take turns by, where the registry itself would let two of them register the same decision;
    ``papers`` makes what people read of a version.
    Raises RegistryUnavailable and StoreUnavailable: nothing is lost, do it again later.
    """
    with _in_turn(turn):
        changes = sum(_register(store, registry, decided, papers=papers) for decided in store.unregistered())
        changes += sum(align(store, registry, line) for line in store.models())
        return changes + sum(follow(store, registry, line) for line in store.models())


def _register(store: Store, registry: Registry, decided: Decided, *, papers: PapersOf) -> bool:
    name = registered_name(decided.tenant, decided.name)
    try:
        version = registry.register(
            name=name,
            artifact=Path(decided.artifact),
            decision=decided.id,
            tags=tags_of(decided),
            metrics=metrics_of(decided),
            papers=papers(decided),
            digest=decided.digest,
        )
    except ArtifactChanged as changed:
        withdraw(store, decided, why=str(changed))
        return True
    except NotFound as lost:  # one artifact that is gone must not hold up the others
        logger.error("decision %s was not registered: %s", decided.id, lost)
        return False
    store.register(decided.id, version=version)
    logger.info("decision %s registered as version %d of %s", decided.id, version, name)
    return True


@contextmanager
def _in_turn(turn: Path | None) -> Iterator[None]:
    if turn is None:
        yield
        return
    begun = time.monotonic()

    def waiting() -> None:
        if time.monotonic() - begun > TURN_SECONDS:
            raise RegistryUnavailable(f"another process has been at the registry for {TURN_SECONDS:.0f} s")

    with FileLock(turn).exclusive(waiting):
        yield
