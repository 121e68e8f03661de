"""The registry follows what was deleted, and a champion's artifact lies where the next proof reads it."""

import logging
from pathlib import Path

from automl_tl.domain.promotion import Decided, ModelLine
from automl_tl.errors import Conflict, NotFound
from automl_tl.registry.base import Registry
from automl_tl.registry.copying import copy_tree
from automl_tl.registry.names import registered_name
from automl_tl.store.base import Store

logger = logging.getLogger(__name__)


def follow(store: Store, registry: Registry, line: ModelLine) -> int:
    """Delete what was deleted of one name, bring its champion's artifact back; how many changes that took.

    Each step is found done when it is repeated.
    """
    name = registered_name(line.tenant, line.name)
    deleted = store.deleted(tenant=line.tenant, name=line.name)
    changes = _delete(registry, name, deleted) if deleted else 0
    return changes + _bring_back(registry, name, line.champion)


def _delete(registry: Registry, name: str, deleted: frozenset[int]) -> int:
    changes = 0
    for version in sorted(deleted & {version.number for version in registry.versions(name)}):
        try:
            registry.delete(name, version)
        except Conflict as named:  # somebody pointed an alias at it meanwhile
            logger.warning("version not deleted", extra={"why": str(named)})
            continue
        logger.info("version deleted", extra={"model": name, "version": version})
        changes += 1
    return changes


def _bring_back(registry: Registry, name: str, champion: Decided | None) -> int:
    """A former champion's artifact may have been let go, since the registry held it: it is read again now."""
    if champion is None or champion.version is None or not champion.artifact:
        return 0
    artifact = Path(champion.artifact)
    if artifact.is_dir():
        return 0
    try:
        artifact.parent.mkdir(parents=True, exist_ok=True)
        copy_tree(registry.fetch(name, champion.version), artifact)
    except (OSError, NotFound) as problem:
        logger.warning("champion's artifact not brought back", extra={"model": name, "why": str(problem)})
        return 0
    logger.info("champion's artifact brought back", extra={"model": name, "version": champion.version})
    return 1
