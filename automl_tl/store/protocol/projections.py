"""What keeps how the reconciler left the registry."""

from collections.abc import Sequence
from typing import Protocol

from automl_tl.domain.projection import Projection
from automl_tl.domain.promotion import Promotion


class Projections(Protocol):
    """What was last done to the registry, so that moves by hand are told from our own unfinished ones."""

    def projection(self, *, tenant: str, name: str) -> Projection | None:
        """The alias ``champion`` as it was left, None before the first time."""

    def project(
        self, *, tenant: str, name: str, stands: int | None, wanted: int | None, revision: int
    ) -> Projection:
        """The alias is at ``stands`` and goes to ``wanted``: written before it moves, and once it has moved.

        ``revision`` is the projection's that this was decided by, 0 before the first. Raises Conflict where
        another process changed it since.
        """

    def moved_by_hand(
        self,
        *,
        tenant: str,
        name: str,
        version: int | None,
        decision: str | None,
        reason: str,
        hold: str | None,
        revision: int,
    ) -> Promotion:
        """Append the move that somebody made in the registry, and take it for the projection, in one.

        ``decision`` is the one behind the version, None for a version that is not ours, or for no version;
        ``hold`` holds the name, unless it is held already. Raises Conflict as ``project`` does.
        """

    def mark_gone(self, ids: Sequence[str], *, why: str | None = None) -> None:
        """The versions of these decisions are no longer in the registry; the first time of each stays.

        ``why`` is for a decision that never became a version, and never will.
        """
