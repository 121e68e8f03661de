"""What was last done to a registry's aliases: by it, moves by hand are told from our own unfinished ones."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """The alias ``champion`` of one name as we left it.

    ``stands`` is the version it was last seen at, ``wanted`` the one that it is being moved to (None: no
    version); they differ only while a move is unfinished. ``revision`` rises with every change.
    """

    stands: int | None
    wanted: int | None
    revision: int


class Standing(StrEnum):
    """How the alias in the registry relates to what we did and what we want."""

    IN_LINE = "in line"
    BEHIND = "behind"
    MOVED_BY_HAND = "moved by hand"


def compare(
    projection: Projection | None, *, there: int | None, wanted: int | None, ever: frozenset[int]
) -> Standing:
    """The three-way comparison of what we did last, what is wanted, and what is there.

    Before the first projection (a store from before they were kept), an alias at a version that was ``ever``
    promoted, or at none, counts as ours: an unfinished move may have left it there.
    """
    if there == wanted:
        return Standing.IN_LINE
    if projection is None:
        return Standing.BEHIND if there is None or there in ever else Standing.MOVED_BY_HAND
    return Standing.BEHIND if there in (projection.stands, projection.wanted) else Standing.MOVED_BY_HAND
