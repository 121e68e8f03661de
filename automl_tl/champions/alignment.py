"""One name's aliases in the registry: where they belong, and what somebody did to them by hand."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from automl_tl.domain.projection import Standing, compare
from automl_tl.domain.promotion import Decided, ModelLine, Promotion, succession
from automl_tl.errors import Conflict, NotFound
from automl_tl.registry.base import Registry, Version
from automl_tl.registry.names import DECISION, registered_name
from automl_tl.store.base import Store

logger = logging.getLogger(__name__)

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aliases:
    """Which version each alias should name; None: none."""

    champion: int | None
    challenger: int | None
    previous: int | None


def aliases_of(versions: Sequence[Decided], promotions: Sequence[Promotion]) -> Aliases | None:
    """Where the aliases belong; both come newest first. None: the champion waits for its registration.

    After a move by hand to a version that is not ours, or to none, ``champion`` stays as it was put.
    """
    numbers = {decided.id: decided.version for decided in versions if decided.gone is None}
    stands = succession(promotions, versions=versions)
    champion = promotions[0].version if promotions else None
    if stands.champion is not None and champion is None:
        champion = numbers.get(stands.champion)
        if champion is None:
            return None
    registered = [number for number in numbers.values() if number is not None]
    return Aliases(
        champion=champion,
        challenger=registered[0] if registered else None,
        previous=numbers.get(stands.previous) if stands.previous else None,
    )


def align(store: Store, registry: Registry, line: ModelLine) -> int:
    """Point one name's aliases as promoted, or record what somebody did by hand; how many changes.

    Raises RegistryUnavailable, StoreUnavailable.
    """
    try:
        return _Line(store, registry, line).align()
    except Conflict as beaten:  # another process was quicker; what it did is seen next time
        logger.info("%s was not aligned: %s", line.name, beaten)
        return 0


class _Line:
    """One name, as store and registry know it at this moment."""

    def __init__(self, store: Store, registry: Registry, line: ModelLine) -> None:
        self._store = store
        self._registry = registry
        self._tenant, self._name = line.tenant, line.name
        self._called = registered_name(line.tenant, line.name)
        # Read before the registry is: whoever moves the alias in between changes its revision.
        self._projection = store.projection(tenant=line.tenant, name=line.name)
        self._versions = store.versions(tenant=line.tenant, name=line.name, standing=True)
        self._found = {version.number: version for version in registry.versions(self._called)}
        self._there = {alias: version.number for version in self._found.values() for alias in version.aliases}

    def align(self) -> int:
        """The champion first: it is what people load."""
        changes = self._mark_gone() + self._align_champion()
        wanted = self._wanted()
        if wanted is None:
            return changes
        for alias, version in ((CHALLENGER, wanted.challenger), (PREVIOUS, wanted.previous)):
            if self._there.get(alias) != version:
                changes += self._point(alias, version)
        return changes

    def _mark_gone(self) -> int:
        known = [d for d in self._versions if d.version is not None]
        gone = [d for d in known if self._decision_behind(self._found.get(d.version or 0)) != d.id]
        for decided in gone:
            logger.warning("version %d of %s is gone from the registry", decided.version, self._called)
        if gone:
            self._store.mark_gone([decided.id for decided in gone])
            self._versions = self._store.versions(tenant=self._tenant, name=self._name, standing=True)
        return len(gone)

    def _align_champion(self) -> int:
        moves = self._store.promotions(tenant=self._tenant, name=self._name)
        wanted = aliases_of(self._versions, moves)
        there = self._there.get(CHAMPION)
        ever = frozenset(move.version for move in moves if move.version is not None)
        # While the champion is being registered nothing is wanted but what we left there.
        target = self._left() if wanted is None else wanted.champion
        standing = compare(self._projection, there=there, wanted=target, ever=ever)
        is_gone = target is not None and target not in self._found
        if standing is Standing.MOVED_BY_HAND or is_gone:
            self._record(there, gone=target if is_gone else None)
            return 1
        if wanted is None:
            return 0
        if standing is Standing.BEHIND:
            self._project(stands=there, wanted=target)
            if not self._point(CHAMPION, target):
                return 0
        elif self._settled(target):
            return 0
        self._project(stands=target, wanted=target)
        return int(standing is Standing.BEHIND)

    def _left(self) -> int | None:
        return None if self._projection is None else self._projection.stands

    def _settled(self, version: int | None) -> bool:
        kept = self._projection
        return kept is not None and kept.stands == kept.wanted == version

    def _project(self, *, stands: int | None, wanted: int | None) -> None:
        self._projection = self._store.project(
            tenant=self._tenant, name=self._name, stands=stands, wanted=wanted, revision=self._revision()
        )

    def _point(self, alias: str, version: int | None) -> int:
        try:
            self._registry.point(self._called, alias=alias, version=version)
        except NotFound as missing:  # deleted a moment ago: seen at the next look
            logger.warning("alias %s of %s was not moved: %s", alias, self._called, missing)
            return 0
        logger.info("alias %s of %s pointed at version %s", alias, self._called, version)
        return 1

    def _record(self, version: int | None, *, gone: int | None) -> None:
        decided = self._ours(version)
        reason = _told(version, is_ours=decided is not None, gone=gone)
        moved = self._store.moved_by_hand(
            tenant=self._tenant,
            name=self._name,
            version=version,
            decision=None if decided is None else decided.id,
            reason=reason,
            hold=None if decided is not None else reason,
            revision=self._revision(),
        )
        logger.warning("alias champion of %s: %s", self._called, moved.reason)

    def _ours(self, version: int | None) -> Decided | None:
        decision = self._decision_behind(self._found.get(version or 0))
        if decision is None:
            return None
        known = self._store.versions(tenant=self._tenant, name=self._name)
        return next((decided for decided in known if decided.id == decision), None)

    def _decision_behind(self, version: Version | None) -> str | None:
        return None if version is None else version.tags.get(DECISION)

    def _revision(self) -> int:
        return 0 if self._projection is None else self._projection.revision

    def _wanted(self) -> Aliases | None:
        moves = self._store.promotions(tenant=self._tenant, name=self._name)
        return aliases_of(self._versions, moves)


def _told(version: int | None, *, is_ours: bool, gone: int | None) -> str:
    if gone is not None:
        stays = "nothing" if version is None else f"version {version}"
        return f"somebody deleted version {gone} in the registry; the alias names {stays}"
    if version is None:
        return "somebody took the alias away in the registry"
    told = f"somebody pointed the alias at version {version} in the registry"
    return told if is_ours else f"{told}, which automl-tl did not register and cannot compare with"
