"""Brings the registry in line with the store's decisions and promotions; may be repeated, may be killed."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.promotion import Decided, ModelLine, Promotion, succession
from automl_tl.errors import NotFound
from automl_tl.filelock import FileLock
from automl_tl.registry.base import Registry
from automl_tl.store.base import Store

logger = logging.getLogger(__name__)

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
_TAG_CHARACTERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Aliases:
    """Which version each alias should name; None: none."""

    champion: int | None
    challenger: int | None
    previous: int | None


def reconcile(store: Store, registry: Registry, *, turn: Path | None = None) -> int:
    """Register what was decided and point the aliases as promoted; how many changes that took.

    Each step is found done when it is repeated, so it may be killed at any line. ``turn`` is a file that
    processes take turns by, where the registry itself would let two of them register the same decision.
    Raises RegistryUnavailable and StoreUnavailable: nothing is lost, do it again later.
    """
    with _in_turn(turn):
        changes = sum(_register(store, registry, decided) for decided in store.unregistered())
        return changes + sum(_align(store, registry, line) for line in store.models())


def registered_name(tenant: str, name: str) -> str:
    """What the registry calls a name."""
    return name if tenant == DEFAULT_TENANT else f"{tenant}.{name}"


def aliases_of(versions: Sequence[Decided], promotions: Sequence[Promotion]) -> Aliases | None:
    """Where the aliases belong; both come newest first. None: leave them as they are.

    An alias that somebody moved to a version of their own is theirs.
    """
    numbers = {decided.id: decided.version for decided in versions}
    if promotions and promotions[0].decision is None:
        return None
    stands = succession(promotions)
    registered = [decided.version for decided in versions if decided.version is not None]
    return Aliases(
        champion=numbers.get(stands.champion) if stands.champion else None,
        challenger=registered[0] if registered else None,
        previous=numbers.get(stands.previous) if stands.previous else None,
    )


def _register(store: Store, registry: Registry, decided: Decided) -> bool:
    name = registered_name(decided.tenant, decided.name)
    try:
        version = registry.register(
            name=name, artifact=Path(decided.artifact), decision=decided.id, tags=_tags(decided)
        )
    except NotFound as lost:  # one artifact that is gone must not hold up the others
        logger.error("decision %s was not registered: %s", decided.id, lost)
        return False
    store.register(decided.id, version=version)
    logger.info("decision %s registered as version %d of %s", decided.id, version, name)
    return True


def _tags(decided: Decided) -> dict[str, str]:
    facts: Mapping[str, object] = {
        "job": decided.job,
        "outcome": decided.decision.outcome.value,
        "reason": decided.decision.reason,
        "digest": decided.digest,
        "metric": decided.proof.metric,
        "test": decided.proof.values.get("challenger"),
        **decided.lineage,
    }
    return {f"automl_tl.{key}": _text(value) for key, value in facts.items() if value is not None}


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text[:_TAG_CHARACTERS]


def _align(store: Store, registry: Registry, line: ModelLine) -> int:
    """Point one name's aliases; how many had to move."""
    wanted = aliases_of(
        store.versions(tenant=line.tenant, name=line.name),
        store.promotions(tenant=line.tenant, name=line.name),
    )
    if wanted is None:
        return 0
    name = registered_name(line.tenant, line.name)
    moves = 0
    # The champion first: it is what people load.
    for alias, version in (
        (CHAMPION, wanted.champion),
        (CHALLENGER, wanted.challenger),
        (PREVIOUS, wanted.previous),
    ):
        if registry.alias(name, alias) != version:
            registry.point(name, alias=alias, version=version)
            logger.info("alias %s of %s pointed at version %s", alias, name, version)
            moves += 1
    return moves


@contextmanager
def _in_turn(turn: Path | None) -> Iterator[None]:
    if turn is None:
        yield
        return
    with FileLock(turn).exclusive():
        yield
