"""What a person may do to a name: force a version, roll back, hold."""

from collections.abc import Callable

from automl_tl.domain.promotion import Decided, PromotionKind, succession, why_gone
from automl_tl.errors import Conflict, NotFound
from automl_tl.store.base import Store

TryOut = Callable[[str, int], object]
Look = Callable[[], object]


class Steering:
    """Moves by hand of one tenant's names; each is written down before any alias moves.

    ``try_out(name, version)`` loads the version and lets it predict; what it raises stops the move.
    ``look()`` reconciles before a move is decided upon, so that what somebody did in the registry by hand
    is written down as having come before it.
    """

    def __init__(self, store: Store, *, tenant: str, try_out: TryOut, look: Look = lambda: None) -> None:
        self._store = store
        self._tenant = tenant
        self._try_out = try_out
        self._look = look

    def promote(self, name: str, *, version: int, reason: str) -> None:
        """Make a registered version champion whatever the gate said.

        Raises NotFound, Conflict where it is champion already, and what trying it out raises.
        """
        self._look()
        decided = version_of(self._store, tenant=self._tenant, name=name, version=version)
        champion = self._store.model(tenant=self._tenant, name=name).champion
        if champion is not None and champion.id == decided.id:
            raise Conflict(f"version {version} is the champion of {name} already")
        self._move(decided, kind=PromotionKind.FORCED, reason=reason)

    def rollback(self, name: str, *, reason: str) -> None:
        """Give the name back to the champion before this one, and hold it.

        Held, for else tonight's run would promote the same thing again. Raises NotFound, Conflict where there
        is none before, and what trying it out raises.
        """
        self._look()
        versions = self._store.versions(tenant=self._tenant, name=name)
        moves = self._store.promotions(tenant=self._tenant, name=name)
        previous = succession(moves, versions=versions).previous
        if previous is None:
            self._store.model(tenant=self._tenant, name=name)  # an unknown name is said to be one
            raise Conflict(f"{name} had no champion before this one: there is nothing to roll back to")
        decided = self._store.decided(previous)
        self._move(decided, kind=PromotionKind.ROLLBACK, reason=reason, hold=f"rolled back: {reason}")

    def hold(self, name: str, *, reason: str) -> None:
        """Let nothing be promoted by itself until ``unhold``; raises NotFound."""
        self._store.hold(tenant=self._tenant, name=name, reason=reason)

    def unhold(self, name: str) -> None:
        """Let the gate promote again; raises NotFound."""
        self._store.hold(tenant=self._tenant, name=name, reason=None)

    def _move(self, decided: Decided, *, kind: PromotionKind, reason: str, hold: str | None = None) -> None:
        if decided.version is None:
            raise Conflict(f"the decision of {decided.job} is being registered: try again in a moment")
        if decided.gone is not None:
            raise Conflict(why_gone(decided))
        self._try_out(decided.name, decided.version)
        self._store.promote(
            tenant=self._tenant, name=decided.name, decision=decided.id, kind=kind, reason=reason, hold=hold
        )


def version_of(store: Store, *, tenant: str, name: str, version: int) -> Decided:
    """The decision behind a version, deleted or not; raises NotFound that names those that stand."""
    found = store.versions(tenant=tenant, name=name)
    if not found:
        store.model(tenant=tenant, name=name)
    for decided in found:
        if decided.version == version:
            return decided
    standing = [d for d in reversed(found) if d.version is not None and d.gone is None]
    known = ", ".join(str(d.version) for d in standing) or "none"
    raise NotFound(f"{name} has no version {version}: expected one of {known}")
