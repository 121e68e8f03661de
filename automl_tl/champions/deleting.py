"""A person deletes a version, or all of a name: written down, then carried out."""

from pathlib import Path

from automl_tl.champions.alignment import CHALLENGER, CHAMPION, PREVIOUS
from automl_tl.champions.following import follow
from automl_tl.champions.reconciler import reconcile
from automl_tl.champions.removal import remove
from automl_tl.champions.steering import version_of
from automl_tl.domain.promotion import why_gone
from automl_tl.errors import Conflict
from automl_tl.registry.base import Registry
from automl_tl.registry.names import registered_name
from automl_tl.store.base import Store

_OURS = (CHAMPION, CHALLENGER, PREVIOUS)


def delete_version(
    store: Store, registry: Registry, *, tenant: str, name: str, version: int, reason: str
) -> None:
    """Delete one version that nothing uses; call it in turn with the reconciler.

    Raises NotFound; Conflict where it is gone already, or an alias or a rollback needs it.
    """
    decided = version_of(store, tenant=tenant, name=name, version=version)
    if decided.gone is not None:
        raise Conflict(why_gone(decided))
    registered = registered_name(tenant, name)
    aliases = _aliases(registry, registered).get(version, ())
    if aliases:
        raise Conflict(f"version {version} of {name} is its {' and '.join(aliases)}: it is not deleted")
    store.delete_versions(tenant=tenant, name=name, decisions=[decided.id], reason=reason)
    follow(store, registry, store.model(tenant=tenant, name=name))
    remove(Path(decided.artifact))


def delete_name(store: Store, registry: Registry, *, tenant: str, name: str, reason: str) -> None:
    """Delete all versions of a name, which then has no champion; decisions, moves and splits stay.

    Call it in turn with the reconciler. Raises NotFound; Conflict while a job of that name runs, where an
    alias of somebody's names a version, and where there is nothing to delete.
    """
    store.model(tenant=tenant, name=name)
    for version, aliases in _aliases(registry, registered_name(tenant, name)).items():
        for alias in aliases:
            if alias not in _OURS:
                raise Conflict(f"the alias {alias} of {name} names version {version}: take it away first")
    known = store.versions(tenant=tenant, name=name)
    standing = [decided for decided in known if decided.version is not None and decided.gone is None]
    if not standing:
        raise Conflict(f"{name} has no version to delete")
    store.retire(tenant=tenant, name=name, reason=reason)
    reconcile(store, registry)
    for decided in standing:
        remove(Path(decided.artifact))


def _aliases(registry: Registry, name: str) -> dict[int, tuple[str, ...]]:
    return {version.number: version.aliases for version in registry.versions(name)}
