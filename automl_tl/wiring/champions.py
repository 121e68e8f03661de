"""Where a saved model of this home lies: in its job's folder, or else in the registry, as it was promoted."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from automl_tl.domain.candidate import Recipe
from automl_tl.domain.promotion import Decided, why_gone
from automl_tl.errors import CandidateFailed, CandidateUnknown, NotFound, OperatorError, RegistryUnavailable
from automl_tl.model.digest import why_other
from automl_tl.registry.base import Registry
from automl_tl.registry.names import line_of, registered_name
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.wiring.adapters import registry_of, store_of
from automl_tl.zoo.champion import Saved


def find_saved(
    settings: Settings,
    name: str,
    revision: str | None,
    *,
    open_registry: Callable[[Settings], Registry] = registry_of,
) -> Saved:
    """The champion of a name, or the version of that number, its bytes as they were promoted.

    The registry is opened where the job's folder does not hold them any more. Raises CandidateUnknown (no
    such name, champion or version), CandidateFailed (its bytes are lost).
    """
    decided = _decided(settings, name, revision)
    licence = decided.lineage.get("licence")
    return Saved(
        folder=_folder(decided, open_registry=partial(open_registry, settings)),
        version=str(decided.version or decided.id),
        licence=str(licence) if licence else None,
        recipe=_recipe(decided),
    )


def _recipe(decided: Decided) -> Recipe:
    trained = decided.lineage.get("configuration")
    found = trained if isinstance(trained, Mapping) else {}
    rate, depth = found.get("learning_rate"), found.get("freeze_depth")
    return Recipe(
        learning_rate=float(rate) if isinstance(rate, int | float) else None,
        freeze_depth=depth if isinstance(depth, int) else None,
    )


def _decided(settings: Settings, name: str, revision: str | None) -> Decided:
    if settings.store_url is None and not settings.folders.store.is_file():
        raise CandidateUnknown(f"this home has no model yet, so there is no champion:{name}")
    store = store_of(settings)
    try:
        return _champion(store, name) if revision is None else _version(store, name, revision)
    except NotFound as error:
        raise CandidateUnknown(f"champion:{name}, but {error}") from error
    finally:
        store.close()


def _champion(store: Store, name: str) -> Decided:
    tenant, own = line_of(name)
    champion = store.model(tenant=tenant, name=own).champion
    if champion is None:
        raise CandidateUnknown(f"{name} has no champion of ours, so there is none to begin from")
    return champion


def _version(store: Store, name: str, revision: str) -> Decided:
    """``revision`` is a version's number, or the decision of one that is not registered yet."""
    tenant, own = line_of(name)
    for decided in store.versions(tenant=tenant, name=own):
        if revision in (str(decided.version), decided.id):
            if decided.gone is not None:
                raise CandidateUnknown(why_gone(decided))
            return decided
    raise CandidateUnknown(f"{name} has no version {revision}")


def _folder(decided: Decided, *, open_registry: Callable[[], Registry]) -> Path:
    folder = Path(decided.artifact)
    why = why_other(folder, expected=decided.digest)
    if why is None:
        return folder
    if decided.version is None:
        raise CandidateFailed(f"the saved model {folder} {why}, and it is not registered yet")
    try:
        kept = open_registry().fetch(registered_name(decided.tenant, decided.name), decided.version)
    except (NotFound, RegistryUnavailable, OperatorError) as problem:
        raise CandidateFailed(f"the saved model {folder} {why}, and the registry: {problem}") from problem
    also = why_other(kept, expected=decided.digest)
    if also is not None:
        raise CandidateFailed(f"the saved model {folder} {why}, and the registry's copy {also}")
    return kept
